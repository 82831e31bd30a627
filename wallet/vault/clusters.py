"""Records joined by "the same": the fullest of them leads, the others stand behind it.

Stepping behind changes nothing but whose list a record is in, so undoing restores it
exactly; what is behind which follows from the edges alone (``likeness``), in whatever
order they were drawn.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.store.connection import Store


class Decision(StrEnum):
    """What an edge between two records says: what became of a suggestion."""

    OPEN = "open"
    LATER = "later"
    SAME = "same"
    DIFFERENT = "different"


def behind_of(person: int) -> int:
    """Whose list the records are in that stand behind others of *person*."""
    return -1000 - person


def rows_behind(store: Store, row: int) -> list[int]:
    """The rows of the records that stand behind one."""
    return [
        held
        for (held,) in store.all(
            "SELECT record_row FROM behind WHERE lead_row = ? ORDER BY record_row",
            (row,),
        )
    ]


def component(store: Store, row: int) -> set[int]:
    """The rows joined to one by "the same", itself among them."""
    rows = store.all(
        "WITH RECURSIVE kin (row) AS (SELECT ?1 UNION "
        "SELECT l.other FROM kin JOIN likeness AS l ON l.one = kin.row "
        "AND l.state = ?2 UNION SELECT l.one FROM kin "
        "JOIN likeness AS l ON l.other = kin.row AND l.state = ?2) "
        "SELECT row FROM kin",
        (row, Decision.SAME.value),
    )
    return {row for (row,) in rows}


def arrange(store: Store, rows: Iterable[int]) -> None:
    """Work out anew who stands behind whom among *rows*."""
    waiting = set(rows)
    while waiting:
        kin = component(store, waiting.pop())
        waiting -= kin
        ordered = store.all(
            "SELECT r.row, r.person_id FROM json_each(?) AS j "
            "JOIN record AS r ON r.row = j.value "
            "JOIN version AS v ON v.record_row = r.row AND v.number = r.head "
            # By what the records say, never by which came first.
            "ORDER BY length(r.words) DESC, v.body_hash",
            (json.dumps(sorted(kin)),),
        )
        for row, holder in ordered:
            lead = ordered[0][0]
            person = holder if holder >= 0 else -1000 - holder
            _place(store, row, lead, person=person)


def _place(store: Store, row: int, lead: int, *, person: int) -> None:
    store.run("DELETE FROM behind WHERE record_row = ?", (row,))
    whose = person
    if row != lead:
        store.run("INSERT INTO behind VALUES (?, ?, ?)", (row, lead, person))
        whose = behind_of(person)
    store.run("UPDATE record SET person_id = ? WHERE row = ?", (whose, row))
    store.run("UPDATE label SET person_id = ? WHERE record_row = ?", (whose, row))
