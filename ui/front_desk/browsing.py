"""What the desk answers about many records: lists, searches, summaries, results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import browse_answers
from ui.front_desk.opened import Opened
from ui.record_answers import record_line, record_sheet
from ui.record_views import ALL

if TYPE_CHECKING:
    from pathlib import Path

    from ui.record_views import (
        Among,
        Choices,
        ColumnsAnswer,
        Kept,
        Original,
        Picture,
        ResultPanel,
        SummaryCard,
        TableSheet,
        VaccineLine,
    )
    from ui.views import RecordLine, RecordSheet

_MOST_VACCINES = 1_000  # several times what anybody is given in a life
_LATEST = 3


class BrowsingDesk(Opened):
    """Answers about the records of one home, as lists."""

    def timeline(
        self, *, category: str | None, after: str = "", limit: int, among: Among = ALL
    ) -> tuple[RecordLine, ...]:
        """Give one window of the stream, visits with what they hold."""
        from wallet.actions.patient import browsing

        found = browsing.window(
            self._session(),
            filters=browse_answers.filters(category, among),
            after=after,
            limit=limit,
        )
        return browse_answers.stream(found)

    def search(
        self, text: str, *, category: str | None, limit: int, among: Among = ALL
    ) -> tuple[RecordLine, ...]:
        """Give the records that hold *text*, or another word for it."""
        from wallet.actions.patient import browsing

        found = browsing.search(
            self._session(),
            text,
            filters=browse_answers.filters(category, among),
            limit=limit,
        )
        return tuple(record_line(record) for record in found)

    def record(self, key: str) -> RecordSheet:
        """Give everything about one record."""
        from wallet.actions.patient import browsing, records, results

        wallet = self._session()
        page = records.show(wallet, key)
        inside = browsing.visit(wallet, key) if page.category == "visit" else ()
        return record_sheet(page, results.like(wallet, key), inside)

    def original(self, key: str) -> Original:
        """Give what a record came out of, ready to be looked at."""
        from wallet.actions.patient import records, viewing

        wallet = self._session()
        return browse_answers.original(
            viewing.view(wallet, key), records.show(wallet, key)
        )

    def thumbnail(self, key: str) -> Picture | None:
        """Give the first picture of what a record came out of, if it has one."""
        from wallet.actions.patient import records, viewing

        wallet = self._session()
        found = viewing.view(wallet, key, away=self._wait)
        shown = browse_answers.original(found, records.show(wallet, key))
        return next(iter(shown.pictures), None)

    def save_original(self, key: str, path: Path) -> None:
        """Write what `original` shows to *path*, byte for byte."""
        from wallet.actions.patient import handover, viewing

        handover.write_whole(path, viewing.copy(self._session(), key))

    def summary(self) -> tuple[SummaryCard, ...]:
        """Give what holds now."""
        from wallet.actions.patient import browsing, records

        wallet = self._session()
        latest = records.timeline(wallet, category="test", limit=_LATEST)
        return browse_answers.summary(browsing.summary(wallet), latest)

    def results(self) -> tuple[ResultPanel, ...]:
        """Give the newest of everything that was measured, and what changed."""
        from wallet.actions.patient import results

        return tuple(map(browse_answers.panel, results.overview(self._session())))

    def vaccines(self) -> tuple[VaccineLine, ...]:
        """Give every vaccine with the days it was given."""
        from wallet.actions.patient import records

        found = records.timeline(
            self._session(), category="vaccine", limit=_MOST_VACCINES
        )
        return browse_answers.vaccines(found.records)

    def table(self, path: Path) -> TableSheet:
        """Give the columns of a table, as far as they are known."""
        from wallet.actions.patient import columns

        found = columns.look_at(self._session(), path)
        return browse_answers.table(path, found, columns.ROLES)

    def explain_table(self, path: Path, answer: ColumnsAnswer) -> TableSheet | None:
        """Remember what the columns of a table are; ask again what is left open."""
        from wallet.actions.patient import columns

        wallet, roles = self._session(), dict(answer.roles)
        said = columns.columns_of(
            kind=answer.kind, roles=roles, order=answer.order, decimal=answer.decimal
        )
        found = columns.look_at(wallet, path, said)
        open_order = found.dates_unclear and not answer.order
        if open_order or (found.numbers_unclear and not answer.decimal):
            return browse_answers.table(path, found, columns.ROLES)
        columns.explain(
            wallet,
            path,
            kind=answer.kind,
            roles=roles,
            order=answer.order,
            decimal=answer.decimal,
        )
        return None

    def choices(self) -> Choices:
        """Say what a list can be narrowed to."""
        from wallet.actions.patient import browsing

        wallet = self._session()
        return browse_answers.choices(
            years=browsing.years(wallet),
            sources=browsing.sources(wallet),
            labels=browsing.labels(wallet),
        )

    def kept_searches(self) -> tuple[Kept, ...]:
        """Give the searches that are kept."""
        from wallet.actions.patient import browsing

        return tuple(map(browse_answers.kept, browsing.saved(self._session())))

    def keep_search(self, kept: Kept) -> None:
        """Keep a search under its name."""
        from wallet.actions.patient import browsing

        browsing.keep_search(
            self._session(),
            browsing.SavedSearch(
                name=kept.name,
                text=kept.text,
                filters=browse_answers.filters(kept.category, kept.among),
            ),
        )

    def forget_search(self, name: str) -> None:
        """Keep a search no longer."""
        from wallet.actions.patient import browsing

        browsing.forget_search(self._session(), name)
