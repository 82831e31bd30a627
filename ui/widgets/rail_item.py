"""One page or one plain action in the rail: an icon and its name, or the icon alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from ui import icons, theme
from ui.theme import Tone, Type

if TYPE_CHECKING:
    from ui.theme import Theme

_ICON = 20


class RailItem(QAbstractButton):
    """One page in the rail."""

    def __init__(self, name: str, icon: str, *, page: bool = True) -> None:
        """Stay chosen while its page is open; *page* is false for plain actions."""
        super().__init__()
        self.setText(name)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setCheckable(page)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon, self._narrow, self._news = icon, False, 0

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Show only the icon; the name stays as tool tip and for screen readers."""
        self._narrow = narrow
        self.update()

    def set_news(self, count: int) -> None:
        """Show how many new things wait there."""
        self._news = count
        name = self.text()
        spoken = self.tr("{name}, {count} new").format(name=name, count=count)
        self.setAccessibleName(spoken if count else name)
        self.update()

    def sizeHint(self) -> QSize:
        """Keep it easy to hit, and the name whole."""
        look = theme.current()
        name = QFontMetrics(look.font(Type.STRONG)).horizontalAdvance(self.text())
        return QSize(name + look.px(_ICON) + 34, look.control(44))

    def minimumSizeHint(self) -> QSize:
        """Keep it easy to hit."""
        return QSize(44, theme.current().control(44))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon, name and count."""
        look = theme.current()
        painter = QPainter(self)
        chosen = self.isChecked()
        if chosen:
            theme.rounded(
                painter,
                self,
                fill=look.color("surface"),
                edge=look.color("line"),
                radius=theme.CONTROL_RADIUS,
            )
        elif self.underMouse():
            theme.rounded(
                painter,
                self,
                fill=look.color("line"),
                edge=None,
                radius=theme.CONTROL_RADIUS,
            )
        ink = look.tone(Tone.ACCENT if chosen else Tone.INK)
        size = look.px(_ICON)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = (self.width() - size) / 2 if self._narrow else 13.0
        if mirrored and not self._narrow:
            left = self.width() - 13.0 - size
        box = QRectF(left, (self.height() - size) / 2, size, size)
        icons.paint(painter, self._icon, rect=box, color=ink)
        if not self._narrow:
            painter.setFont(look.font(Type.STRONG if chosen else Type.NAV))
            painter.setPen(ink)
            room = self.rect().adjusted(13 + size + 13, 0, -8, 0)
            if mirrored:
                room = self.rect().adjusted(8, 0, -13 - size - 13, 0)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
            painter.drawText(room, int(flags), self.text())
        if self._news:
            self._paint_news(painter, look, mirrored=mirrored)

    def _paint_news(self, painter: QPainter, look: Theme, *, mirrored: bool) -> None:
        side = look.px(20)
        box = QRectF(self.width() - 12 - side, 0, side, side)
        box.moveTop((self.height() - side) / 2)
        if self._narrow:
            box.moveTo(self.width() - side - 2, 0)
        if mirrored:
            box.moveLeft(self.width() - box.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.tone(Tone.ACCENT))
        painter.drawEllipse(box)
        font = look.font(Type.SMALL_STRONG)
        font.setPixelSize(look.px(13))
        painter.setFont(font)
        painter.setPen(look.color("on_accent"))
        most = 9
        text = str(self._news) if self._news <= most else "9+"
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
