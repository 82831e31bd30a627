"""The mark, large, as on the lock screen."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import icons, theme
from ui.theme import Tone


class Mark(QWidget):
    """The rings of the mark."""

    def __init__(self, size: int) -> None:
        """Be *size* pixels wide."""
        super().__init__()
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Keep its size whatever the text does."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it."""
        centre = QRectF(self.rect()).center()
        color = theme.current().tone(Tone.ACCENT)
        painter = QPainter(self)
        icons.paint_mark(painter, center=centre, size=self._size, color=color)
