"""Units as people read them; records carry codes of UCUM 2.1 or what a lab wrote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from wallet.records.plain.tables import rows

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit: its UCUM code, the sign people know, and its words."""

    code: str
    sign: str
    words: str


def unit_of(written: str) -> Unit | None:
    """The unit behind what a record says; None where the table has none.

    >>> unit_of("10+3/ul").code
    '10*3/uL'
    """
    return _units().get(written.strip())


def code_of(written: str) -> str:
    """The UCUM code of a unit, or what was written."""
    found = unit_of(written)
    return written if found is None else found.code


@cache
def _units() -> Mapping[str, Unit]:
    found: dict[str, Unit] = {}
    for row in rows("units"):
        code, sign, words, *others = (*row, "", "")[: max(len(row), 3)]
        unit = Unit(code=code, sign=sign, words=words)
        found[code] = unit
        for other in " ".join(others).removeprefix("=").split():
            found.setdefault(other, unit)
    return found
