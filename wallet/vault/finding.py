"""Finds records by words, by other words for the same, and by names of our own.

Every word that is typed must be met, each as the beginning of a word in the record or
by one of its synonyms. What is shown under a name of ours is found by that name too,
whatever its source calls it.
"""

from __future__ import annotations

import re
from heapq import merge
from typing import TYPE_CHECKING

from wallet.records.plain import synonyms
from wallet.vault import measures
from wallet.vault.filters import EVERYTHING, Filters
from wallet.vault.records import by_rows

if TYPE_CHECKING:
    from wallet.records.record import Record
    from wallet.store.connection import Row, Store

_WORD = re.compile(r"\w+")
_MOST_WORDS = 8
_MOST_LETTERS = 40
# One letter may be met by half of the records: their wide rows stay closed.
_MET = (
    "FROM record_text AS t CROSS JOIN record AS r INDEXED BY record_by_row "
    "ON r.row = t.rowid WHERE record_text MATCH ?"
)
_NEVER = -1e300  # stands for the time of what has none
_LEAST = 3  # letters: "of" is the beginning of half the dictionary


def search(
    store: Store,
    text: str,
    *,
    person: int = 0,
    filters: Filters = EVERYTHING,
    limit: int = 50,
) -> list[Record]:
    """The newest records that hold every word of *text*, the last one as a beginning.

    Empty or unspeakable *text* finds nothing.
    """
    asked = _query(text)
    if not asked:
        return []
    where, values = filters.where(person)
    found = store.all(
        f"SELECT coalesce(r.start, {_NEVER}), r.row {_MET} AND {where} "
        "ORDER BY r.start DESC LIMIT ?",
        (asked, *values, limit),
    )
    oldest = found[-1][0] if len(found) == limit else _NEVER
    named = _named(
        store, text, person=person, filters=filters, limit=limit, oldest=oldest
    )
    if named:
        known = {row for _, row in found}
        fresh = sorted((one for one in named if one[1] not in known), reverse=True)
        found = list(merge(found, fresh, key=lambda one: one[0], reverse=True))[:limit]
    return by_rows(store, [row for _, row in found])


def how_many(
    store: Store, text: str, *, person: int = 0, filters: Filters = EVERYTHING
) -> int:
    """The number of records `search` would find without a limit."""
    asked = _query(text)
    if not asked:
        return 0
    where, values = filters.where(person)
    rows = [row for _, row in _named(store, text, person=person, filters=filters)]
    found = store.value(
        f"SELECT count(*) {_MET} AND {where}",
        (asked, *values),
    )
    if not rows:
        return int(found)
    marks = ",".join("?" * len(rows))
    both = store.value(
        "SELECT count(*) FROM record_text AS t "  # noqa: S608 marks only
        f"WHERE record_text MATCH ? AND t.rowid IN ({marks})",
        (asked, *rows),
    )
    return int(found) + len(rows) - int(both)


def _named(
    store: Store,
    text: str,
    *,
    person: int,
    filters: Filters,
    limit: int = 1_000,
    oldest: float = _NEVER,
) -> list[Row]:
    """Results whose name of ours has every word of *text*: their time and row.

    The newest of them; none that is older than *oldest*, for whoever has enough.
    """
    words = _WORD.findall(text)[:_MOST_WORDS]
    held = [set(synonyms.names_with(word)) for word in words if len(word) >= _LEAST]
    codes = [] if not held else sorted(set.intersection(*held))
    names = measures.had(
        store, [code.rpartition("|")[2] for code in codes], person=person
    )
    where, values = filters.where(person)
    found: list[Row] = []
    for name in names:
        found += measures.found(
            store,
            name,
            where,
            values,
            person=person,
            limit=limit,
            since=None if oldest == _NEVER else oldest,
        )
        if len(found) > limit:
            found = sorted(found, reverse=True)[:limit]
            oldest = found[-1][0]
    return sorted(found, reverse=True)[:limit]


def _query(text: str) -> str:
    """Quote every word, so that nothing typed is understood as an operator."""
    groups = synonyms.groups(" ".join(_WORD.findall(text)[:_MOST_WORDS]))
    # A word joined by "_" would be split again inside the quotes: that is a phrase.
    return " AND ".join(
        "(" + " OR ".join(f'"{word[:_MOST_LETTERS]}"*' for word in group) + ")"
        for group in groups
    )
