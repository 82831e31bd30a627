"""What a record says, a row for each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import Tone, Type
from ui.widgets.row import Rows
from ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


class Fact(QWidget):
    """A label beside its value; values may be long."""

    def __init__(self, what: str, value: str) -> None:
        """Show *what* on the left and *value* on the right."""
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 9, 0, 9)
        line.setSpacing(16)
        name = Text(what, kind=Type.SMALL, tone=Tone.MUTED)
        line.addWidget(name, 2, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Text(value), 3, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{what}: {value}")


def fact_rows(pairs: Sequence[tuple[str, str]]) -> QWidget:
    """Rows with a hairline between two."""
    holder = QWidget()
    rows = Rows()
    holder.setLayout(rows)
    for what, value in pairs:
        rows.add(Fact(what, value))
    return holder


def facts_part(sheet: RecordSheet, _acts: Acts) -> QWidget | None:
    """Nothing where the head has said it all."""
    if not sheet.facts:
        return None
    rows = fact_rows(sheet.facts)
    rows.setContentsMargins(0, 8, 0, 0)
    return rows
