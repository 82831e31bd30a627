"""Records: one stream over all sources, a search, and the page of one record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui import theme, wording
from ui.faults import sentence_for
from ui.models.timeline import WINDOW
from ui.pages.kept_searches import KeptSearches
from ui.pages.record_originals import RecordOriginals
from ui.pages.record_thumbnails import RecordThumbnails
from ui.pages.records_board import Board, board_for, has_board
from ui.record_views import Among, Kept
from ui.theme import Tone
from ui.widgets.boards.scans import ScansBoard
from ui.widgets.boards.summary import SummaryBoard
from ui.widgets.buttons import Button, Kind
from ui.widgets.empty import Empty
from ui.widgets.filter_bar import FilterBar
from ui.widgets.kind_choice import KindChoice
from ui.widgets.notice import Notice
from ui.widgets.page import Filling, Header, scrolling_column
from ui.widgets.record.panel import RecordPanel
from ui.widgets.record_list import UNDATED, RecordList, Until
from ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.background import Job
    from ui.pages.base import Context
    from ui.record_views import Choices
    from ui.views import RecordLine, RecordSheet, RecordsOverview

T = TypeVar("T")
_SIDE_BY_SIDE = 780
_TITLE_AND_ACTS = 500
_LIST_HIGH = 260
_LOW = 520  # less high than this, the list needs the room of what stands over it
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
        self._until: object = None
        self._board_alone = False
        self._job: Job | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        outer.addWidget(area)
        column = scrolling_column(area)
        column.setContentsMargins(
            theme.MARGIN_X, theme.MARGIN_Y, theme.MARGIN_X, theme.MARGIN_Y
        )
        column.setSpacing(16)
        self.header = Header(self.tr("Records"), wide=_TITLE_AND_ACTS)
        self.bring = Button(self.tr("Bring in records"), icon="plus")
        self.bring.clicked.connect(lambda: self.go.emit("bring_in"))
        self.header.add_action(self.bring)
        self.write = Button(self.tr("Write it down"), icon="pen")
        self.write.clicked.connect(lambda: self.go.emit("by_hand"))
        self.header.add_action(self.write)
        column.addWidget(self.header)
        self.notice = Notice()
        column.addWidget(self.notice)
        self.asked = Notice(self.tr("Answer"))
        self.asked.button.clicked.connect(lambda: self.go.emit("questions"))
        column.addWidget(self.asked)
        column.addWidget(self._make_tools())
        column.addWidget(self._make_main(), 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.load)
        theme.changed().changed.connect(self._arrange)

    def opened(self) -> None:
        """Count the records and load the first window."""
        desk = self.context.desk
        self.ask(lambda _job: desk.records_overview(), self.show_counts)
        self.ask(lambda _job: desk.choices(), self.show_choices)
        self.kept.load()
        self.load()

    def show_counts(self, overview: RecordsOverview) -> None:
        """Say how much there is; with nothing, say what to do."""
        self.header.say(self.tr("Records"), _summary(overview))
        self.kind.offer(kind for kind, count in overview.counts if count)
        self._ask_about(overview.questions)
        empty = overview.total == 0
        self._tools.setVisible(not empty)
        self.bring.setVisible(not empty)
        self._main.setCurrentIndex(1 if empty else 0)
        self._arrange()

    def show_choices(self, choices: Choices) -> None:
        """Offer what the list can be narrowed to."""
        self.filters.offer(choices)
        self.list_card.offer(choices)

    def _ask_about(self, questions: int) -> None:
        if not questions:
            self.asked.clear()
            return
        words = wording.counted(
            questions,
            self.tr("1 question about your records waits for you."),
            self.tr("{n} questions about your records wait for you."),
        )
        if self.asked.words.text() != words:
            self.asked.show_sentence(words, tone=Tone.CALM)

    def load(self) -> None:
        """Load the first window of what is asked for."""
        self._forget_job()
        self.notice.clear()
        text, category, among = self.search.text().strip(), self._category, self.among()
        if text:
            self._job = self.ask(
                lambda _job: self.context.desk.search(
                    text, category=category, limit=_MOST_HITS, among=among
                ),
                self._show_hits,
            )
        else:
            self._job = self._ask_window("", self._show_first)

    def among(self) -> Among:
        """Give what the list is narrowed to: by the filters, or by a year gone to."""
        asked = self.filters.among()
        if self._until is None:
            return asked
        undated = self._until == UNDATED
        until = self._until if isinstance(self._until, Until) else None
        return Among(
            source=asked.source,
            first_year=None if undated else asked.first_year,
            last_year=None if until is None else until.year,
            last_month=None if until is None else until.month,
            label=asked.label,
            undated=undated,
        )

    def as_kept(self, name: str) -> Kept:
        """Give what is asked for now, to be kept under *name*."""
        return Kept(
            name=name,
            text=self.search.text().strip(),
            category=self._category,
            among=replace(self.among(), last_month=None),
        )

    def use(self, kept: Kept) -> None:
        """Ask for what was kept."""
        self.filters.show_among(kept.among)
        self._until = UNDATED if kept.among.undated else None
        self.list_card.stand_on(self._until)
        self.search.setText(kept.text)
        self._filter(kept.category)

    def show_lines(self, lines: tuple[RecordLine, ...], *, more: bool) -> None:
        """Show *lines* from the top."""
        self.list_card.show_lines(lines, more=more, nothing=self._nothing_words())
        if self._has_board():
            self._ask_board()
        elif not lines:
            self.panel.say(self.tr("Choose a record to see everything it says."))
        elif self._wide():
            self.list.setCurrentIndex(self.model.first_record())
        self._arrange()

    def show_sheet(self, sheet: RecordSheet) -> None:
        """Show one record."""
        self._board_alone = False
        self.panel.show_sheet(sheet)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand side by side or one after the other."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper."""
        QPainter(self).fillRect(self.rect(), theme.current().color("paper"))

    def _make_tools(self) -> QWidget:
        self._tools = QWidget()
        tools = QVBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(16)
        self.search = SearchField(
            self.tr("Search your records"),
            self.tr("Search your records: a word, a doctor, a test..."),
        )
        self.search.textEdited.connect(lambda _text: self._pause.start())
        self.search.textChanged.connect(self._cleared)
        tools.addWidget(self.search)
        self.filters = FilterBar()
        self.filters.hide()
        tools.addWidget(self._make_kinds())
        self.filters.changed.connect(self.load)
        self.kept = KeptSearches(self)
        tools.addWidget(self.filters)
        return self._tools

    def _make_kinds(self) -> KindChoice:
        self.kind = KindChoice()
        self.pills = self.kind.pills
        self.kind.chosen.connect(self._filter)
        self.narrow = Button(self.tr("Narrow down..."), kind=Kind.QUIET).inline()
        self.narrow.setCheckable(True)
        self.narrow.toggled.connect(self.filters.setVisible)
        self.kind.add(self.narrow)
        return self.kind

    def _make_main(self) -> Filling:
        self.list_card = RecordList()
        self.list, self.model = self.list_card.view, self.list_card.model
        self.model.wanted.connect(
            lambda after: self._ask_window(after, self._show_more)
        )
        self.list_card.opened.connect(lambda line: self._open(line.key))
        self.list_card.until_wanted.connect(self._go_to)
        self.list_card.board_wanted.connect(self._show_board_again)
        self.panel = RecordPanel()
        self.panel.closed.connect(self._close)
        self.panel.acts.hand_wanted.connect(lambda key: self.go.emit(f"by_hand:{key}"))
        self.panel.acts.record_wanted.connect(self._open)
        self.originals = RecordOriginals(self)
        self.thumbnails = RecordThumbnails(self.context, self)
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
                "Bring in a file from a hospital, a portal, a phone or a stick, or "
                "write something down yourself."
            ),
            button=bring,
        )
        self._main = Filling()
        self._main.addWidget(both)
        self._main.addWidget(empty)
        return self._main

    def _filter(self, category: str | None) -> None:
        self._category = category
        self.kind.stand_on(category)
        self.load()

    def _go_to(self, until: object) -> None:
        self._until = until
        self.load()

    def _cleared(self, text: str) -> None:
        if not text:
            self.load()

    def _open(self, key: str) -> None:
        self.ask(lambda _job: self.context.desk.record(key), self.show_sheet)

    def _close(self) -> None:
        self._board_alone = False
        self.list.clearSelection()
        self.panel.say(self.tr("Choose a record to see everything it says."))
        if self._has_board():
            self._ask_board()
        self._arrange()
        self.list.setFocus()

    def _has_board(self) -> bool:
        searching = bool(self.search.text().strip()) or self.among().asks
        return not searching and has_board(self._category)

    def _ask_board(self) -> None:
        category, desk = self._category, self.context.desk
        make = board_for(category)
        self.ask(lambda _job: make.ask(desk), lambda held: self._board(make.show(held)))

    def _board(self, board: Board) -> None:
        self.panel.show_board(board)
        board.opened.connect(self._open)
        if isinstance(board, SummaryBoard):
            board.all_wanted.connect(self._filter)
        if isinstance(board, ScansBoard):
            self.thumbnails.fill(board)
        self._arrange()

    def _show_board_again(self) -> None:
        self._board_alone = not self._wide()
        self.list.clearSelection()
        self._ask_board()

    def _arrange(self) -> None:
        self._main.setMinimumHeight(theme.current().px(_LIST_HIGH))
        wide = self._wide()
        chosen = self.panel.sheet is not None or self._board_alone
        self.panel.set_alone(not wide)
        self.list_card.setVisible(wide or not chosen)
        apart = not wide or self.panel.sheet is not None
        self.list_card.board.setVisible(self._has_board() and apart)
        self.panel.setVisible(wide or chosen)
        listed = wide or not chosen
        low = self.height() < theme.current().px(_LOW)
        self.kind.set_low(low)
        self.header.setVisible(listed)
        self.header.sentence.setVisible(not low and bool(self.header.sentence.text()))
        self.asked.setVisible(listed and bool(self.asked.words.text()))
        self._tools.setVisible(self._main.currentIndex() == 0 and listed)

    def _wide(self) -> bool:
        return self.width() >= theme.current().px(_SIDE_BY_SIDE)

    def _ask_window(
        self, after: str, done: Callable[[tuple[RecordLine, ...]], None]
    ) -> Job:
        category, among = self._category, self.among()
        return self.ask(
            lambda _job: self.context.desk.timeline(
                category=category, after=after, limit=WINDOW, among=among
            ),
            done,
        )

    def _show_first(self, lines: tuple[RecordLine, ...]) -> None:
        self.show_lines(lines, more=_is_full(lines))

    def _show_more(self, lines: tuple[RecordLine, ...]) -> None:
        self.model.add(lines, more=_is_full(lines))

    def _show_hits(self, lines: tuple[RecordLine, ...]) -> None:
        self.show_lines(lines, more=False)

    def _nothing_words(self) -> str:
        if self.search.text().strip():
            return self.tr("No record holds these words. Try fewer, or another word.")
        if self.among().asks:
            return self.tr("No record is as narrow as that. Show all again.")
        return self.tr("There is no record of this kind.")

    def ask(self, work: Callable[[Job], T], done: Callable[[T], None]) -> Job:
        """Run *work* on the store's thread and bring the answer here."""
        return self.context.bridge.run(work, owner=self, done=done, failed=self._failed)

    def _failed(self, error: Exception) -> None:
        self.notice.show_sentence(sentence_for(error), tone=Tone.STOP)

    def _forget_job(self) -> None:
        if self._job is not None and not self._job.finished:
            self._job.drop()


def _is_full(lines: tuple[RecordLine, ...]) -> bool:
    return sum(not line.under for line in lines) == WINDOW


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
