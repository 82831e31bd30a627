"""Records: one stream over all sources, a search, and the page of one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import kinds, theme, wording
from ui.faults import sentence_for
from ui.models.timeline import WINDOW, TimelineModel
from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.empty import Empty
from ui.widgets.layouts import FlowLayout
from ui.widgets.notice import Notice
from ui.widgets.page import Header
from ui.widgets.record_panel import RecordPanel
from ui.widgets.search_field import SearchField
from ui.widgets.text import second
from ui.widgets.timeline_view import TimelineView

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.background import Job
    from ui.pages.base import Context
    from ui.views import RecordLine, RecordSheet, RecordsOverview

T = TypeVar("T")
_SIDE_BY_SIDE = 780
_TYPING_PAUSE_MS = 120
_MOST_HITS = 200


class RecordsPage(QWidget):
    """The list beside the record while there is room, one after the other when not."""

    go = Signal(str)
    changed = Signal()

    def __init__(self, context: Context) -> None:
        """Begin with nothing loaded."""
        super().__init__()
        self.context = context
        self._category: str | None = None
        self._job: Job | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(
            theme.MARGIN_X, theme.MARGIN_Y, theme.MARGIN_X, theme.MARGIN_Y
        )
        column.setSpacing(16)
        self.header = Header(self.tr("Records"))
        self.bring = Button(self.tr("Bring in records"), icon="plus")
        self.bring.clicked.connect(lambda: self.go.emit("bring_in"))
        self.header.add_action(self.bring)
        column.addWidget(self.header)
        self.notice = Notice()
        column.addWidget(self.notice)
        self._tools = QWidget()
        tools = QVBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(16)
        tools.addWidget(self._make_search())
        tools.addLayout(self._make_filters())
        column.addWidget(self._tools)
        column.addWidget(self._make_main(), 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.load)
        theme.changed().changed.connect(self._arrange)

    def opened(self) -> None:
        """Count the records and load the first window."""
        self._ask(lambda _job: self.context.desk.records_overview(), self.show_counts)
        self.load()

    def show_counts(self, overview: RecordsOverview) -> None:
        """Say how much there is; with nothing, say what to do."""
        self.header.say(self.tr("Records"), _summary(overview))
        have = dict(overview.counts)
        for category, pill in self.pills.items():
            pill.setVisible(category is None or have.get(category, 0) > 0)
        empty = overview.total == 0
        self._tools.setVisible(not empty)
        self.bring.setVisible(not empty)
        self._main.setCurrentIndex(1 if empty else 0)

    def load(self) -> None:
        """Load the first window of what is asked for."""
        self._forget_job()
        self.notice.clear()
        text, category = self.search.text().strip(), self._category
        if text:
            self._job = self._ask(
                lambda _job: self.context.desk.search(
                    text, category=category, limit=_MOST_HITS
                ),
                self._show_hits,
            )
        else:
            self._job = self._ask_window(0, self._show_first)

    def show_lines(self, lines: tuple[RecordLine, ...], *, more: bool) -> None:
        """Show *lines* from the top."""
        self.model.reset()
        self.model.add(lines, more=more)
        self._nothing.setVisible(not lines)
        self.list.setVisible(bool(lines))
        if not lines:
            self._nothing.setText(self._nothing_words())
            self.panel.say(self.tr("Choose a record to see everything it says."))
        elif self._wide():
            self.list.setCurrentIndex(self.model.first_record())

    def show_sheet(self, sheet: RecordSheet) -> None:
        """Show one record."""
        self.panel.show_sheet(sheet)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand side by side or one after the other."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper."""
        QPainter(self).fillRect(self.rect(), theme.current().color("paper"))

    def _make_search(self) -> SearchField:
        self.search = SearchField(
            self.tr("Search your records"),
            self.tr("Search your records: a word, a doctor, a test..."),
        )
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(self._cleared)
        return self.search

    def _make_filters(self) -> FlowLayout:
        line = FlowLayout()
        self.pills: dict[str | None, Pill] = {}
        group = QButtonGroup(self)
        for category in (None, *kinds.FILTERS):
            words = self.tr("Everything") if category is None else kinds.many(category)
            pill = Pill(words)
            pill.setChecked(category is None)
            pill.clicked.connect(lambda _on, which=category: self._filter(which))
            group.addButton(pill)
            line.addWidget(pill)
            self.pills[category] = pill
        return line

    def _make_main(self) -> QStackedWidget:
        self.model = TimelineModel(self)
        self.model.wanted.connect(
            lambda offset: self._ask_window(offset, self._show_more)
        )
        self.list = TimelineView(self.model)
        self.list.opened.connect(self._open)
        self.list_card = Card()
        self.list_card.body.setContentsMargins(2, 8, 2, 8)
        self.list_card.body.addWidget(self.list, 1)
        self._nothing = second().centred()
        self._nothing.setContentsMargins(24, 24, 24, 24)
        self._nothing.hide()
        self.list_card.body.addWidget(self._nothing, 1)
        self.panel = RecordPanel()
        self.panel.closed.connect(self._close)
        both = QWidget()
        line = QHBoxLayout(both)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(20)
        line.addWidget(self.list_card, 2)
        line.addWidget(self.panel, 3)
        bring = Button(self.tr("Bring in records"), kind=Kind.ACCENT, icon="plus")
        bring.clicked.connect(lambda: self.go.emit("bring_in"))
        empty = Empty(
            self.tr("Your records will stand here"),
            note=self.tr(
                "Bring in a file from a hospital, a portal, a phone or a stick."
            ),
            button=bring,
        )
        self._main = QStackedWidget()
        self._main.addWidget(both)
        self._main.addWidget(empty)
        return self._main

    def _filter(self, category: str | None) -> None:
        self._category = category
        self.load()

    def _cleared(self, text: str) -> None:
        if not text:
            self.load()

    def _open(self, line: RecordLine) -> None:
        self._ask(lambda _job: self.context.desk.record(line.key), self.show_sheet)

    def _close(self) -> None:
        self.panel.say(self.tr("Choose a record to see everything it says."))
        self.list.clearSelection()
        self._arrange()
        self.list.setFocus()

    def _arrange(self) -> None:
        wide, chosen = self._wide(), self.panel.sheet is not None
        self.panel.set_alone(not wide)
        self.list_card.setVisible(wide or not chosen)
        self.panel.setVisible(wide or chosen)
        listed = wide or not chosen
        self.header.setVisible(listed)
        self._tools.setVisible(self._main.currentIndex() == 0 and listed)

    def _wide(self) -> bool:
        return self.width() >= theme.current().px(_SIDE_BY_SIDE)

    def _ask_window(
        self, offset: int, done: Callable[[tuple[RecordLine, ...]], None]
    ) -> Job:
        category = self._category
        return self._ask(
            lambda _job: self.context.desk.timeline(
                category=category, offset=offset, limit=WINDOW
            ),
            done,
        )

    def _show_first(self, lines: tuple[RecordLine, ...]) -> None:
        self.show_lines(lines, more=len(lines) == WINDOW)

    def _show_more(self, lines: tuple[RecordLine, ...]) -> None:
        self.model.add(lines, more=len(lines) == WINDOW)

    def _show_hits(self, lines: tuple[RecordLine, ...]) -> None:
        self.show_lines(lines, more=False)

    def _nothing_words(self) -> str:
        if self.search.text().strip():
            return self.tr("No record holds these words. Try fewer, or another word.")
        return self.tr("There is no record of this kind.")

    def _ask(self, work: Callable[[Job], T], done: Callable[[T], None]) -> Job:
        return self.context.bridge.run(work, owner=self, done=done, failed=self._failed)

    def _failed(self, error: Exception) -> None:
        self.notice.show_sentence(sentence_for(error), tone=Tone.STOP)

    def _forget_job(self) -> None:
        if self._job is not None and not self._job.finished:
            self._job.drop()


def _summary(overview: RecordsOverview) -> str:
    if not overview.total:
        return ""
    words = wording.records(overview.total)
    if overview.places:
        words += wording.counted(
            overview.places,
            wording.say(" from 1 place"),
            wording.say(" from {n} places"),
        )
    if overview.first_year is not None:
        words += wording.say(", {year} to today").format(year=overview.first_year)
    return words
