"""What belongs to a visit, told by time and source, which every format has.

It came out of the same file and lies on the day of the visit or inside its stay. Of
several visits that could have it, the last that had begun has it; where none had, the
first that began later that day. `OWNED` asks whether any visit has a record; who has it
is worked out for whole days at once, so that a day of many visits costs what it holds.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wallet.vault.records import by_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wallet.records.record import Record
    from wallet.store.connection import Row, Store

_DAY = 86_400
_STAY = 4 * 3_600  # seconds: a visit that lasts longer may hold days of results
_LONGEST_STAY = 60 * _DAY
SCHEMA = (
    """CREATE INDEX visit_by_source ON record (person_id, source_row, start)
        WHERE category = 'visit'""",
    f"""CREATE INDEX stay_by_source ON record (person_id, source_row, start, end)
        WHERE category = 'visit' AND end - start > {_STAY}""",
)
# Floor of a day also before 1970, where SQLite's % is negative.
_DAWN = f"(r.start - ((r.start % {_DAY}) + {_DAY}) % {_DAY})"
_SAME_DAY = (
    "SELECT 1 FROM record AS v INDEXED BY visit_by_source "  # noqa: S608 own text only
    "WHERE v.person_id = r.person_id AND v.category = 'visit' "
    "AND v.source_row = r.source_row "
    f"AND v.start BETWEEN {_DAWN} AND {_DAWN} + {_DAY - 1}"
)
_AROUND = (
    "SELECT 1 FROM record AS v INDEXED BY stay_by_source "  # noqa: S608 own text only
    f"WHERE v.person_id = r.person_id AND v.category = 'visit' "
    f"AND v.end - v.start > {_STAY} AND v.source_row = r.source_row "
    f"AND v.start BETWEEN r.start - {_LONGEST_STAY} AND r.start AND v.end >= r.start"
)
APART = "(r.category IN ('visit', 'person') OR r.start IS NULL)"
"""A condition over ``record AS r``: it stands by itself, whatever visits there are."""
OWNED = f"(EXISTS ({_SAME_DAY}) OR EXISTS ({_AROUND}))"
"""A condition over ``record AS r`` that is not `APART`: some visit has it."""
_MOST_INSIDE = 400  # listed of one visit; all are counted
_MOST_AT_ONCE = 20_000  # records looked at for one stretch of days


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit in the stream holds: how many, and the first of them."""

    count: int
    first: tuple[Record, ...]


class _Asked(NamedTuple):
    """A visit; what it has lies from the dawn of its day to ``last``."""

    row: int
    name: bytes
    source: int
    dawn: int
    last: int


class _Held(NamedTuple):
    """A record that a visit has: its place among the kinds, and its row."""

    rank: int
    row: int


def visits(
    store: Store, records: Sequence[Record], *, person: int = 0, most: int = 3
) -> dict[bytes, Visit]:
    """What the visits among *records* hold, by their ids; those that hold something."""
    names = [
        record.record_id
        for record in records
        if record.category == "visit" and record.start is not None
    ]
    asked = _asked(store, names, person=person)
    held = _held(store, asked, person=person)
    shown = _first(store, held, most)
    told = iter(by_rows(store, [row for rows in shown.values() for row in rows]))
    return {
        visit.name: Visit(
            len(held[visit.row]), tuple(next(told) for _ in shown[visit.row])
        )
        for visit in asked
        if visit.row in held
    }


def rows_of(store: Store, visit_id: bytes, *, person: int = 0) -> list[Record]:
    """What belongs to one visit: what was found first, then the papers."""
    asked = _asked(store, [visit_id], person=person)
    held = _held(store, asked, person=person)
    shown = _first(store, held, _MOST_INSIDE)
    return by_rows(store, [row for rows in shown.values() for row in rows])


def _asked(store: Store, names: Sequence[bytes], *, person: int) -> list[_Asked]:
    if not names:
        return []
    marks = ",".join("?" * len(names))
    rows = store.all(
        "SELECT row, id, source_row, start, coalesce(end, start) FROM record "  # noqa: S608 own text only
        f"WHERE id IN ({marks}) AND +person_id = ? AND start IS NOT NULL "
        "ORDER BY source_row, start",
        (*names, person),
    )
    return [_span(row) for row in rows]


def _span(found: Row) -> _Asked:
    row, name, source, start, end = found
    dawn = start - start % _DAY
    last = max(min(end, start + _LONGEST_STAY), dawn + _DAY - 1)
    return _Asked(row, name, source, dawn, last)


