"""From one unit to another, only where the pair is known to be safe.

A pair is safe for one thing that is measured, or for a family of units that differ by
a power of ten. An unknown pair is no pair: such results stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from wallet.records.plain.tables import rows
from wallet.records.plain.units import code_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANY = "*"
_MOST_STEPS = 3
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """``new = old * factor + added``."""

    factor: float = 1.0
    added: float = 0.0

    def of(self, value: float) -> float:
        """One value in the other unit."""
        return value * self.factor + self.added

    def then(self, other: Conversion) -> Conversion:
        """Convert by this one and after it by *other*."""
        return Conversion(
            factor=self.factor * other.factor,
            added=self.added * other.factor + other.added,
        )

    def back(self) -> Conversion:
        """The other way round."""
        return Conversion(factor=1 / self.factor, added=-self.added / self.factor)


def conversion(what: str, old: str, new: str) -> Conversion | None:
    """How a value of *what* (a plain name) goes from unit *old* to *new*.

    None where that is not known to be safe.

    >>> round(conversion("Blood sugar", "mg/dL", "mmol/L").of(100), 2)
    5.55
    """
    start, goal = code_of(old), code_of(new)
    if start == goal:
        return Conversion()
    if not start or not goal:
        return None
    steps = {**_table().get(_ANY, {}), **_table().get(what, {})}
    ways = {start: Conversion()}
    for _ in range(_MOST_STEPS):
        for (one, two), step in steps.items():
            if one in ways and two not in ways:
                ways[two] = ways[one].then(step)
        if goal in ways:
            return ways[goal]
    return None


@cache
def _table() -> Mapping[str, Mapping[_Pair, Conversion]]:
    found: dict[str, dict[_Pair, Conversion]] = {}
    for what, one, two, factor, *added in rows("conversions"):
        step = Conversion(factor=float(factor), added=float(added[0]) if added else 0.0)
        pairs = found.setdefault(what, {})
        pairs[one, two] = step
        pairs[two, one] = step.back()
    return found
