"""Cards and the hairlines between rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ui import theme

if TYPE_CHECKING:
    from ui.theme import Tone

PAD_X, PAD_Y = 24, 20


class Card(QFrame):
    """A white surface with one flat edge; its tone, if any, is on the edge."""

    def __init__(
        self,
        *,
        tone: Tone | None = None,
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make the edge two pixels wide where *bold*."""
        super().__init__(parent)
        self._tone, self._width = tone, 2 if bold else 1
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(PAD_X, PAD_Y, PAD_X, PAD_Y)
        self.body.setSpacing(8)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed().changed.connect(self.update)

    def set_tone(self, tone: Tone | None) -> None:
        """Change what the edge says."""
        self._tone = tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and its edge."""
        look = theme.current()
        edge = look.color("line") if self._tone is None else look.tone(self._tone)
        theme.rounded(
            QPainter(self),
            self,
            fill=look.color("surface"),
            edge=edge,
            width=self._width,
        )


class Hairline(QWidget):
    """One pixel between two rows; decoration only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Take one pixel of height."""
        super().__init__(parent)
        self.setFixedHeight(1)
        theme.changed().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line."""
        QPainter(self).fillRect(self.rect(), theme.current().color("line"))
