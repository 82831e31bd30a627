"""The search line, with a glass that grows with the text."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from ui import icons, theme
from ui.theme import Tone

_GLASS, _LEFT = 20, 18


class SearchField(QLineEdit):
    """One line to search with; its cross empties it."""

    def __init__(self, name: str, hint: str) -> None:
        """Be called *name* and show *hint* while empty."""
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(True)
        self._fit()
        theme.changed().changed.connect(self._fit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line, then the glass."""
        super().paintEvent(event)
        look = theme.current()
        size = look.px(_GLASS)
        left = _LEFT
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = self.width() - _LEFT - size
        box = QRectF(left, (self.height() - size) / 2, size, size)
        icons.paint(QPainter(self), "search", rect=box, color=look.tone(Tone.INK))

    def _fit(self) -> None:
        self.setTextMargins(theme.current().px(_GLASS) + _LEFT, 0, 0, 0)