def _held(
    store: Store, asked: Sequence[_Asked], *, person: int
) -> dict[int, list[_Held]]:
    """What each of the visits has, by the row of the visit."""
    wanted = {visit.row for visit in asked}
    found: dict[int, list[_Held]] = {}
    for source, first, last in _stretches(asked):
        owner = _Owners(store, person=person, source=source, first=first, last=last)
        for start, row, category in store.all(
            "SELECT r.start, r.row, r.category FROM record AS r "  # noqa: S608 own text only
            "INDEXED BY record_by_time "
            "WHERE r.person_id = ? AND r.start BETWEEN ? AND ? AND r.source_row = ? "
            f"AND NOT {APART} LIMIT ?",
            (person, first, last, source, _MOST_AT_ONCE),
        ):
            visit = owner.of(start)
            if visit in wanted:
                rank = _RANK.get(category, len(_RANK))
                found.setdefault(visit, []).append(_Held(rank, row))
    return found


def _stretches(asked: Sequence[_Asked]) -> Iterator[tuple[int, int, int]]:
    """Sources and days to look at, each once; *asked* is in their order."""
    source, first, last = 0, 0, -1
    for visit in asked:
        if visit.source == source and visit.dawn <= last:
            last = max(last, visit.last)
            continue
        if last >= first:
            yield source, first, last
        source, first, last = visit.source, visit.dawn, visit.last
    if last >= first:
        yield source, first, last


class _Owners:
    """The visits of one source around a stretch of days, and which has a moment."""

    def __init__(
        self, store: Store, *, person: int, source: int, first: int, last: int
    ) -> None:
        begun = store.all(
            "SELECT start, min(row) FROM record INDEXED BY visit_by_source "
            "WHERE person_id = ? AND category = 'visit' AND source_row = ? "
            "AND start BETWEEN ? AND ? GROUP BY start ORDER BY start",
            (person, source, first, last - last % _DAY + _DAY - 1),
        )
        self._starts: list[int] = [start for start, _ in begun]
        self._rows: list[int] = [row for _, row in begun]
        self._stays = store.all(
            "SELECT start, row, end FROM record INDEXED BY stay_by_source "  # noqa: S608 own text only
            "WHERE person_id = ? AND category = 'visit' "
            f"AND end - start > {_STAY} AND source_row = ? "
            "AND start BETWEEN ? AND ? ORDER BY start, row DESC",
            (person, source, first - _LONGEST_STAY, last),
        )

    def of(self, moment: int) -> int:
        """The row of the visit that has what is of this moment; 0 where none has."""
        dawn = moment - moment % _DAY
        at = bisect_right(self._starts, moment)
        if at and self._starts[at - 1] >= dawn:
            return self._rows[at - 1]
        stays = bisect_right(self._stays, moment, key=_begins)
        for start, row, end in reversed(self._stays[:stays]):
            if start < moment - _LONGEST_STAY:
                break
            if end >= moment:
                return int(row)
        later = bisect_left(self._starts, moment)
        if later < len(self._starts) and self._starts[later] < dawn + _DAY:
            return self._rows[later]
        return 0


def _begins(stay: Row) -> int:
    return int(stay[0])


def _first(
    store: Store, held: Mapping[int, Sequence[_Held]], most: int
) -> dict[int, list[int]]:
    """The rows to be shown of each visit: by kind, then by title."""
    near = {visit: _nearest(found, most) for visit, found in held.items()}
    rows = [one.row for found in near.values() for one in found]
    titles: dict[int, str] = dict(
        store.all(
            "SELECT r.row, r.title FROM json_each(?) AS j "
            "JOIN record AS r ON r.row = j.value",
            (json.dumps(rows),),
        )
    )
    return {
        visit: [
            one.row
            for one in sorted(
                found, key=lambda one: (one.rank, titles.get(one.row, ""), one.row)
            )[:most]
        ]
        for visit, found in near.items()
    }


def _nearest(found: Sequence[_Held], most: int) -> list[_Held]:
    """Those among which the first *most* are, whatever their titles."""
    ordered = sorted(found)
    if len(ordered) <= most:
        return ordered
    worst = ordered[most - 1].rank
    return [one for one in ordered[:_MOST_INSIDE] if one.rank <= worst]


_RANK = {
    name: place
    for place, name in enumerate(
        (
            *("condition", "test", "vital", "imaging", "medicine", "vaccine"),
            *("procedure", "document", "allergy", "care_plan", "goal", "social"),
            "other",
        )
    )
}
