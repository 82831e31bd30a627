"""The rings: every live permission is a ring, its arc the time that is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.theme import Theme, Tone, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

MOST = 6
_STROKE, _STEP = 18.0, 34.0
# Neither the colour of "stop" nor that of "ends soon": a ring in order alarms nobody.
_HUES = ("accent", "calm", "go", "muted", "ink", "strong")
_NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One live permission: *share* of its time that is left, 0 to 1."""

    name: str
    share: float
    soon: bool = False
    waiting: bool = False


def hue(ring: Ring, place: int) -> QColor:
    """Give the colour that ties the ring at *place* to its row."""
    look = theme.current()
    if ring.soon:
        return look.tone(Tone.WAIT)
    return look.color(_HUES[place % len(_HUES)])


class Rings(QWidget):
    """The picture; the list beside it carries every fact in words."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Begin with nobody looking."""
        super().__init__(parent)
        self._rings: tuple[Ring, ...] = ()
        self._name, self._below = "", ""
        self._lit = _NOTHING
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed().changed.connect(self.update)

    def show_rings(self, rings: Sequence[Ring], *, name: str, below: str) -> None:
        """Show at most six, newest outside, around *name*."""
        self._rings = tuple(rings[:MOST])
        self._name, self._below = name, below
        self._lit = _NOTHING
        said = [below, *(ring.name for ring in self._rings)]
        self.setAccessibleName(". ".join(part for part in (name, *said) if part))
        self.update()

    def light(self, place: int) -> None:
        """Light up one ring; -1 lights up none."""
        self._lit = place
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a square."""
        return QSize(372, 372)

    def minimumSizeHint(self) -> QSize:
        """Stay readable."""
        return QSize(240, 240)

    def heightForWidth(self, width: int) -> int:
        """Stay square, but not larger than is needed."""
        return min(width, 396)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which ring the mouse is on."""
        self._point(self._at(event.position()))

    def leaveEvent(self, _event: QEvent) -> None:
        """Tell that it is on none."""
        self._point(_NOTHING)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint tracks, arcs and the middle."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, ring in enumerate(self._rings):
            self._paint_ring(painter, look, place, ring)
        if not self._rings:
            self._paint_track(painter, look, 0, dashed=True)
        self._paint_middle(painter, look)

    def _paint_ring(
        self, painter: QPainter, look: Theme, place: int, ring: Ring
    ) -> None:
        self._paint_track(painter, look, place, dashed=ring.waiting)
        if ring.waiting:
            return
        color = hue(ring, place)
        if self._lit not in (_NOTHING, place):
            color.setAlphaF(0.35)
        width = self._stroke() * (1.2 if self._lit == place else 1.0)
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        radius = self._radius(place)
        if ring.share >= 1.0:
            painter.drawEllipse(self._centre(), radius, radius)
            return
        span = -max(0.004, ring.share) * 360 * 16
        painter.drawArc(self._box(place), 90 * 16, round(span))

    def _paint_track(
        self, painter: QPainter, look: Theme, place: int, *, dashed: bool
    ) -> None:
        pen = QPen(look.color("sunken"), self._stroke())
        if dashed:
            pen = QPen(look.color("strong"), 2)
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self._centre(), self._radius(place), self._radius(place))

    def _paint_middle(self, painter: QPainter, look: Theme) -> None:
        radius = self._middle()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.soft(Tone.ACCENT))
        painter.drawEllipse(self._centre(), radius, radius)
        inside = QRectF(0, 0, 1.72 * radius, 1.72 * radius)
        inside.moveCenter(self._centre())
        name_font = look.font(Type.CARD)
        below_font = look.font(Type.SMALL)
        below = QFontMetrics(below_font)
        fits = below.horizontalAdvance(self._below) <= inside.width()
        lines = 1 if fits else 2
        space = lines * below.height() if self._below else 0
        name_height = QFontMetrics(name_font).height()
        top = self._centre().y() - (name_height + space) / 2
        painter.setPen(look.tone(Tone.INK))
        painter.setFont(name_font)
        name = QFontMetrics(name_font).elidedText(
            self._name, Qt.TextElideMode.ElideRight, int(inside.width())
        )
        box = QRectF(inside.left(), top, inside.width(), name_height)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(look.tone(Tone.MUTED))
        painter.setFont(below_font)
        box = QRectF(inside.left(), top + name_height, inside.width(), space)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self._below)

    def _point(self, place: int) -> None:
        if place != self._lit:
            self.light(place)
            self.pointed.emit(place)

    def _at(self, point: QPointF) -> int:
        away = point - self._centre()
        distance = math.hypot(away.x(), away.y())
        for place in range(len(self._rings)):
            if abs(distance - self._radius(place)) <= self._step() / 2:
                return place
        return _NOTHING

    def _unit(self) -> float:
        side = min(self.width(), self.height()) - 8
        room = side / 2 - theme.current().px(52)
        count = max(3, len(self._rings))
        return min(1.0, room / (_STEP * (count - 1) + _STROKE * 1.6))

    def _stroke(self) -> float:
        return _STROKE * max(0.35, self._unit())

    def _step(self) -> float:
        return _STEP * max(0.35, self._unit())

    def _radius(self, place: int) -> float:
        outer = (min(self.width(), self.height()) - 8 - self._stroke() * 1.2) / 2
        return max(self._stroke(), outer - place * self._step())

    def _middle(self) -> float:
        inner = self._radius(max(2, len(self._rings) - 1))
        return inner - self._step() * 0.75

    def _centre(self) -> QPointF:
        return QRectF(self.rect()).center()

    def _box(self, place: int) -> QRectF:
        radius = self._radius(place)
        box = QRectF(0, 0, 2 * radius, 2 * radius)
        box.moveCenter(self._centre())
        return box
