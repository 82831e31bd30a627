"""What was recorded at a visit, a row for each, by kind."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import kinds, wording
from ui.theme import Type
from ui.widgets.row import RowButton, RowFace, Rows
from ui.widgets.text import Text, second

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts

_MOST = 200


def visit_part(sheet: RecordSheet, acts: Acts) -> QWidget | None:
    """Only a visit at which something was recorded has it."""
    if not sheet.visit:
        return None
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 12, 0, 0)
    column.setSpacing(4)
    column.addWidget(Text(wording.say("At this visit"), kind=Type.CARD))
    for kind, lines in groupby(sheet.visit[:_MOST], key=lambda line: line.category):
        column.addSpacing(8)
        column.addWidget(Text(kinds.many(kind), kind=Type.STRONG))
        rows = Rows()
        for line in lines:
            note = "" if line.note == kinds.one(kind) else line.note
            face = RowFace(first=line.title, second=note)
            face.setContentsMargins(8, 8, 8, 8)
            row = RowButton(face)
            row.clicked.connect(
                lambda _=False, key=line.key: acts.record_wanted.emit(key)
            )
            rows.add(row)
        column.addLayout(rows)
    rest = len(sheet.visit) - _MOST
    if rest > 0:
        words = wording.say("and {n} more").format(n=wording.number(rest))
        column.addWidget(second(words))
    return holder
