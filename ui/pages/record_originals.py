"""Brings originals to the page of a record, and copies of them to a person's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from ui import wording
from ui.theme import Tone
from ui.widgets.record.original import OriginalView

if TYPE_CHECKING:
    from ui.pages.records import RecordsPage
    from ui.record_views import Original


class RecordOriginals(QObject):
    """Answers what the panel of a page asks about originals."""

    def __init__(self, page: RecordsPage) -> None:
        """Listen to the panel of *page*."""
        super().__init__(page)
        self._page = page
        # Asked through an attribute, so that a test can answer for a person.
        self.ask_where = _ask_where
        page.panel.acts.original_wanted.connect(self._ask)
        page.panel.acts.copy_wanted.connect(self._save)

    def show(self, key: str, original: Original) -> None:
        """Show an original, unless another record stands there by now."""
        panel = self._page.panel
        if panel.sheet is not None and panel.sheet.key == key:
            panel.part(OriginalView).show_original(original)

    def _ask(self, key: str) -> None:
        desk = self._page.context.desk
        self._page.ask(
            lambda _job: desk.original(key), lambda found: self.show(key, found)
        )

    def _save(self, key: str, name: str) -> None:
        path = self.ask_where(self._page, name)
        if path is None:
            return
        desk, notice = self._page.context.desk, self._page.notice
        said = self.tr("Saved as {path}").format(path=wording.breakable(str(path)))
        self._page.ask(
            lambda _job: desk.save_original(key, path),
            lambda _: notice.show_sentence(said, tone=Tone.GO),
        )


def _ask_where(parent: QWidget, name: str) -> Path | None:
    chosen, _ = QFileDialog.getSaveFileName(parent, wording.say("Save a copy"), name)
    return Path(chosen) if chosen else None
