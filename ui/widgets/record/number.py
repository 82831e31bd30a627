"""The one number of a result, large, with its unit and the lab's own range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import Tone, Type
from ui.widgets.text import Text

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


def number_part(sheet: RecordSheet, _acts: Acts) -> QWidget | None:
    """Only a result that is a number has one."""
    if not sheet.number:
        return None
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(14)
    number = Text(sheet.number, kind=Type.NUMBER).one_line()
    line.addWidget(number, 0, Qt.AlignmentFlag.AlignBottom)
    words = "   ".join(part for part in (sheet.unit, sheet.usual) if part)
    rest = Text(words, tone=Tone.MUTED)
    rest.setContentsMargins(0, 0, 0, 8)
    line.addWidget(rest, 1, Qt.AlignmentFlag.AlignBottom)
    return holder
