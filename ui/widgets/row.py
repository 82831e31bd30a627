"""Rows of a list: round icon, two lines, and time and state at the far edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import icons, theme, wording
from ui.theme import Tone, Type
from ui.widgets.card import Hairline
from ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QEnterEvent, QFocusEvent


class RoundMark(QWidget):
    """An icon on a soft round ground, or bare where the row is small."""

    def __init__(
        self, icon: str, *, tone: Tone, size: int = 40, ground: bool = True
    ) -> None:
        """Be *size* pixels wide at text size 100 %."""
        super().__init__()
        self._icon, self._tone, self._size, self._ground = icon, tone, size, ground
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed().changed.connect(self.updateGeometry)

    def set_mark(self, icon: str, tone: Tone) -> None:
        """Show another mark."""
        self._icon, self._tone = icon, tone
        self.update()

    def sizeHint(self) -> QSize:
        """Grow with the text, but less than it."""
        side = theme.current().control(self._size)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground and icon."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(min(self.width(), self.height()))
        share = 0.5 if self._ground else 1.0
        if self._ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.soft(self._tone))
            painter.drawEllipse(QRectF(0, 0, side, side))
        inner = side * share
        box = QRectF((side - inner) / 2, (side - inner) / 2, inner, inner)
        icons.paint(painter, self._icon, rect=box, color=look.tone(self._tone))


class Dot(QWidget):
    """The small disc that ties a row to its ring."""

    def __init__(self, color: Callable[[], QColor]) -> None:
        """Ask *color* for the colour of the ring in the theme in use."""
        super().__init__()
        self._color = color
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

        theme.changed().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Be small."""
        side = theme.current().px(12)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the disc."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color())
        painter.drawEllipse(QRectF(self.rect()))


class RowFace(QHBoxLayout):
    """How a row is laid out, whether it can be pressed or not."""

    def __init__(
        self,
        *,
        first: str,
        second: str = "",
        lead: QWidget | None = None,
        right: Sequence[QWidget] = (),
    ) -> None:
        """Put *lead* before the two lines and *right* one under the other after."""
        super().__init__()
        self.setContentsMargins(0, 12, 0, 12)
        self.setSpacing(16)
        if lead is not None:
            self.addWidget(lead, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.first = Text(wording.breakable(first), kind=Type.STRONG)
        words.addWidget(self.first)
        if second:
            words.addWidget(Text(second, kind=Type.SMALL, tone=Tone.MUTED))
        self.addLayout(words, 1)
        if right:
            side = QVBoxLayout()
            side.setSpacing(4)
            side.addStretch(1)
            for widget in right:
                side.addWidget(widget, 0, Qt.AlignmentFlag.AlignTrailing)
            side.addStretch(1)
            self.addLayout(side)
        self.spoken = ". ".join(
            part for part in (first, second, *map(_spoken, right)) if part
        )


class Row(QFrame):
    """A row that only tells."""

    def __init__(self, face: RowFace) -> None:
        """Show *face*."""
        super().__init__()
        self.setLayout(face)
        self.setAccessibleName(face.spoken)


class RowButton(QAbstractButton):
    """A row whose whole width can be pressed."""

    lit = Signal(bool)

    def __init__(self, face: RowFace) -> None:
        """Show *face*; its words are the name for a screen reader."""
        super().__init__()
        self.setLayout(face)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(face.spoken)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._glow = False

    def glow(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        """Light up with the ring of the same permission."""
        self._glow = on
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up under the mouse."""
        super().enterEvent(event)
        self.lit.emit(True)  # noqa: FBT003 - Qt's signature

    def leaveEvent(self, event: QEvent) -> None:
        """Go out again."""
        super().leaveEvent(event)
        self.lit.emit(self.hasFocus())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Light up with the keyboard."""
        super().focusInEvent(event)
        self.lit.emit(True)  # noqa: FBT003 - Qt's signature

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Go out again."""
        super().focusOutEvent(event)
        self.lit.emit(self.underMouse())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the soft ground where it is pointed at."""
        if not (self.underMouse() or self._glow or self.isDown()):
            return
        painter = QPainter(self)
        theme.rounded(
            painter,
            self,
            fill=theme.current().color("sunken"),
            edge=None,
            radius=theme.CONTROL_RADIUS,
        )


class Rows(QVBoxLayout):
    """Rows one under the other, with a hairline between two."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setSpacing(0)
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, row: QWidget) -> None:
        """Add *row* under the last one."""
        if self.count():
            self.addWidget(Hairline())
        self.addWidget(row)

    def clear(self) -> None:
        """Remove every row."""
        while (item := self.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


class FactRow(QWidget):
    """What something is on the left, its number or word on the right."""

    def __init__(self, what: str, value: str, *, tone: Tone = Tone.INK) -> None:
        """Show *what* and *value* on one line while they fit."""
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 9, 0, 9)
        line.setSpacing(16)
        kind = Type.TEXT if tone is Tone.INK else Type.SMALL
        line.addWidget(Text(what, kind=kind, tone=tone), 1)
        self._value = Text(value, kind=Type.STRONG, tone=tone)
        line.addWidget(self._value.right().flowing())
        self.setAccessibleName(f"{what}: {value}")

    def quiet(self) -> FactRow:
        """Say the value as a remark, where what is on the left matters more."""
        self._value.set_kind(Type.SMALL)
        self._value.set_tone(Tone.MUTED)
        return self


def _spoken(widget: QWidget) -> str:
    if isinstance(widget, Text):
        return widget.text()
    return widget.accessibleName()
