"""What the patient says of records that may be one: listed, decided, taken back.

A decision is an edge between two records; `clusters` works out what follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.vault.clusters import Decision, arrange, behind_of, component

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.store.connection import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records that may be one, by their rows."""

    one: int
    other: int
    decision: Decision


def pairs(
    store: Store, *, person: int, decision: Decision = Decision.OPEN, limit: int = 100
) -> list[Pair]:
    """Suggestions in one state, newest records first."""
    rows = store.all(
        "SELECT l.one, l.other FROM likeness AS l JOIN record AS a ON a.row = l.one "
        "WHERE l.person_id = ? AND l.state = ? "
        "ORDER BY a.start DESC, l.one, l.other LIMIT ?",
        (person, decision.value, limit),
    )
    return [Pair(one=one, other=other, decision=decision) for one, other in rows]


def how_many(store: Store, *, person: int, decision: Decision = Decision.OPEN) -> int:
    """The number of suggestions in a state."""
    found = store.value(
        "SELECT count(*) FROM likeness WHERE person_id = ? AND state = ?",
        (person, decision.value),
    )
    return int(found)


def decide(
    store: Store,
    one: bytes,
    other: bytes,
    decision: Decision,
    *,
    at: datetime,
    person: int,
) -> None:
    """Say what two records are; `Decision.OPEN` takes back what was said.

    Raises:
        UsageError: there is no such suggestion.
    """
    rows = sorted(_row(store, name, person) for name in (one, other))
    before = {*component(store, rows[0]), *component(store, rows[1])}
    when = None if decision is Decision.OPEN else int(at.timestamp())
    changed = store.run(
        "UPDATE likeness SET state = ?, decided_at = ? WHERE one = ? AND other = ?",
        (decision.value, when, *rows),
    )
    if not changed:
        raise UsageError("there is no such pair of records")
    arrange(store, before)


def how_many_equal(store: Store, *, person: int) -> int:
    """The number of open pairs whose two records say word for word the same."""
    return len(_equal(store, person))


def join_equal(store: Store, *, at: datetime, person: int) -> int:
    """Say of every such pair that it is the same; answers how many there were."""
    pairs = _equal(store, person)
    store.run_many(
        "UPDATE likeness SET state = ?, decided_at = ? WHERE one = ? AND other = ?",
        [(Decision.SAME.value, int(at.timestamp()), *pair) for pair in pairs],
    )
    arrange(store, {row for pair in pairs for row in pair})
    return len(pairs)


def part_since(store: Store, *, at: datetime, person: int) -> int:
    """Take back every "the same" that was said at one moment or later."""
    rows = store.all(
        "SELECT one, other FROM likeness WHERE person_id = ? AND state = ? "
        "AND decided_at >= ?",
        (person, Decision.SAME.value, int(at.timestamp())),
    )
    kin = {row for pair in rows for row in pair}
    for row in list(kin):
        kin |= component(store, row)
    store.run_many(
        "UPDATE likeness SET state = ?, decided_at = NULL WHERE one = ? AND other = ?",
        [(Decision.OPEN.value, *pair) for pair in rows],
    )
    arrange(store, kin)
    return len(rows)


def _equal(store: Store, person: int) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, other in store.all(
            "SELECT l.one, l.other FROM likeness AS l "
            "JOIN record AS a ON a.row = l.one JOIN record AS b ON b.row = l.other "
            "WHERE l.person_id = ? AND l.state = ? AND a.title = b.title "
            "AND a.written = b.written AND a.value = b.value AND a.unit = b.unit "
            "AND a.status = b.status AND a.provider = b.provider",
            (person, Decision.OPEN.value),
        )
    ]


def _row(store: Store, record_id: bytes, person: int) -> int:
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id IN (?, ?)",
        (record_id, person, behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    return int(row)
