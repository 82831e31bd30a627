"""Buttons: at most one filled on a page; what ends something is only outlined."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from ui import icons, theme
from ui.theme import Tone, Type
from ui.widgets.text import narrowest

if TYPE_CHECKING:
    from ui.theme import Theme


class Kind(Enum):
    """How much a button asks to be pressed."""

    ACCENT = "accent"
    OUTLINED = "outlined"
    QUIET = "quiet"
    STOP = "stop"


_ICON, _ICON_GAP = 20, 10
_PAD = {Kind.ACCENT: 25, Kind.OUTLINED: 17, Kind.STOP: 25}
_TALL, _LOW, _INLINE = 48, 40, 30


class Button(QPushButton):
    """A button that says what it does and paints itself from the theme."""

    def __init__(
        self,
        text: str,
        *,
        kind: Kind = Kind.OUTLINED,
        icon: str = "",
        tall: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Filled buttons are tall; others are when they close a page."""
        super().__init__(text, parent)
        self._kind, self._icon = kind, icon
        self._inline = False
        self._tall = tall or kind in (Kind.ACCENT, Kind.STOP)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._spread(QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        theme.changed().changed.connect(self._refresh)

    def wide(self) -> Button:
        """Fill the width, as on the lock screen."""
        self._spread(QSizePolicy.Policy.Expanding)
        return self

    def inline(self) -> Button:
        """Stand in a line of text, still easy to hit."""
        self._inline = True
        return self

    def sizeHint(self) -> QSize:
        """Fit the words, the icon and the air around them."""
        look = theme.current()
        metrics = QFontMetrics(look.font(Type.STRONG))
        width = metrics.horizontalAdvance(self._plain())
        if self._icon:
            width += look.px(_ICON) + _ICON_GAP
        low = _INLINE if self._inline else _LOW
        height = look.control(_TALL if self._tall else low)
        return QSize(width + 2 * self._pad(), height)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than two lines of words: a cut word is a riddle."""
        metrics = QFontMetrics(theme.current().font(Type.STRONG))
        whole = self.sizeHint()
        words = self._plain()
        spared = metrics.horizontalAdvance(words) - narrowest(words, metrics)
        return QSize(whole.width() - spared, whole.height())

    def heightForWidth(self, width: int) -> int:
        """Take a second line where the words have no room on one."""
        whole = self.sizeHint()
        if width >= whole.width():
            return whole.height()
        return whole.height() + QFontMetrics(theme.current().font(Type.STRONG)).height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for a second line where the words need one.

        A layout never makes what is as tall as it is for good taller than its hint.
        """
        super().resizeEvent(event)
        self._make_room()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the button in its state."""
        look = theme.current()
        painter = QPainter(self)
        fill, edge, ink = self._colours(look)
        if fill is not None or edge is not None:
            theme.rounded(
                painter,
                self,
                fill=fill,
                edge=edge,
                width=1,
                radius=theme.CONTROL_RADIUS,
            )
        self._paint_words(painter, look, ink)

    def _paint_words(self, painter: QPainter, look: Theme, ink: QColor) -> None:
        font = look.font(Type.STRONG)
        if self._kind is Kind.QUIET and self.underMouse() and self.isEnabled():
            font.setUnderline(True)
        painter.setFont(font)
        painter.setPen(ink)
        width = QFontMetrics(font).horizontalAdvance(self._plain())
        size = look.px(_ICON) if self._icon else 0
        room = self.width() - 2 * self._pad() - (size + _ICON_GAP if size else 0)
        flags = Qt.AlignmentFlag.AlignVCenter
        if width > room:
            width = max(1, room)
            flags = Qt.AlignmentFlag.AlignCenter
        whole = width + (size + _ICON_GAP if size else 0)
        left = (self.width() - whole) // 2
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        icon_left = self.width() - left - size if mirrored else left
        text_left = left if mirrored or not size else left + size + _ICON_GAP
        if size:
            top = (self.height() - size) / 2
            box = QRectF(icon_left, top, size, size)
            icons.paint(painter, self._icon, rect=box, color=ink)
        area = QRect(text_left, 0, width + 2, self.height())
        painter.drawText(area, int(flags | Qt.TextFlag.TextWordWrap), self._plain())

    def _spread(self, across: QSizePolicy.Policy) -> None:
        policy = QSizePolicy(across, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _colours(self, look: Theme) -> tuple[QColor | None, QColor | None, QColor]:
        if not self.isEnabled():
            edge = None if self._kind is Kind.QUIET else look.color("line")
            fill = None if self._kind is Kind.QUIET else look.color("sunken")
            return fill, edge, look.color("muted")
        shade = 0.14 if self.isDown() else 0.07 if self.underMouse() else 0.0
        stop = self._kind is Kind.STOP
        strong = look.tone(Tone.STOP if stop else Tone.ACCENT)
        if self._kind is Kind.ACCENT:
            ink = look.color("on_accent")
            return _mixed(strong, ink, shade), None, ink
        if self._kind in (Kind.OUTLINED, Kind.STOP):
            soft = look.soft(Tone.STOP if stop else Tone.ACCENT)
            edge = strong if stop else look.color("strong")
            return soft if shade else None, edge, strong
        return None, None, strong

    def _pad(self) -> int:
        if self._kind is Kind.QUIET:
            return 2
        return 25 if self._tall else _PAD[self._kind]

    def _plain(self) -> str:
        return self.text().replace("&", "")

    def _make_room(self) -> None:
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _refresh(self) -> None:
        self._make_room()
        self.updateGeometry()
        self.update()


class IconButton(QToolButton):
    """A button that shows only an icon, and therefore always has a name."""

    def __init__(self, icon: str, *, name: str, parent: QWidget | None = None) -> None:
        """Say in *name* what pressing it does."""
        super().__init__(parent)
        self._icon = icon
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_face(icon, name)
        theme.changed().changed.connect(self._refresh)

    def set_face(self, icon: str, name: str) -> None:
        """Change icon and name together."""
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def sizeHint(self) -> QSize:
        """Keep it easy to hit."""
        side = theme.current().control(_LOW)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Never smaller."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the icon, on a soft ground under the mouse."""
        look = theme.current()
        painter = QPainter(self)
        if self.underMouse():
            fill = look.color("sunken")
            theme.rounded(
                painter, self, fill=fill, edge=None, radius=theme.CONTROL_RADIUS
            )
        size = look.px(_ICON)
        box = QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size)
        icons.paint(painter, self._icon, rect=box, color=look.tone(Tone.MUTED))

    def _refresh(self) -> None:
        self.updateGeometry()
        self.update()


def _mixed(base: QColor, other: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        base.redF() * (1 - share) + other.redF() * share,
        base.greenF() * (1 - share) + other.greenF() * share,
        base.blueF() * (1 - share) + other.blueF() * share,
    )
