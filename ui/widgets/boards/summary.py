"""What holds now, a short list for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import kinds, wording
from ui.theme import Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.row import RowButton, RowFace, Rows
from ui.widgets.text import Text, heading, second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import SummaryCard

_TITLES = {
    "allergy": "Allergies",
    "medicine": "Medicines now",
    "condition": "Conditions now",
    "vaccine": "Last vaccines",
    "test": "Latest results",
}
_NONE = {
    "allergy": "No allergy is noted. That does not mean that you have none.",
    "medicine": "No medicine is noted as taken now.",
    "condition": "No condition is noted as present now.",
    "vaccine": "No vaccine is noted.",
    "test": "No result is noted.",
}
_WIDE = 620


class SummaryBoard(QWidget):
    """One part for each kind: how much holds now, and the newest of it."""

    opened = Signal(str)
    all_wanted = Signal(str)

    def __init__(self, cards: Sequence[SummaryCard]) -> None:
        """Show *cards* in their order."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(12)
        column.addWidget(heading(wording.say("At a glance")))
        column.addWidget(
            second(wording.say("As your records say it; they may not say everything."))
        )
        holder = QWidget()
        columns = ColumnsLayout(wide=_WIDE, gap=36, line_gap=20)
        halves = [QVBoxLayout(), QVBoxLayout()]
        for place, card in enumerate(cards):
            halves[place % 2].addWidget(self._part(card))
        for half in halves:
            half.setContentsMargins(0, 0, 0, 0)
            half.setSpacing(20)
            half.addStretch(1)
            side = QWidget()
            side.setLayout(half)
            columns.add(side, 1)
        holder.setLayout(columns)
        column.addWidget(holder)

    def _part(self, card: SummaryCard) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        title = wording.say(_TITLES[card.category])
        if card.count:
            title = f"{title} ({wording.number(card.count)})"
        column.addWidget(Text(title, kind=Type.STRONG))
        if not card.newest:
            column.addWidget(second(wording.say(_NONE[card.category])))
            return part
        rows = Rows()
        for line in card.newest:
            when = "" if line.day is None else wording.plain_day(line.day)
            note = line.note if card.category == "test" else when
            face = RowFace(first=line.title, second=note)
            face.setContentsMargins(8, 9, 8, 9)
            row = RowButton(face)
            row.clicked.connect(lambda _=False, key=line.key: self.opened.emit(key))
            rows.add(row)
        column.addLayout(rows)
        if card.count > len(card.newest):
            words = wording.say("See all {kind}").format(
                kind=kinds.many(card.category).lower()
            )
            button = Button(words, kind=Kind.QUIET)
            button.clicked.connect(
                lambda _=False, kind=card.category: self.all_wanted.emit(kind)
            )
            column.addWidget(button)
        return part
