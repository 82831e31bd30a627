"""The list of records in its card: a year to go to, the stream, what if it is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui import wording
from ui.models.timeline import TimelineModel
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import FlowLayout
from ui.widgets.menu_button import MenuButton
from ui.widgets.text import second
from ui.widgets.timeline_view import TimelineView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import Choices
    from ui.views import RecordLine

UNDATED = "undated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """The year, and the month of it where one is chosen, that a list begins with."""

    year: int
    month: int | None = None


class RecordList(Card):
    """One stream; the years are asked for, the windows fetched by who owns it."""

    opened = Signal(object)
    until_wanted = Signal(object)
    """An `Until`, the shelf of those without a date, or None for the newest."""
    board_wanted = Signal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.body.setContentsMargins(2, 8, 2, 8)
        self.year = MenuButton(wording.say("Go to a year"))
        self.year.chosen.connect(self._year_chosen)
        self.month = MenuButton(wording.say("Go to a month"))
        self.month.chosen.connect(lambda _month: self._go())
        self.month.hide()
        self.board = Button(wording.say("At a glance"), kind=Kind.QUIET)
        self.board.clicked.connect(self.board_wanted)
        line = FlowLayout(gap=8)
        for button in (self.year, self.month, self.board):
            line.addWidget(button)
        self._tools = QWidget()
        self._tools.setLayout(line)
        self._tools.setContentsMargins(14, 4, 14, 4)
        self.body.addWidget(self._tools)
        self.model = TimelineModel(self)
        self.view = TimelineView(self.model)
        self.view.opened.connect(self.opened)
        self.body.addWidget(self.view, 1)
        self._nothing = second().centred()
        self._nothing.setContentsMargins(24, 24, 24, 24)
        self._nothing.hide()
        self.body.addWidget(self._nothing, 1)

    def offer(self, choices: Choices) -> None:
        """Offer the years that have records, and the shelf of those without one."""
        answers: list[tuple[str, object]] = [(wording.say("The newest"), None)]
        for year, count in choices.years:
            words = wording.say("{year}: {records}")
            said = words.format(year=year, records=wording.records(count))
            answers.append((said, year))
        answers.append((wording.say("Without a date"), UNDATED))
        self.year.offer(answers)

    def stand_on(self, until: object) -> None:
        """Show where the list begins, without going there."""
        self.year.show_value(until.year if isinstance(until, Until) else until)
        self.month.show_value(until.month if isinstance(until, Until) else None)
        self.month.setVisible(isinstance(until, Until))

    def _year_chosen(self, year: object) -> None:
        self.month.setVisible(isinstance(year, int))
        if isinstance(year, int):
            self.year.say(str(year))
            whole = (wording.say("The whole year"), None)
            months = [(wording.month(year, n), n) for n in range(12, 0, -1)]
            self.month.show_value(None)
            self.month.offer([whole, *months])
        self._go()

    def _go(self) -> None:
        year, month = self.year.value, self.month.value
        if not isinstance(year, int):
            self.until_wanted.emit(year)
            return
        self.until_wanted.emit(
            Until(year=year, month=month if isinstance(month, int) else None)
        )

    def show_lines(
        self, lines: Sequence[RecordLine], *, more: bool, nothing: str
    ) -> None:
        """Show *lines* from the top, or say *nothing*."""
        self.model.reset()
        self.model.add(lines, more=more)
        self._nothing.setVisible(not lines)
        self.view.setVisible(bool(lines))
        if not lines:
            self._nothing.setText(nothing)
