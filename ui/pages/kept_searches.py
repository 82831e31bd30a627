"""Keeps searches by name, drops them, and shows what one of them asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from ui.pages.records import RecordsPage
    from ui.record_views import Kept


class KeptSearches(QObject):
    """Answers what the filters of a page ask about searches."""

    def __init__(self, page: RecordsPage) -> None:
        """Listen to the filters of *page*."""
        super().__init__(page)
        self._page = page
        page.filters.keep_wanted.connect(self._keep)
        page.filters.forget_wanted.connect(self._forget)
        page.filters.kept_chosen.connect(page.use)

    def load(self) -> None:
        """Show what is kept."""
        desk = self._page.context.desk
        self._page.ask(lambda _job: desk.kept_searches(), self._show)

    def _show(self, kept: tuple[Kept, ...]) -> None:
        self._page.filters.show_kept(kept)

    def _keep(self, name: str) -> None:
        desk, kept = self._page.context.desk, self._page.as_kept(name)
        self._page.ask(lambda _job: desk.keep_search(kept), lambda _: self.load())

    def _forget(self, name: str) -> None:
        desk = self._page.context.desk
        self._page.ask(lambda _job: desk.forget_search(name), lambda _: self.load())
