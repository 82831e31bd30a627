"""The same card for every answer to a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.row import FactRow, RoundMark, Rows
from ui.widgets.text import Text, small

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = {Tone.GO: "check", Tone.STOP: "cross", Tone.WAIT: "question"}


class VerdictCard(Card):
    """Round mark, the answer as a sentence, why, as of when, and the evidence."""

    def __init__(self, *, shield: bool = False, parent: QWidget | None = None) -> None:
        """Show a shield instead of a check where a whole history was proved."""
        super().__init__(bold=True, parent=parent)
        self._shield = shield
        self._face = QWidget()
        self._columns = ColumnsLayout(wide=640, line_gap=12)
        self._face.setLayout(self._columns)
        self._columns.add(self._make_words(), 1)
        self.body.setContentsMargins(24, 16, 24, 16)
        self.body.setSpacing(4)
        self.body.addWidget(self._face)
        foot = FlowLayout(gap=10)
        self._as_of = small().flowing()
        self.how = Button(self.tr("How was this checked?"), kind=Kind.QUIET).inline()
        self.how.setCheckable(True)
        self.how.toggled.connect(self._toggle)
        foot.addWidget(self._as_of)
        foot.addWidget(self.how)
        self._foot = QWidget()
        self._foot.setLayout(foot)
        self.body.addWidget(self._foot)
        self._evidence = QWidget()
        self._facts = Rows()
        self._evidence.setLayout(self._facts)
        self._evidence.hide()
        self.body.addWidget(self._evidence)
        self.how.hide()

    def add_action(self, button: Button) -> None:
        """Put *button* at the far edge."""
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addStretch(1)
        self._columns.add(holder, 0)

    def show_answer(
        self,
        tone: Tone,
        *,
        title: str,
        reason: str,
        as_of: str = "",
        evidence: Sequence[tuple[str, str]] = (),
        icon: str = "",
    ) -> None:
        """Show one answer; *icon* replaces the usual mark of its tone."""
        self.set_tone(tone if tone in MARKS else None)
        good = "shield" if self._shield else "check"
        usual = good if tone is Tone.GO else MARKS.get(tone, "shield")
        self._mark.set_mark(icon or usual, tone)
        self._title.setText(title)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._as_of.setText(as_of)
        self._as_of.setVisible(bool(as_of))
        self.how.setVisible(bool(evidence))
        self.how.setChecked(False)
        self._foot.setVisible(bool(as_of or evidence))
        self._facts.clear()
        for what, value in evidence:
            self._facts.add(FactRow(what, value))
        self.setAccessibleName(f"{title}. {reason}")

    def _make_words(self) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(18)
        self._mark = RoundMark("question", tone=Tone.MUTED, size=52)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        self._title = Text(kind=Type.CARD)
        self._reason = Text(tone=Tone.MUTED)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._reason)
        words.addStretch(1)
        line.addLayout(words, 1)
        return holder

    def _toggle(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        self._evidence.setVisible(on)
