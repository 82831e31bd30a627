"""Parts of the first run: the sheet of words, the three questions, the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui import theme
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card, Hairline
from ui.widgets.field import Field
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import RoundMark, Row, RowFace
from ui.widgets.text import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_MOST_COLUMNS, _COLUMN = 4, 170


class WordSheet(Card):
    """The words in numbered columns; as many columns as there is room for."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._words: tuple[str, ...] = ()
        self._columns = _MOST_COLUMNS
        self._grid_holder = QWidget()
        self._grid = QGridLayout(self._grid_holder)
        self._grid.setContentsMargins(4, 0, 4, 0)
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(0)
        self.body.addWidget(self._grid_holder)
        self.shoulder = Card()
        face = RowFace(
            first=self.tr("Is anybody looking over your shoulder?"),
            second=self.tr(
                "Whoever has these words can open your records. Do not photograph them."
            ),
            lead=RoundMark("eye", tone=Tone.WAIT, size=24, ground=False),
        )
        face.setContentsMargins(0, 0, 0, 0)
        self.shoulder.body.addWidget(Row(face))
        theme.changed().changed.connect(self._fit)

    def show_words(self, words: tuple[str, ...]) -> None:
        """Show *words*; none wipes the sheet."""
        self._words = words
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use fewer columns when it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fit = (self.width() - 40) // theme.current().px(_COLUMN)
        columns = max(1, min(_MOST_COLUMNS, fit))
        if columns != self._columns:
            self._columns = columns
            self._fill()

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, word in enumerate(self._words):
            self._grid.addWidget(
                _Word(place + 1, word), place // self._columns, place % self._columns
            )


class _Word(QWidget):
    def __init__(self, number: int, word: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(6, 9, 0, 9)
        line.setSpacing(8)
        self._count = Text(str(number), kind=Type.SMALL, tone=Tone.MUTED).right()
        self._count.setWordWrap(False)
        line.addWidget(self._count)
        text = Text(word, kind=Type.STRONG)
        text.setWordWrap(False)
        line.addWidget(text, 1)
        column.addLayout(line)
        column.addWidget(Hairline())
        self.setAccessibleName(f"{number}: {word}")
        self._fit()
        theme.changed().changed.connect(self._fit)

    def _fit(self) -> None:
        """Leave room for two digits, so that the words stand under each other."""
        self._count.setFixedWidth(theme.current().px(24))


class Checked(QWidget):
    """Three numbered fields."""

    entered = Signal()

    def __init__(self) -> None:
        """Begin without questions."""
        super().__init__()
        self.setMaximumWidth(640)
        self.fields: list[Field] = []
        self._asked: tuple[int, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(20)

    def ask(self, places: tuple[int, ...]) -> None:
        """Ask for the words at *places*, counted from 0."""
        for old in self.fields:
            old.hide()
            old.deleteLater()
        self._asked = places
        self.fields = [
            Field(self.tr("Word number {n}").format(n=place + 1)) for place in places
        ]
        for place, field in enumerate(self.fields):
            self._column.addWidget(field)
            if place + 1 < len(self.fields):
                field.entered.connect(self.fields[place + 1].setFocus)
            else:
                field.entered.connect(self.entered)
        if self.fields:
            self.fields[0].setFocus()

    def typed(self) -> tuple[str, ...]:
        """Give what was typed."""
        return tuple(field.text() for field in self.fields)

    def complain(self, wrong: frozenset[int]) -> None:
        """Mark the words that are not on the paper."""
        first = None
        for place, field in zip(self._asked, self.fields, strict=True):
            if place in wrong:
                field.complain(
                    self.tr("This is not word number {n}. Look again.").format(
                        n=place + 1
                    )
                )
                first = first or field
            else:
                field.praise(self.tr("Right."))
        if first is not None:
            first.setFocus()


class Foot(QWidget):
    """Back on the near side, the one action on the far side."""

    def __init__(self, *, next_words: str, back_words: str = "") -> None:
        """Show Back only where there is a way back."""
        super().__init__()
        line = FlowLayout(gap=12)
        self.setLayout(line)
        self._words = next_words
        self.back = Button(back_words, tall=True)
        if not back_words:
            self.back.hide()
        self.next = Button(next_words, kind=Kind.ACCENT)
        line.addWidget(self.back)
        line.put(self.next, Qt.AlignmentFlag.AlignTrailing)

    def working(self, words: str) -> None:
        """Say what is being done, and take no second press."""
        self.next.setText(words)
        self.next.setEnabled(False)

    def rest(self) -> None:
        """Be ready again."""
        self.next.setText(self._words)
        self.next.setEnabled(True)
