"""Nothing here yet: one sentence and one button that says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.text import heading, second

if TYPE_CHECKING:
    from ui.widgets.buttons import Button


class Empty(QWidget):
    """What a list shows instead of nothing."""

    def __init__(self, sentence: str, *, note: str = "", button: Button | None) -> None:
        """Say *sentence*, then offer *button*."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 40, 24, 40)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(heading(sentence).centred())
        if note:
            column.addWidget(second(note).centred())
        self.button = button
        if button is not None:
            column.addSpacing(8)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
