"""What files would bring: how much, of what kind, and record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui import kinds, wording
from ui.pages.bring_in_parts import Numbers
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import RoundMark, Row, RowFace, Rows
from ui.widgets.text import Text, heading, second, small

if TYPE_CHECKING:
    from ui.views import Review, ReviewLine

_MOST_SHOWN = 200


class ReadyCard(Card):
    """The numbers before anything is kept, and the choice."""

    keep = Signal()
    leave = Signal()
    look = Signal(bool)

    def __init__(self) -> None:
        """Begin without numbers."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Ready to keep")))
        self._numbers = Numbers()
        self.body.addWidget(self._numbers)
        self._said = second()
        self.body.addWidget(self._said)
        self._kinds = small()
        self.body.addWidget(self._kinds)
        self.body.addSpacing(4)
        self.keeps = Button(self.tr("Keep them all"), kind=Kind.ACCENT)
        self.keeps.clicked.connect(self.keep)
        self.looks = Button(self.tr("Look through first"), tall=True)
        self.looks.setCheckable(True)
        self.looks.toggled.connect(self.look)
        self.leaves = Button(self.tr("Leave them out"), kind=Kind.QUIET, tall=True)
        self.leaves.clicked.connect(self.leave)
        line = FlowLayout(gap=12, line_gap=8)
        for button in (self.keeps, self.looks, self.leaves):
            line.addWidget(button)
        holder = QWidget()
        holder.setLayout(line)
        self.body.addWidget(holder)
        self.body.addStretch(1)

    def show_review(self, review: Review) -> None:
        """Show what would come in."""
        self._numbers.show_answer(review.answer)
        self._said.setText(_sentence(review))
        self._kinds.setText(
            ", ".join(
                f"{kinds.many(name)}: {wording.number(count)}"
                for name, count in review.kinds
            )
        )
        self._kinds.setVisible(bool(review.kinds))
        self.looks.setChecked(False)
        self.looks.setVisible(bool(review.lines))

    def spoken(self) -> str:
        """Give the sentence for a screen reader."""
        return self._said.text()


class ReviewCard(Card):
    """Every record that would come in, marked with what it would be here."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.body.addWidget(heading(self.tr("What would come in")))
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self._rest = small()
        self.body.addWidget(self._rest)

    def show_review(self, review: Review) -> None:
        """List the first records of *review*."""
        self.rows.clear()
        shown = review.lines[:_MOST_SHOWN]
        for line in shown:
            self.rows.add(_row(line))
        rest = review.total - len(shown)
        self._rest.setText(
            wording.counted(
                rest, self.tr("and 1 more record"), self.tr("and {n} more records")
            )
        )
        self._rest.setVisible(rest > 0)


def _row(line: ReviewLine) -> Row:
    return Row(
        RowFace(
            first=line.title,
            second=line.note,
            lead=RoundMark("records", tone=Tone.CALM),
            right=(Text(line.mark, kind=Type.SMALL_STRONG).one_line().right(),),
        )
    )


def _sentence(review: Review) -> str:
    said = [
        wording.counted(
            len(review.answer.files),
            wording.say("Read 1 file."),
            wording.say("Read {n} files."),
        ),
        wording.say("Nothing is kept yet."),
    ]
    alike = review.answer.sum("alike")
    if alike:
        said.append(
            wording.counted(
                alike,
                wording.say("1 record looks like one you have; you are asked later."),
                wording.say(
                    "{n} records look like some you have; you are asked later."
                ),
            )
        )
    return " ".join(said)
