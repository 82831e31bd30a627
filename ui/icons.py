"""Our own single-stroke icons: 24 grid, 1.8 stroke, round ends, tinted when painted."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

_PATHS = {
    "home": '<path d="M3.5 11.5 12 4l8.5 7.5"/><path d="M6 9.8V20h12V9.8"/>'
    '<path d="M10 20v-5h4v5"/>',
    "records": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4"/>'
    '<path d="M9 12h6"/><path d="M9 16h6"/>',
    "share": '<circle cx="6" cy="12" r="2.6"/><circle cx="17.5" cy="6" r="2.6"/>'
    '<circle cx="17.5" cy="18" r="2.6"/><path d="M8.4 10.8l6.8-3.6"/>'
    '<path d="M8.4 13.2l6.8 3.6"/>',
    "activity": '<path d="M3 12h4l2.5-7 5 14 2.5-7h4"/>',
    "stick": '<path d="M8.5 9V3.5h7V9"/><path d="M11 6.2h2"/>'
    '<path d="M7 9h10v9.5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2z"/>',
    "settings": '<circle cx="12" cy="12" r="3.2"/><path d="M12 3v3M12 18v3M3 12h3'
    'M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1"/>',
    "lock": '<path d="M6 11h12v9H6z"/><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>',
    "eye": '<path d="M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 '
    '2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
    "eye-off": '<path d="M4.5 9.2C3.2 10.6 2.5 12 2.5 12S6 18.2 12 18.2c1.5 0 2.8'
    '-.4 4-.9M9 6.3c.9-.3 1.9-.5 3-.5 6 0 9.5 6.2 9.5 6.2s-.8 1.4-2.2 2.9"/>'
    '<path d="M4 4l16 16"/>',
    "shield": '<path d="M12 3.2l7 2.4v5.6c0 4.4-2.8 7.8-7 9.6-4.2-1.8-7-5.2-7-9.6'
    'V5.6z"/>',
    "clock": '<circle cx="12" cy="12" r="8.6"/><path d="M12 7v5.2l3.4 2"/>',
    "check": '<path d="M5 12.8l4.6 4.6L19.4 7"/>',
    "cross": '<path d="M6.5 6.5l11 11"/><path d="M17.5 6.5l-11 11"/>',
    "question": '<path d="M9 9.3A3.1 3.1 0 0 1 12 6.4c1.8 0 3.1 1.2 3.1 2.9 0 2.4'
    '-3.1 2.5-3.1 5"/><path d="M12 18v.1"/>',
    "bars": '<path d="M9 6v12"/><path d="M15 6v12"/>',
    "hourglass": '<path d="M6.5 3.5h11"/><path d="M6.5 20.5h11"/><path d="M8 3.5v3.2'
    'c0 2.6 4 3.4 4 5.3s-4 2.7-4 5.3v3.2"/><path d="M16 3.5v3.2c0 2.6-4 3.4-4 5.3'
    's4 2.7 4 5.3v3.2"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/>',
    "plus": '<path d="M12 5v14"/><path d="M5 12h14"/>',
    "download": '<path d="M12 3.5v12"/><path d="M7 11l5 5 5-5"/>'
    '<path d="M4.5 20.5h15"/>',
    "folder": '<path d="M3.5 6h6l2 2.4h9V19h-17z"/>',
    "card": '<path d="M3.5 6h17v12.5h-17z"/><circle cx="8.6" cy="11" r="1.9"/>'
    '<path d="M5.8 15.8c.6-1.4 1.6-2 2.8-2s2.2.6 2.8 2"/><path d="M14 10.5h4"/>'
    '<path d="M14 14h3"/>',
    "up": '<path d="M12 19V5"/><path d="M6 11l6-6 6 6"/>',
    "down": '<path d="M12 5v14"/><path d="M6 13l6 6 6-6"/>',
    "back": '<path d="M19 12H5"/><path d="M11 6l-6 6 6 6"/>',
    "forward": '<path d="M9.5 5.5L16 12l-6.5 6.5"/>',
    "pen": '<path d="M4.5 19.5l1-4L16.4 4.6l3 3L8.5 18.5z"/><path d="M14 7l3 3"/>',
    "info": '<circle cx="12" cy="12" r="8.6"/><path d="M12 11v5"/>'
    '<path d="M12 7.8v.1"/>',
    "warning": '<path d="M12 4l9 16H3z"/><path d="M12 10v4.4"/><path d="M12 17v.1"/>',
    "sync": '<path d="M19.5 12a7.5 7.5 0 0 1-13.3 4.8"/><path d="M4.5 12a7.5 7.5 0 0 '
    '1 13.3-4.8"/><path d="M18.2 3.6v3.8h-3.8"/><path d="M5.8 20.4v-3.8h3.8"/>',
    "printer": '<path d="M7 8.5V3.5h10v5"/><path d="M7 17H4V8.5h16V17h-3"/>'
    '<path d="M7 14h10v6.5H7z"/>',
    "person": '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20.5c.9-4 3.7-6 7.5-6'
    's6.6 2 7.5 6"/>',
}

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
    'stroke="{color}" stroke-width="{stroke}" stroke-linecap="round" '
    'stroke-linejoin="round">{body}</svg>'
)

# Each ring of the mark: radius and stroke as a share of half the width, where its
# arc begins (degrees, anticlockwise from three o'clock) and how far it goes round.
_MARK_RINGS = ((0.915, 138, 283), (0.61, 319, 280), (0.305, 75, 274))
_MARK_STROKE, _MARK_DOT = 0.16, 0.115


def names() -> tuple[str, ...]:
    """Give the names of all icons."""
    return tuple(_PATHS)


def paint(
    painter: QPainter, name: str, *, rect: QRectF, color: QColor, stroke: float = 1.8
) -> None:
    """Paint one icon into *rect*."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color.name(), stroke).render(painter, rect)


def icon(name: str, *, color: QColor, size: int, ratio: float = 1.0) -> QIcon:
    """Give one icon as a picture, for the few places that insist on a QIcon."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, name, rect=QRectF(0, 0, size, size), color=color)
    painter.end()
    return QIcon(picture)


def paint_mark(
    painter: QPainter, *, center: QPointF, size: float, color: QColor
) -> None:
    """Paint the rings of the mark, *size* wide."""
    half = size / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, half * _MARK_STROKE)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for share, start, span in _MARK_RINGS:
        radius = half * share
        box = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
        painter.drawArc(box, start * 16, span * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(center, half * _MARK_DOT, half * _MARK_DOT)


@lru_cache(maxsize=512)
def _renderer(name: str, color: str, stroke: float) -> QSvgRenderer:
    text = _SVG.format(color=color, stroke=stroke, body=_PATHS[name])
    return QSvgRenderer(QByteArray(text.encode()))


def mark_icon(color: QColor) -> QIcon:
    """Give the mark as the picture of the window."""
    found = QIcon()
    for side in (16, 32, 48, 128):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        centre = QRectF(0, 0, side, side).center()
        paint_mark(painter, center=centre, size=side - 1, color=color)
        painter.end()
        found.addPixmap(picture)
    return found
