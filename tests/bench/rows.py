"""What a benchmark answers: a figure, the peer of the same run, and what is wanted."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_HEAD = ("what", "figure", "unit", "wanted", "ratio", "", "beside")


class Wanted(NamedTuple):
    """A bound on a row's ``figure`` or on its ``ratio``."""

    of: str
    sign: str
    bound: float

    def met_by(self, row: Row) -> bool:
        value = row.figure if self.of == "figure" else row.ratio
        return value >= self.bound if self.sign == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}{'x' if self.of == 'ratio' else ''}"


def ratio_at_least(bound: float) -> Wanted:
    return Wanted("ratio", ">=", bound)


def ratio_at_most(bound: float) -> Wanted:
    return Wanted("ratio", "<=", bound)


def at_most(bound: float) -> Wanted:
    return Wanted("figure", "<=", bound)


def at_least(bound: float) -> Wanted:
    return Wanted("figure", ">=", bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; ``ratio`` is the figure over that of the peer."""

    name: str
    figure: float
    unit: str
    peer: str = ""
    peer_figure: float | None = None
    ratio: float | None = None
    wanted: Wanted | None = None

    @property
    def met(self) -> bool | None:
        return None if self.wanted is None else self.wanted.met_by(self)

    def as_json(self) -> dict[str, object]:
        wanted = None if self.wanted is None else str(self.wanted)
        return {**asdict(self), "wanted": wanted, "met": self.met}


def seconds(work: Callable[[], object]) -> float:
    """How long *work* takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu_seconds(work: Callable[[], object]) -> float:
    """How long the processor works for it, in all threads of this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def beside(
    name: str,
    *,
    ours: Callable[[], float],
    peer: Callable[[], float],
    peer_name: str,
    count: int,
    repeats: int,
    unit: str,
    wanted: Wanted | None = None,
) -> Row:
    """Rates of two workers who take turns, A B A B, over *count* things each.

    *ours* and *peer* answer the seconds a turn took, so that what they need to get
    ready is not counted. The ratio is the median of the ratios turn by turn: what
    else the machine did in a turn slowed both.
    """
    turns = [(ours(), peer()) for _ in range(repeats)]
    return Row(
        name=name,
        figure=count / statistics.median(mine for mine, _ in turns),
        unit=unit,
        peer=peer_name,
        peer_figure=count / statistics.median(theirs for _, theirs in turns),
        ratio=statistics.median(theirs / mine for mine, theirs in turns),
        wanted=wanted,
    )


def percentiles(
    name: str,
    milliseconds: Sequence[float],
    *,
    peer: str = "",
    peer_ms: Sequence[float] = (),
) -> list[Row]:
    """Half of them, and all but a hundredth, took no longer than this."""
    return [
        Row(
            name=f"{name}, p{share}",
            figure=_within(milliseconds, share),
            unit="ms",
            peer=peer,
            peer_figure=_within(peer_ms, share) if peer_ms else None,
        )
        for share in (50, 99)
    ]


def _within(values: Sequence[float], share: int) -> float:
    return sorted(values)[(len(values) - 1) * share // 100]


def table(rows: Sequence[Row]) -> str:
    """Columns a person can read."""
    lines = [_HEAD, *map(_cells, rows)]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(line, wide, strict=True))
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _short(row.figure),
        row.unit,
        "" if row.wanted is None else str(row.wanted),
        "" if row.ratio is None else f"{row.ratio:.2f}x",
        {True: "met", False: "SHORT", None: ""}[row.met],
        f"{row.peer}: {_short(row.peer_figure)}" if row.peer else "",
    )


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
