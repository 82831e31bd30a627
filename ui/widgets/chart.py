"""Results over time: every value, the lab's own range that day, nothing smoothed."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme, wording
from ui.models.scale import Scale, lines, scale_of, years
from ui.theme import Theme, Tone, Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.views import Point

_HIGH, _MARK, _AIR = 230, 6.0, 12
_MANY = 600  # results: more than pixels across


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
            words = wording.say("the lab's usual range")
            metrics = QFontMetrics(painter.font())
            wide = metrics.horizontalAdvance(words)
            room = QRectF(steps[0].left() + 8, steps[0].top() + 4, wide, 0)
            room.setHeight(metrics.height())
            # The caption says it too; here only where nothing lies over it.
            if room.right() <= box.right() and self._is_free(room, box):
                painter.drawText(room, _LEFT, words)

    def _is_free(self, room: QRectF, box: QRectF) -> bool:
        """Whether neither a mark nor a line lies in *room*."""
        if len(self._points) >= _MANY:
            return False
        wide = room.adjusted(-_MARK, -_MARK, _MARK, _MARK)
        spots = self._spots(box)
        edges = (wide.topLeft(), wide.topRight(), wide.bottomRight())
        sides = [
            QLineF(one, other)
            for one, other in pairwise((*edges, wide.bottomLeft(), wide.topLeft()))
        ]
        crossed = QLineF.IntersectionType.BoundedIntersection
        return not any(map(wide.contains, spots)) and not any(
            QLineF(one, other).intersects(side)[0] == crossed
            for one, other in pairwise(spots)
            for side in sides
        )

    def _spots(self, box: QRectF) -> list[QPointF]:
        """Where each result stands."""
        return [
            QPointF(
                _right(box, self._scale, point), _down(box, self._scale, point.value)
            )
            for point in self._points
        ]

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
            painter.drawText(room, _MIDDLE | _RIGHT, _short(value))

    def _paint_years(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        painter.setPen(look.tone(Tone.MUTED))
        marks = [(day, str(day.year)) for day in years(self._scale)]
        if len(marks) < 2:  # noqa: PLR2004 - one year alone says nothing of the span
            ends = (self._scale.first, self._scale.last)
            marks = [(day, wording.month(day.year, day.month)) for day in ends]
            if marks[0][1] == marks[1][1]:
                marks = [(day, wording.short_day(day)) for day in ends]
            marks = marks[: 1 + (marks[0][1] != marks[1][1])]
        metrics = QFontMetrics(painter.font())
        top = box.bottom() + _AIR - 2
        for day, words in marks:
            wide = metrics.horizontalAdvance(words)
            x = box.left() + box.width() * self._scale.across(day) - wide / 2
            x = min(max(0.0, x), self.width() - wide)
            painter.drawText(QPointF(x, top + metrics.ascent()), words)

    def _paint_results(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        accent = look.tone(Tone.ACCENT)
        spots = self._spots(box)
        painter.setPen(QPen(accent, 2.5 if len(spots) < _MANY else 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(_thinned(spots)))
        crowded = len(spots) > box.width() / (3 * _MARK)
        size = _MARK / 2 if crowded else _MARK
        painter.setPen(QPen(accent, 2))
        shown = set[tuple[int, int, bool]]()
        for point, spot in zip(self._points, spots, strict=True):
            hollow = point.outside or bool(point.sign)
            # Marks that would lie on one another are painted once.
            place = (int(spot.x()), int(spot.y()), hollow)
            if place in shown:
                continue
            shown.add(place)
            painter.setBrush(look.color("surface") if hollow else accent)
            if point.sign:
                painter.drawPolygon(_arrow(spot, size, down=point.sign == "<"))
            else:
                painter.drawEllipse(spot, size, size)
        painter.setFont(look.font(Type.SMALL_STRONG))
        painter.setPen(look.tone(Tone.INK))
        last = self._points[-1].written
        metrics = QFontMetrics(painter.font())
        x = spots[-1].x() - metrics.horizontalAdvance(last) / 2
        painter.drawText(QPointF(x, spots[-1].y() - _AIR), last)


def _thinned(spots: Sequence[QPointF]) -> list[QPointF]:
    """The line through *spots* with at most four of them a pixel across.

    First, lowest, highest and last of a column: the line looks the same.
    """
    if len(spots) < _MANY:
        return list(spots)
    kept: list[QPointF] = []
    for _, column in groupby(spots, lambda spot: int(spot.x())):
        held = list(column)
        ends = (held[0], min(held, key=_height), max(held, key=_height), held[-1])
        kept += ends if len(held) > len(ends) else held
    return kept


def _height(spot: QPointF) -> float:
    return spot.y()


def _arrow(spot: QPointF, size: float, *, down: bool) -> QPolygonF:
    """A triangle that points to where the value lies: the lab gave only a limit."""
    tip = size * (1.4 if down else -1.4)
    return QPolygonF(
        [
            QPointF(spot.x(), spot.y() + tip),
            QPointF(spot.x() - 1.2 * size, spot.y() - tip / 2),
            QPointF(spot.x() + 1.2 * size, spot.y() - tip / 2),
        ]
    )


def _range(point: Point) -> tuple[float | None, float | None]:
    return point.low, point.high


_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute


def _down(box: QRectF, scale: Scale, value: float) -> float:
    return box.bottom() - box.height() * scale.up(value)


def _right(box: QRectF, scale: Scale, point: Point) -> float:
    return box.left() + box.width() * scale.across(point.day)


def _short(value: float) -> str:
    return f"{value:g}"
