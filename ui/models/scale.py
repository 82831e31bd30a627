"""The scale of a chart: how far its axes go and where their marks stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.views import Point

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_AIR, _FAR = 0.08, 1.5
_MOST_LINES, _MOST_YEARS = 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What lies between the edges, in the unit of the values and in days."""

    low: float
    high: float
    first: date
    last: date

    def up(self, value: float) -> float:
        """Give how high *value* stands, 0 at the foot and 1 at the top."""
        share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))

    def across(self, day: date) -> float:
        """Give how far across *day* stands, 0 at the first and 1 at the last."""
        whole = (self.last - self.first).days
        return 0.5 if whole == 0 else (day - self.first).days / whole


def scale_of(points: Sequence[Point]) -> Scale:
    """Fit every value, and the lab's range where it is not far from them."""
    values = [point.value for point in points]
    low, high = min(values), max(values)
    span = max(high - low, 0.1 * abs(high), 1e-9)
    edges = [edge for point in points for edge in (point.low, point.high)]
    near = [
        edge
        for edge in edges
        if edge is not None and low - _FAR * span <= edge <= high + _FAR * span
    ]
    low, high = min([low, *near]), max([high, *near])
    air = _AIR * max(high - low, span)
    foot = low - air
    if low >= 0:
        foot = max(0.0, foot)
    return Scale(low=foot, high=high + air, first=points[0].day, last=points[-1].day)


def lines(scale: Scale) -> tuple[float, ...]:
    """Give the round values at which a line helps the eye."""
    rough = (scale.high - scale.low) / _MOST_LINES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * step for step in _STEPS if power * step >= rough)
    first = math.ceil(scale.low / step)
    last = math.floor(scale.high / step)
    return tuple(round(step * place, 9) for place in range(first, last + 1))


def years(scale: Scale) -> tuple[date, ...]:
    """Give the beginnings of years inside, at most six of them."""
    inside = [
        date(year, 1, 1)
        for year in range(scale.first.year, scale.last.year + 1)
        if scale.first <= date(year, 1, 1) <= scale.last
    ]
    every = math.ceil(len(inside) / _MOST_YEARS) or 1
    return tuple(inside[::-1][::every][::-1])
