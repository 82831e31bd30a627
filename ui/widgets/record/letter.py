"""The text of a letter or a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.card import Hairline
from ui.widgets.text import Text

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


def letter_part(sheet: RecordSheet, _acts: Acts) -> QWidget | None:
    """Only what holds a text has one."""
    if not sheet.text:
        return None
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    column.addWidget(Hairline())
    column.addWidget(Text(sheet.text))
    return holder
