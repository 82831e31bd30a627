"""The stream of records by time: what belongs to a visit stands under it (`visits`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.vault.filters import EVERYTHING, Filters, beginning, year_of
from wallet.vault.records import by_rows
from wallet.vault.visits import APART, OWNED

if TYPE_CHECKING:
    from wallet.records.record import Record
    from wallet.store.connection import Store

_FEW = 50_000  # marked records: their times are looked up and put in order


def window(
    store: Store,
    *,
    person: int = 0,
    filters: Filters = EVERYTHING,
    after: bytes = b"",
    limit: int = 100,
) -> list[Record]:
    """One window of the stream, newest first, those without a date last.

    It begins behind the record with the id *after*, or at the newest. Without a kind,
    what belongs to a visit stands under it and not by itself.
    """
    start, row = _place(store, after, person)
    asked, values = _asked(store, filters, person)
    rows: list[int] = []
    if not filters.undated and (start is not None or not row):
        apart = f" AND ({APART} OR NOT {OWNED})" if filters.folds else ""
        behind = ""
        if start is not None:
            behind = " AND r.start <= ? AND NOT (r.start = ? AND r.row <= ?)"
        rows = _rows(
            store,
            f"{asked} AND r.start IS NOT NULL{behind}{apart} "
            "ORDER BY r.start DESC, r.row",
            (*values, *((start, start, row) if start is not None else ())),
            limit,
        )
        row = 0
    if len(rows) < limit and filters.last_year is None:
        rows += _rows(
            store,
            f"{asked} AND r.start IS NULL AND r.row > ? ORDER BY r.row",
            (*values, row),
            limit - len(rows),
        )
    return by_rows(store, rows)


def _place(store: Store, after: bytes, person: int) -> tuple[int | None, int]:
    """Where a record stands in the stream; at its head where there is none."""
    if not after:
        return None, 0
    found = store.one(
        "SELECT start, row FROM record WHERE id = ? AND person_id = ?", (after, person)
    )
    return (found[0], found[1]) if found is not None else (None, 0)


def _asked(
    store: Store, filters: Filters, person: int
) -> tuple[str, tuple[object, ...]]:
    """Where rows are read and what they must be, with the values of that."""
    where, values = filters.where(person)
    if filters.label is not None and _is_rare(store, filters.label, person):
        return (
            "FROM record AS r INDEXED BY record_by_row WHERE r.row IN "  # noqa: S608 own text only
            "(SELECT marked.record_row FROM label AS marked INDEXED BY label_by_code "
            f"WHERE marked.person_id = ? AND marked.code = ?) AND {where}"
        ), (person, filters.label, *values)
    index = "record_by_time" if filters.category is None else "record_by_category"
    return f"FROM record AS r INDEXED BY {index} WHERE {where}", values


def _is_rare(store: Store, label: str, person: int) -> bool:
    """Whether what is marked is better put in order than met along the time."""
    found = store.value(
        "SELECT count(*) FROM (SELECT 1 FROM label INDEXED BY label_by_code "
        "WHERE person_id = ? AND code = ? LIMIT ?)",
        (person, label, _FEW + 1),
    )
    return int(found) <= _FEW


def _rows(
    store: Store, asked: str, values: tuple[object, ...], limit: int
) -> list[int]:
    found = store.all(f"SELECT r.row {asked} LIMIT ?", (*values, limit))
    return [row for (row,) in found]


def years(store: Store, *, person: int = 0) -> list[tuple[int, int]]:
    """The years that have records, newest first, each with how many."""
    ends = store.one(
        "SELECT (SELECT min(start) FROM record WHERE person_id = ?1 "
        "AND start IS NOT NULL), "
        "(SELECT max(start) FROM record WHERE person_id = ?1)",
        (person,),
    )
    if ends is None or ends[0] is None:
        return []
    first, last = (year_of(one) for one in ends)
    counted = (
        (year, _between(store, person, beginning(year), beginning(year + 1)))
        for year in range(last, first - 1, -1)
    )
    return [(year, count) for year, count in counted if count]


def _between(store: Store, person: int, first: int, last: int) -> int:
    found = store.value(
        "SELECT count(*) FROM record INDEXED BY record_by_time "
        "WHERE person_id = ? AND start >= ? AND start < ?",
        (person, first, last),
    )
    return int(found)


def sources(store: Store, *, person: int = 0) -> list[str]:
    """The names that lists give to where records came from."""
    rows = store.all(
        "SELECT DISTINCT coalesce(org, name) FROM source WHERE person_id = ? "
        "ORDER BY 1",
        (person,),
    )
    return [name for (name,) in rows]
