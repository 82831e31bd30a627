"""The page of one record: what it says, where it came from, the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ui import kinds, wording
from ui.theme import Tone, Type
from ui.views import Flag
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card, Hairline
from ui.widgets.chip import StateChip
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import Rows
from ui.widgets.series_view import SeriesView
from ui.widgets.text import Text, heading, second, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.views import RecordSheet


class RecordPanel(Card):
    """Shows one record, or says that one can be chosen."""

    closed = Signal()

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        super().__init__()
        self.body.setContentsMargins(2, 8, 2, 8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self._area)
        self.back = Button(self.tr("Back to the list"), kind=Kind.QUIET, icon="back")
        self.back.clicked.connect(self.closed)
        self._alone = False
        self.sheet: RecordSheet | None = None
        self.say(self.tr("Choose a record to see everything it says."))

    def say(self, sentence: str) -> None:
        """Show only a sentence."""
        self.sheet = None
        column = self._fresh()
        column.addStretch(1)
        column.addWidget(second(sentence).centred())
        column.addStretch(1)

    def set_alone(self, alone: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Offer a way back when the list is not beside it."""
        self._alone = alone
        self.back.setVisible(alone)

    def show_sheet(self, sheet: RecordSheet) -> None:
        """Show one record."""
        self.sheet = sheet
        column = self._fresh()
        column.addWidget(heading(sheet.title))
        where = " \u00b7 ".join(part for part in (sheet.source, sheet.when) if part)
        column.addWidget(second(where))
        self._add_chips(column, sheet)
        if sheet.number:
            column.addLayout(self._make_number(sheet))
        self.series = SeriesView(sheet) if sheet.series else None
        if self.series is not None:
            column.addWidget(self.series)
        column.addSpacing(8)
        column.addWidget(_facts(sheet.facts))
        if sheet.text:
            column.addWidget(Hairline())
            column.addSpacing(8)
            column.addWidget(Text(sheet.text))
        column.addSpacing(8)
        self._origin = _facts(sheet.came_from)
        self._original = self._make_original(sheet.original)
        column.addLayout(self._make_foot(sheet))
        for hidden in (self._origin, self._original):
            hidden.hide()
            column.addWidget(hidden)
        column.addStretch(1)

    def _fresh(self) -> QVBoxLayout:
        self.back.setParent(self)
        self.back.hide()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(22, 12, 22, 12)
        column.setSpacing(6)
        self.back.setVisible(self._alone)
        column.addWidget(self.back)
        self._area.setWidget(content)
        self._area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        return column

    def _add_chips(self, column: QVBoxLayout, sheet: RecordSheet) -> None:
        line = FlowLayout()
        holder = QWidget()
        holder.setLayout(line)
        chip = StateChip(kinds.one(sheet.category), icon="records", tone=Tone.CALM)
        line.addWidget(chip)
        if sheet.flag in _FLAGS:
            words, icon, tone = _FLAGS[sheet.flag]
            line.addWidget(StateChip(wording.say(words), icon=icon, tone=tone))
        for name in sheet.labels:
            line.addWidget(StateChip(name, icon="lock", tone=Tone.WAIT))
        column.addSpacing(4)
        column.addWidget(holder)

    def _make_number(self, sheet: RecordSheet) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(14)
        number = Text(sheet.number, kind=Type.NUMBER).one_line()
        line.addWidget(number, 0, Qt.AlignmentFlag.AlignBottom)
        words = "   ".join(part for part in (sheet.unit, sheet.usual) if part)
        rest = Text(words, tone=Tone.MUTED)
        rest.setContentsMargins(0, 0, 0, 8)
        line.addWidget(rest, 1, Qt.AlignmentFlag.AlignBottom)
        return line

    def _make_original(self, words: str) -> QTextBrowser:
        browser = QTextBrowser()
        browser.setPlainText(words)
        browser.setAccessibleName(self.tr("The original, as it arrived"))
        browser.setMinimumHeight(320)
        return browser

    def _make_foot(self, sheet: RecordSheet) -> FlowLayout:
        foot = FlowLayout(gap=12)
        if self.series is not None:
            self.as_list = Button(self.tr("See as a list"))
            self.as_list.setCheckable(True)
            self.as_list.toggled.connect(self.series.show_list)
            foot.addWidget(self.as_list)
        if sheet.original:
            self.original = Button(self.tr("The original"))
            self.original.setCheckable(True)
            self.original.toggled.connect(self._original.setVisible)
            foot.addWidget(self.original)
        if sheet.came_from:
            self.origin = Button(self.tr("Where this came from"), kind=Kind.QUIET)
            self.origin.setCheckable(True)
            self.origin.toggled.connect(self._origin.setVisible)
            foot.addWidget(self.origin)
        if sheet.versions > 1:
            words = self.tr("{n} versions kept").format(
                n=wording.number(sheet.versions)
            )
            foot.addWidget(small(words).flowing())
        return foot


class _Fact(QWidget):
    """A label above or beside its value; values may be long."""

    def __init__(self, what: str, value: str) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 9, 0, 9)
        line.setSpacing(16)
        name = Text(what, kind=Type.SMALL, tone=Tone.MUTED)
        line.addWidget(name, 2, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Text(value), 3, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{what}: {value}")


_FLAGS = {
    Flag.INSIDE: ("In the usual range", "check", Tone.GO),
    Flag.ABOVE: ("Above the usual range", "up", Tone.WAIT),
    Flag.BELOW: ("Below the usual range", "down", Tone.WAIT),
}


def _facts(pairs: Sequence[tuple[str, str]]) -> QWidget:
    holder = QWidget()
    rows = Rows()
    holder.setLayout(rows)
    for what, value in pairs:
        rows.add(_Fact(what, value))
    return holder
