"""One result on a line: where it stands against the range the lab printed with it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme, wording
from ui.theme import Tone, Type

_BAR, _MARK, _AIR = 12, 9.0, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A result and its range, in one unit; at least one end of the range is known.

    A *sign* (``<`` or ``>``) says that only a limit of the value is known.
    """

    value: float
    written: str
    low: float | None
    high: float | None
    sign: str = ""

    def edges(self) -> tuple[float, float]:
        """Give the ends of the line: room for the range and the value on both sides."""
        known = [one for one in (self.low, self.high) if one is not None]
        low, high = min([*known, self.value]), max([*known, self.value])
        span = (high - low) or abs(high) or 1.0
        foot = low - 0.35 * span
        if low >= 0:
            foot = max(0.0, foot)
        return foot, high + 0.35 * span


class NumberLine(QWidget):
    """The range is a soft band on the line, the value a mark above it."""

    def __init__(self, placed: Placed, *, unit: str, name: str) -> None:
        """Show *placed*; *name* and *unit* are for a screen reader."""
        super().__init__()
        self._placed = placed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = wording.say("{name}: {value} {unit} on a line; usual range {range}")
        self.setAccessibleName(
            said.format(
                name=name,
                value=placed.written,
                unit=unit,
                range=_range_words(placed),
            )
        )
        theme.changed().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Grow with the text."""
        metrics = QFontMetrics(theme.current().font(Type.SMALL))
        return QSize(320, 2 * metrics.height() + _BAR + 4 * _AIR + round(_MARK))

    def minimumSizeHint(self) -> QSize:
        """Stay readable."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint line, band, ends and mark."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font(Type.SMALL))
        metrics = QFontMetrics(painter.font())
        top = metrics.height() + round(_MARK) + 2 * _AIR
        bar = QRectF(_MARK, top, self.width() - 2 * _MARK, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("sunken"))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        band = self._band(bar)
        painter.setBrush(look.soft(Tone.GO))
        painter.setPen(QPen(look.tone(Tone.GO), 1))
        painter.drawRoundedRect(band, _BAR / 2, _BAR / 2)
        self._paint_ends(painter, look, bar)
        self._paint_value(painter, look, bar)

    def _across(self, bar: QRectF, value: float) -> float:
        first, last = self._placed.edges()
        share = (value - first) / ((last - first) or 1.0)
        return bar.left() + bar.width() * min(1.0, max(0.0, share))

    def _band(self, bar: QRectF) -> QRectF:
        low, high = self._placed.low, self._placed.high
        left = bar.left() if low is None else self._across(bar, low)
        right = bar.right() if high is None else self._across(bar, high)
        return QRectF(left, bar.top(), max(2.0, right - left), bar.height())

    def _paint_ends(self, painter: QPainter, look: theme.Theme, bar: QRectF) -> None:
        metrics = QFontMetrics(painter.font())
        painter.setPen(look.tone(Tone.MUTED))
        taken = -1.0
        for end in (self._placed.low, self._placed.high):
            if end is None:
                continue
            words = f"{end:g}"
            wide = metrics.horizontalAdvance(words)
            x = max(0.0, self._across(bar, end) - wide / 2, taken)
            x = min(x, self.width() - wide)
            y = bar.bottom() + _AIR + metrics.ascent()
            painter.drawText(QPointF(x, y), words)
            taken = x + wide + _AIR

    def _paint_value(self, painter: QPainter, look: theme.Theme, bar: QRectF) -> None:
        placed = self._placed
        x = self._across(bar, placed.value)
        outside = (placed.low is not None and placed.value < placed.low) or (
            placed.high is not None and placed.value > placed.high
        )
        accent = look.tone(Tone.ACCENT)
        painter.setPen(QPen(accent, 2.5))
        hollow = outside or bool(placed.sign)
        painter.setBrush(look.color("surface") if hollow else accent)
        painter.drawEllipse(QPointF(x, bar.center().y()), _MARK, _MARK)
        painter.setFont(look.font(Type.SMALL_STRONG))
        painter.setPen(look.tone(Tone.INK))
        metrics = QFontMetrics(painter.font())
        wide = metrics.horizontalAdvance(placed.written)
        left = min(max(0.0, x - wide / 2), self.width() - wide)
        painter.drawText(QPointF(left, metrics.ascent()), placed.written)


def _range_words(placed: Placed) -> str:
    if placed.low is None:
        return wording.say("up to {high}").format(high=f"{placed.high:g}")
    if placed.high is None:
        return wording.say("from {low}").format(low=f"{placed.low:g}")
    said = wording.say("{low} to {high}")
    return said.format(low=f"{placed.low:g}", high=f"{placed.high:g}")
