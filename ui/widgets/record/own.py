"""What a patient added to a record, and the way to add, correct or delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.theme import Tone, Type
from ui.widgets.buttons import Button
from ui.widgets.card import Hairline
from ui.widgets.chip import StateChip
from ui.widgets.record.facts import fact_rows
from ui.widgets.text import Text

if TYPE_CHECKING:
    from ui.hand_views import HandSheet
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


class OwnPart(QWidget):
    """Her mark, her notes, tags and files, why labels are there, and one button."""

    def __init__(self, hand: HandSheet, acts: Acts) -> None:
        """Show what there is; the button is always there."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        if hand.author:
            column.addWidget(StateChip(hand.author, icon="pen", tone=Tone.CALM))
        rows = _rows(hand)
        if rows:
            column.addWidget(Hairline())
            column.addWidget(fact_rows(rows))
        if hand.notes or hand.tags or hand.files:
            stays = wording.say("Notes, tags and files stay with you.")
            column.addWidget(Text(stays, kind=Type.SMALL, tone=Tone.MUTED))
        self.button = Button(wording.say("Add, correct or delete"), icon="pen")
        self.button.clicked.connect(lambda: acts.hand_wanted.emit(hand.key))
        column.addWidget(self.button)


def own_part(sheet: RecordSheet, acts: Acts) -> QWidget | None:
    """Every record has it, where the desk knows of her own hand."""
    return None if sheet.hand is None else OwnPart(sheet.hand, acts)


def _rows(hand: HandSheet) -> list[tuple[str, str]]:
    rows = [(mark.words, mark.reason) for mark in hand.marks]
    if hand.tags:
        rows.append((wording.say("Your tags"), ", ".join(hand.tags)))
    rows += [
        (wording.say("Your note, {day}").format(day=note.when), note.text)
        for note in hand.notes
    ]
    rows += [(wording.say("Your file"), file.name) for file in hand.files]
    return rows
