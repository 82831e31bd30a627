"""Figures as Prometheus reads them: text format 0.0.4. Nobody's address, no index."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


class Histogram:
    """How many values lay at or below each bound, and their sum, since the start."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """*bounds* rise."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """Count *value*, as often as it came."""
        self._counts[bisect_left(self._bounds, value)] += times
        self._total += value * times

    def add_all(self, values: Iterable[float]) -> None:
        """Count many at once: as `add` each of them, in less time."""
        rising = sorted(values)
        ends = [bisect_right(rising, bound) for bound in self._bounds]
        for at, (low, high) in enumerate(pairwise([0, *ends, len(rising)])):
            self._counts[at] += high - low
        self._total += sum(rising)

    def lines(self, name: str) -> Iterable[str]:
        """Write it under *name*, in Prometheus text."""
        yield f"# TYPE {name} histogram"
        ends = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        below = list(accumulate(self._counts))
        for end, count in zip(ends, below, strict=True):
            yield f'{name}_bucket{{le="{end}"}} {count}'
        yield f"{name}_sum {self._total:.6f}"
        yield f"{name}_count {below[-1]}"


def gauge(name: str, value: float) -> Iterable[str]:
    """One value that goes up and down."""
    return (f"# TYPE {name} gauge", f"{name} {value:.9g}")


def gauges(name: str, label: str, values: Mapping[str, float]) -> Iterable[str]:
    """One value for each of a few names that the operator chose."""
    yield f"# TYPE {name} gauge"
    for told, value in values.items():
        yield f'{name}{{{label}="{escape(told)}"}} {value:.9g}'


def counter(name: str, value: int) -> Iterable[str]:
    """One value that only grows."""
    return (f"# TYPE {name} counter", f"{name} {value}")


def escape(text: str) -> str:
    """A label's value as it stands between quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
