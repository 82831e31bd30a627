"""What the desk answers about the ledger and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import answers, wording
from ui.front_desk.opened import Opened, now

if TYPE_CHECKING:
    from pathlib import Path

    from ui.background import Job
    from ui.views import Event, LedgerLine, Proof


class LedgerDesk(Opened):
    """Answers from the copy of the ledger."""

    def sync(self, job: Job) -> LedgerLine:
        """Send what waits and bring the copy of the ledger up to date."""
        self._send(job)
        return self.ledger()

    def ledger(self) -> LedgerLine:
        """Say what the copy on this computer says."""
        return answers.ledger_line(self._line(), self._silent)

    def events(self) -> tuple[Event, ...]:
        """Give what happened, newest first."""
        from wallet.actions.patient import activity, permissions

        wallet = self._session()
        views = {view.grant_id: view for view in permissions.every(wallet, now=now())}
        return tuple(
            answers.event(event, views.get(event.grant_id))
            for event in activity.events(wallet)
        )

    def save_accounting(self, path: Path) -> None:
        """Write who was given what and who looked, with the proofs of it."""
        from wallet.actions.patient import accounting

        accounting.export(self._session(), path, accounting.Span(), now=now())

    def prove(self, job: Job) -> Proof:
        """Check the whole history again on this computer."""
        from wallet.actions.patient import network

        wallet, began = self._session(), now()
        job.progress(0, 0, wording.say("Reading every line of the ledger again."))
        self._send(job)
        view = network.verify(wallet)
        seconds = (now() - began).total_seconds()
        return answers.proof(view, self._line(), seconds=seconds)
