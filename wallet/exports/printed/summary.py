"""What stands on the two pages, in the order of the International Patient Summary.

Who, what matters in an emergency, allergies, conditions, medicines, vaccines, the
newest results, procedures and visits. What finds no room is counted under its heading.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.exports.lines import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wallet.exports.lines import Line

_RESULTS = frozenset({"test", "vital"})


@dataclass(frozen=True, slots=True)
class Chapter:
    """One heading: the lines there is room for, how many more, what is said of none."""

    heading: str
    lines: tuple[Line, ...]
    more: int
    none: str


@dataclass(frozen=True, slots=True)
class Room:
    """How many lines each heading may have."""

    allergies: int
    conditions: int
    medicines: int
    vaccines: int
    results: int
    procedures: int
    visits: int


ROOMS = (
    Room(14, 16, 20, 12, 18, 8, 8),
    Room(12, 12, 16, 10, 14, 6, 6),
    Room(10, 10, 14, 8, 12, 5, 5),
    Room(8, 8, 10, 6, 8, 4, 4),
    Room(6, 6, 8, 4, 6, 3, 3),
    Room(4, 4, 6, 3, 4, 2, 2),
    Room(3, 3, 4, 2, 3, 1, 1),
)
"""From roomy to tight: the first that fits two pages is taken."""


def chapters(lines: Sequence[Line], room: Room) -> tuple[Chapter, ...]:
    """The headings in their order; *lines* come newest first."""
    by_kind = {kind: [line for line in lines if line.kind == kind] for kind in KINDS}
    now = {
        kind: _once(line for line in held if line.facts.ongoing)
        for kind, held in by_kind.items()
    }
    allergies = sorted(now["allergy"], key=lambda line: not line.urgent)
    results = _once(
        line for line in lines if line.kind in _RESULTS and line.facts.value
    )
    return (
        _chapter("Allergies", allergies, room.allergies, "No allergy is in this copy."),
        _chapter(
            "Health conditions now",
            now["condition"],
            room.conditions,
            "No condition that goes on is in this copy.",
        ),
        _chapter(
            "Medicines now",
            now["medicine"],
            room.medicines,
            "No medicine that goes on is in this copy.",
        ),
        _chapter(
            "Vaccines",
            _once(by_kind["vaccine"]),
            room.vaccines,
            "No vaccine is in this copy.",
        ),
        _chapter(
            "Newest result of each test",
            results,
            room.results,
            "No result is in this copy.",
        ),
        _chapter(
            "Procedures",
            by_kind["procedure"],
            room.procedures,
            "No procedure is in this copy.",
        ),
        _chapter("Visits", by_kind["visit"], room.visits, "No visit is in this copy."),
    )


def elsewhere(lines: Iterable[Line]) -> tuple[tuple[str, int], ...]:
    """Kinds of which nothing stands on the two pages, and how many there are."""
    shown = {"allergy", "condition", "medicine", "vaccine", "procedure", "visit"}
    counts = Counter(line.kind for line in lines if line.kind not in shown | _RESULTS)
    return tuple((KINDS[kind], counts[kind]) for kind in KINDS if counts[kind])


def _chapter(heading: str, held: Sequence[Line], most: int, none: str) -> Chapter:
    return Chapter(heading, tuple(held[:most]), max(0, len(held) - most), none)


def _once(held: Iterable[Line]) -> list[Line]:
    """The newest of each name."""
    first: dict[str, Line] = {}
    for line in held:
        first.setdefault(line.facts.what, line)
    return list(first.values())
