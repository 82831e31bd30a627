"""Results over time: every value, the lab's own range that day, nothing smoothed."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme, wording
from ui.models.scale import Scale, lines, scale_of, years
from ui.theme import Theme, Tone, Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.views import Point

_HIGH, _MARK, _AIR = 230, 6.0, 12


class Chart(QWidget):
    """Marks joined by straight lines; open ones lie outside the lab's range."""

    def __init__(self, points: Sequence[Point], *, unit: str, name: str) -> None:
        """Show *points*, oldest first, at least two of them."""
        super().__init__()
        self._points, self._scale = tuple(points), scale_of(points)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        last = self._points[-1]
        said = wording.say("{name}: {n} results, the last {value} {unit} on {day}")
        self.setAccessibleName(
            said.format(
                name=name,
                n=len(self._points),
                value=last.written,
                unit=unit,
                day=wording.plain_day(last.day),
            )
        )
        theme.changed().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Grow with the text, but less than it."""
        return QSize(320, round(_HIGH * (1 + theme.current().scale) / 2))

    def minimumSizeHint(self) -> QSize:
        """Stay readable."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint band, lines, years and marks."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font(Type.SMALL))
        box = self._plot(look)
        self._paint_band(painter, look, box)
        self._paint_lines(painter, look, box)
        self._paint_years(painter, look, box)
        self._paint_results(painter, look, box)

    def _plot(self, look: Theme) -> QRectF:
        """The part of the widget in which values stand."""
        metrics = QFontMetrics(look.font(Type.SMALL))
        widest = max(
            (metrics.horizontalAdvance(_short(line)) for line in lines(self._scale)),
            default=0,
        )
        right = QFontMetrics(look.font(Type.SMALL_STRONG)).horizontalAdvance(
            self._points[-1].written
        )
        top = metrics.height()
        return QRectF(self.rect()).adjusted(
            widest + _AIR + _MARK, top, -right / 2 - _AIR, -metrics.height() - _AIR
        )

    def _paint_band(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        """One step for each range: a lab may change its own from day to day."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.soft(Tone.GO))
        steps = list(self._steps(box))
        for step in steps:
            painter.drawRect(step)
        if steps:
            painter.setPen(look.tone(Tone.GO))
            room = steps[0].adjusted(8, 4, box.width(), 0)
            words = wording.say("the lab's usual range")
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, words)

    def _steps(self, box: QRectF) -> Iterator[QRectF]:
        """The range of one result gives way to that of the next half-way between."""
        across = [_right(box, self._scale, point) for point in self._points]
        middles = [(a + b) / 2 for a, b in pairwise(across)]
        edges = iter([*middles, box.right()])
        left = box.left()
        for (low, high), alike in groupby(self._points, _range):
            right = list(zip(alike, edges, strict=False))[-1][1]
            if low is not None or high is not None:
                foot = self._scale.low if low is None else low
                head = self._scale.high if high is None else high
                top = _down(box, self._scale, head)
                yield QRectF(
                    left, top, right - left, _down(box, self._scale, foot) - top
                )
            left = right

    def _paint_lines(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        height = QFontMetrics(painter.font()).height()
        for value in lines(self._scale):
            y = _down(box, self._scale, value)
            painter.setPen(QPen(look.color("line"), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(look.tone(Tone.MUTED))
            room = QRectF(0, y - height / 2, box.left() - _AIR - _MARK, height)
            painter.drawText(room, _MIDDLE | Qt.AlignmentFlag.AlignRight, _short(value))

    def _paint_years(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        painter.setPen(look.tone(Tone.MUTED))
        marks = [(day, str(day.year)) for day in years(self._scale)]
        if len(marks) < 2:  # noqa: PLR2004 - one year alone says nothing of the span
            ends = (self._scale.first, self._scale.last)
            marks = [(day, wording.month(day.year, day.month)) for day in ends]
        metrics = QFontMetrics(painter.font())
        top = box.bottom() + _AIR - 2
        for day, words in marks:
            wide = metrics.horizontalAdvance(words)
            x = box.left() + box.width() * self._scale.across(day) - wide / 2
            x = min(max(0.0, x), self.width() - wide)
            painter.drawText(QPointF(x, top + metrics.ascent()), words)

    def _paint_results(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        accent = look.tone(Tone.ACCENT)
        spots = [
            QPointF(
                _right(box, self._scale, point), _down(box, self._scale, point.value)
            )
            for point in self._points
        ]
        painter.setPen(QPen(accent, 2.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(spots))
        crowded = len(spots) > box.width() / (3 * _MARK)
        size = _MARK / 2 if crowded else _MARK
        for point, spot in zip(self._points, spots, strict=True):
            painter.setPen(QPen(accent, 2))
            painter.setBrush(look.color("surface") if point.outside else accent)
            painter.drawEllipse(spot, size, size)
        painter.setFont(look.font(Type.SMALL_STRONG))
        painter.setPen(look.tone(Tone.INK))
        last = self._points[-1].written
        metrics = QFontMetrics(painter.font())
        x = spots[-1].x() - metrics.horizontalAdvance(last) / 2
        painter.drawText(QPointF(x, spots[-1].y() - _AIR), last)


def _range(point: Point) -> tuple[float | None, float | None]:
    return point.low, point.high


_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def _down(box: QRectF, scale: Scale, value: float) -> float:
    return box.bottom() - box.height() * scale.up(value)


def _right(box: QRectF, scale: Scale, point: Point) -> float:
    return box.left() + box.width() * scale.across(point.day)


def _short(value: float) -> str:
    return f"{value:g}"
