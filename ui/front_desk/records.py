"""What the desk answers about records, and how they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import record_answers, wording
from ui.front_desk.opened import Opened, now

if TYPE_CHECKING:
    from pathlib import Path

    from ui.background import Job
    from ui.views import ImportAnswer, RecordsOverview, Scope
    from wallet.grants.scope import Scope as GrantScope

_A_NAME_WITHIN = 50


class RecordsDesk(Opened):
    """Answers about the records of one home."""

    def records_overview(self) -> RecordsOverview:
        """Count the records."""
        from wallet.actions.patient import comparing, people, records

        wallet = self._session()
        apart = [one for one in people.held_files(wallet) if not one.settled]
        return record_answers.records_overview(
            records.counts(wallet), questions=comparing.waiting(wallet) + len(apart)
        )

    def bring_in(self, paths: tuple[Path, ...], job: Job) -> ImportAnswer:
        """Take records from files and folders."""
        from wallet.actions.patient import records

        def heard(done: int, total: int, count: int) -> None:
            job.progress(done, total, said=wording.records(count))

        self._labelled = None
        answer = records.import_paths(
            self._session(),
            paths,
            now=now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return record_answers.import_answer(answer)

    def _labels(self) -> tuple[tuple[str, int], ...]:
        from wallet.actions.patient import gathering, wishes

        if self._labelled is None:
            everything = wishes.scope_of(kinds=None, since=None, denied=())
            found = gathering.preview(self._session(), everything)
            self._labelled = found.labelled
        return self._labelled

    def _scope_of(self, wish: Scope) -> GrantScope:
        """A person's wish; what is sensitive stays out unless it is ticked."""
        from wallet.actions.patient import wishes

        return wishes.scope_of(
            kinds=wish.kinds,
            since=wish.since,
            denied=[code for code, _ in self._labels() if code not in wish.ticked],
        )

    def _name(self) -> str:
        from wallet.actions.patient import records

        found = records.timeline(
            self._session(), category="person", limit=_A_NAME_WITHIN
        )
        return record_answers.given_name(found.records)
