"""What the desk answers about cards and permissions."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from ui import answers, wording
from ui.front_desk.opened import now
from ui.front_desk.records import RecordsDesk
from wallet.errors import CancelledError

if TYPE_CHECKING:
    from pathlib import Path

    from ui.background import Job
    from ui.views import CardSheet, Permission, Preview, Scope

_MAX_CARD = 1 << 20
_PURPOSE = "TREAT"


class SharingDesk(RecordsDesk):
    """Signs, ends and lists permissions."""

    def look_at_card(self, path: Path) -> CardSheet:
        """Read a card and judge the licence behind it, on a copy as fresh as can be."""
        from wallet.actions.patient import cards, sharing

        with path.open("rb") as file:
            data = file.read(_MAX_CARD)
        self._send()
        view = cards.look_at_card(self._session(), data, now=now())
        latest = sharing.last_end(self._session(), data)
        witnesses = self._line().witnesses
        return answers.card_sheet(view, path, witnesses=witnesses, latest=latest)

    def preview(self, scope: Scope) -> Preview:
        """Count what *scope* would show."""
        from wallet.actions.patient import gathering

        chosen = self._scope_of(scope)
        return answers.preview(gathering.preview(self._session(), chosen), scope)

    def share(
        self, card: CardSheet, scope: Scope, *, days: int, ending: str | None, job: Job
    ) -> Permission:
        """Sign a permission, keep it, and try once to send it.

        Cancelled before it is signed, nothing of it is left; then it goes on.
        """
        from wallet.actions.patient import gathering, permissions, sharing

        wallet, at = self._session(), now()
        chosen = self._scope_of(scope)
        old = None if ending is None else permissions.find(wallet, ending).leaf
        parts = 2  # signing, and the ledger, beside the forms

        def told(done: int, forms: int) -> None:
            nonlocal parts
            parts = forms + 2
            together = wording.say("Putting the records together.")
            job.progress(done, parts, together, said=wording.part(done + 1, parts))

        gathered = gathering.gather(
            wallet, chosen, now=at, told=told, cancelled=job.cancelled
        )
        signing = wording.say("Signing, and locking them for this reader.")
        job.progress(parts - 2, parts, signing, said=wording.part(parts - 1, parts))
        with card.path.open("rb") as file:
            data = file.read(_MAX_CARD)
        made = sharing.share(
            wallet,
            data,
            scope=chosen,
            purpose=_PURPOSE,
            begins=at,
            ends=at + timedelta(days=days),
            gathered=gathered,
            now=at,
            replaces=old,
            cancelled=job.cancelled,
        )
        writing = wording.say("Writing it down in the public ledger.")
        job.progress(parts, parts, writing, said=wording.part(parts, parts))
        with suppress(CancelledError):  # it stands, and is sent a little later
            self._send()
        return answers.permission(permissions.show(wallet, made.leaf, now=now()), None)

    def withdraw(self, key: str, job: Job) -> Permission:
        """Sign the end of a permission, and try once to send it."""
        from wallet.actions.patient import permissions, sharing

        wallet = self._session()
        leaf = permissions.find(wallet, key).leaf
        sharing.withdraw(wallet, leaf, now=now())
        job.progress(0, 0, wording.say("Writing it down in the public ledger."))
        self._send()
        return answers.permission(permissions.show(wallet, leaf, now=now()), None)

    def send_now(self, key: str, job: Job) -> Permission:
        """Let a permission wait no longer, and try once to send it."""
        from wallet.actions.patient import permissions, sharing

        wallet = self._session()
        leaf = permissions.find(wallet, key).leaf
        sharing.send_now(wallet, leaf, now=now())
        job.progress(0, 0, wording.say("Writing it down in the public ledger."))
        self._send()
        return answers.permission(permissions.show(wallet, leaf, now=now()), None)

    def sending_delay(self) -> timedelta:
        """Tell within what time new permissions are sent."""
        from wallet.actions.patient import holding

        return holding.delay(self._session())

    def set_sending_delay(self, span: timedelta) -> None:
        """Let new permissions wait so long at most, each for a random time."""
        from wallet.actions.patient import holding

        holding.set_delay(self._session(), span)

    def save_file(self, key: str, path: Path) -> None:
        """Write the sealed file of a permission, for its reader alone, to *path*."""
        from wallet.actions.patient import handover, permissions, sharing

        wallet = self._session()
        leaf = permissions.find(wallet, key).leaf
        handover.write_whole(path, sharing.grant_file(wallet, leaf))

    def pair_words(self, key: str) -> tuple[str, ...]:
        """Six words that the reader's screen must show too, compared in person."""
        from wallet.actions.patient import permissions, sharing

        wallet = self._session()
        leaf = permissions.find(wallet, key).leaf
        permission = permissions.show(wallet, leaf, now=now()).permission
        return tuple(word for _, word in sharing.pair_words(permission))

    def permissions(self) -> tuple[Permission, ...]:
        """Give every permission, newest first."""
        from wallet.actions.patient import activity, permissions

        wallet = self._session()
        looks = answers.last_looks(activity.events(wallet))
        return tuple(
            answers.permission(view, looks.get(view.grant_id))
            for view in permissions.every(wallet, now=now())
        )
