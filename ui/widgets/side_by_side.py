"""Two records beside each other, or one under the other, with what differs marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.theme import Tone, Type
from ui.widgets.card import Card
from ui.widgets.chip import StateChip
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.row import Rows
from ui.widgets.text import Text, heading, small

if TYPE_CHECKING:
    from ui.views import Pair, Side

_WIDE = 640


class SideBySide(QWidget):
    """The two records of a pair, their facts in the same order."""

    def __init__(self, pair: Pair) -> None:
        """Show both; what differs bears a mark on both sides."""
        super().__init__()
        columns = ColumnsLayout(wide=_WIDE)
        for side in (pair.one, pair.other):
            columns.add(_Side(side, pair.differs), 1)
        self.setLayout(columns)


class _Side(Card):
    def __init__(self, side: Side, differs: frozenset[str]) -> None:
        super().__init__()
        self.body.addWidget(
            small(
                wording.say("From {source}").format(
                    source=wording.breakable(side.source)
                )
            )
        )
        self.body.addWidget(heading(side.title))
        self.body.addSpacing(4)
        rows = Rows()
        for name, value in side.facts:
            rows.add(_Fact(name, value, differs=name in differs))
        self.body.addLayout(rows)
        self.body.addStretch(1)


class _Fact(QWidget):
    """A fact under its name, and a word where the other side says otherwise."""

    def __init__(self, name: str, value: str, *, differs: bool) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 9, 0, 9)
        column.setSpacing(2)
        column.addWidget(Text(name, kind=Type.SMALL, tone=Tone.MUTED))
        column.addWidget(Text(value, kind=Type.STRONG if differs else Type.TEXT))
        spoken = f"{name}: {value}"
        if differs:
            words = wording.say("Differs")
            chip = StateChip(words, icon="info", tone=Tone.WAIT)
            column.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeading)
            spoken += f". {words}"
        self.setAccessibleName(spoken)
