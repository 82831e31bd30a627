"""Chips: a state as shape and word, and a pill that can be chosen."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui import icons, theme
from ui.theme import Tone, Type

_MARK = 14


class StateChip(QWidget):
    """A shape and a word; the colour only repeats them."""

    def __init__(
        self, word: str, *, icon: str, tone: Tone, parent: QWidget | None = None
    ) -> None:
        """Show *word* beside *icon*."""
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.word, self._icon, self._tone = word, icon, tone
        self.setAccessibleName(word)
        theme.changed().changed.connect(self.updateGeometry)

    def set_state(self, word: str, *, icon: str, tone: Tone) -> None:
        """Show another state."""
        self.word, self._icon, self._tone = word, icon, tone
        self.setAccessibleName(word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Fit shape and word."""
        look = theme.current()
        metrics = QFontMetrics(look.font(Type.SMALL_STRONG))
        width = metrics.horizontalAdvance(self.word) + look.px(_MARK) + 7 + 20
        return QSize(width, metrics.height() + 8)

    def minimumSizeHint(self) -> QSize:
        """Never cut the word."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the soft ground, the shape and the word."""
        look = theme.current()
        painter = QPainter(self)
        ink = look.tone(self._tone)
        theme.rounded(painter, self, fill=look.soft(self._tone), edge=None, radius=6)
        size = look.px(_MARK)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        top = (self.height() - size) / 2
        left = self.width() - 10 - size if mirrored else 10
        box = QRectF(left, top, size, size)
        icons.paint(painter, self._icon, rect=box, color=ink, stroke=2.4)
        painter.setFont(look.font(Type.SMALL_STRONG))
        painter.setPen(ink)
        words = self.rect().adjusted(10 + size + 7, 0, -8, 0)
        if mirrored:
            words = self.rect().adjusted(8, 0, -10 - size - 7, 0)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(words, int(flags), self.word)


class Pill(QAbstractButton):
    """A pill that stays chosen; several of them make one choice."""

    def __init__(
        self, text: str, *, tall: bool = False, parent: QWidget | None = None
    ) -> None:
        """Be tall where it is an answer, low where it only filters."""
        super().__init__(parent)
        self._tall = tall
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Fit the words."""
        look = theme.current()
        metrics = QFontMetrics(look.font(Type.SMALL_STRONG))
        pad, height = (19, 40) if self._tall else (13, 34)
        width = metrics.horizontalAdvance(self.text()) + 2 * pad
        return QSize(width, look.control(height))

    def minimumSizeHint(self) -> QSize:
        """Never cut the words."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pill, filled and edged in the accent when chosen."""
        look = theme.current()
        painter = QPainter(self)
        chosen = self.isChecked()
        edge = look.tone(Tone.ACCENT) if chosen else look.color("strong")
        fill = look.soft(Tone.ACCENT) if chosen or self.underMouse() else None
        theme.rounded(painter, self, fill=fill, edge=edge, radius=self.height() / 2)
        painter.setFont(look.font(Type.SMALL_STRONG))
        painter.setPen(look.tone(Tone.ACCENT if chosen else Tone.INK))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


_STATES: dict[str, tuple[str, Tone]] = {
    "check": ("check", Tone.GO),
    "clock": ("clock", Tone.WAIT),
    "bars": ("bars", Tone.CALM),
    "cross": ("cross", Tone.MUTED),
    "hourglass": ("hourglass", Tone.WAIT),
    "stop": ("cross", Tone.STOP),
}


def state_chip(word: str, shape: str) -> StateChip:
    """Make the chip for one of the shapes of the look."""
    icon, tone = _STATES[shape]
    return StateChip(word, icon=icon, tone=tone)
