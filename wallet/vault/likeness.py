"""Records that may be one: suggested by their keys, decided by the patient, undone.

A decision is an edge between two records. Records joined by "the same" are shown as
one: the fullest of them leads, the others step behind it. Stepping behind changes
nothing but whose list a record is in, so undoing restores it exactly; what is behind
which follows from the edges alone, in whatever order they were drawn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import UsageError
from wallet.records.likeness import Seen, keys, may_be_one
from wallet.vault import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from wallet.records.fhir.facts import Facts
    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE alike (
        key BLOB NOT NULL,
        record_row INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        PRIMARY KEY (key, record_row)
    ) WITHOUT ROWID""",
    """CREATE TABLE likeness (
        one INTEGER NOT NULL,
        other INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        state TEXT NOT NULL,
        decided_at INTEGER,
        PRIMARY KEY (one, other)
    ) WITHOUT ROWID""",
    """CREATE INDEX likeness_by_other ON likeness (other)""",
    """CREATE INDEX likeness_by_state ON likeness (person_id, state)""",
    # Which record stands behind which: what the edges say, worked out.
    """CREATE TABLE behind (
        record_row INTEGER PRIMARY KEY,
        lead_row INTEGER NOT NULL,
        person_id INTEGER NOT NULL
    )""",
    """CREATE INDEX behind_by_lead ON behind (lead_row)""",
)
_KEYED = "likeness: keyed"
_MOST_MET = 3  # under one key: a day of equal readings is no question for a person
_KEY = 8
_SEEN = "r.category, r.title, r.start, r.precision, r.written, r.codes, r.value, r.unit"


class Decision(StrEnum):
    """What became of a suggestion."""

    OPEN = "open"
    LATER = "later"
    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records that may be one, by their rows."""

    one: int
    other: int
    decision: Decision


class Fresh(NamedTuple):
    """A record that has just come in."""

    row: int
    seen: Seen


def behind_of(person: int) -> int:
    """Whose list the records are in that stand behind others of *person*."""
    return -1000 - person


def seen_of(facts: Facts) -> Seen:
    """What is compared of a record that is being read."""
    return Seen(
        facts.category,
        facts.title,
        facts.start,
        facts.precision,
        facts.written,
        facts.codes,
        facts.value,
        facts.unit,
    )


def note(
    store: Store, fresh: Sequence[Fresh], *, salt: bytes, person: int, before: int
) -> int:
    """Key records that came in, and suggest what of an earlier import each may be.

    Args:
        store: Within a transaction.
        fresh: The records, written already.
        salt: The vault's key for names.
        person: Whose they are.
        before: Records from this row on belong to the same import. Within one file
            its source has said what is one; 1 where nothing was here before.

    Returns:
        How many suggestions there are more than before.
    """
    named = [(key, one) for one in fresh for key in keys(one.seen, salt=salt)]
    if not named:
        return 0
    made = 0
    if before > 1:
        made = _suggest(store, named, person=person, before=before)
    store.run_many(
        "INSERT OR IGNORE INTO alike VALUES (?, ?, ?)",
        [(key, one.row, person) for key, one in named],
    )
    return made


def _suggest(
    store: Store, named: Sequence[tuple[bytes, Fresh]], *, person: int, before: int
) -> int:
    wanted: dict[bytes, list[Fresh]] = {}
    for key, one in named:
        wanted.setdefault(key, []).append(one)
    met = store.all(
        f"""WITH RECURSIVE cut (at) AS (
            SELECT 1 UNION ALL
            SELECT at + {_KEY} FROM cut WHERE at + {_KEY} < length(?1)
        )
        SELECT a.key, r.row, {_SEEN}
        FROM cut JOIN alike AS a ON a.key = substr(?1, cut.at, {_KEY})
        JOIN record AS r ON r.row = a.record_row
        WHERE a.record_row < ?2 AND r.person_id = ?3""",  # noqa: S608 own text only
        (b"".join(wanted), before, person),
    )
    count: dict[bytes, int] = {}
    pairs: dict[tuple[int, int], None] = {}
    for key, row, *columns in met:
        count[key] = count.get(key, 0) + 1
        if count[key] <= _MOST_MET:
            held = _seen(columns)
            for one in wanted[key][:_MOST_MET]:
                if one.row != row and may_be_one(one.seen, held):
                    pairs[(min(row, one.row), max(row, one.row))] = None
    return sum(
        store.run(
            "INSERT OR IGNORE INTO likeness VALUES (?, ?, ?, ?, NULL)",
            (one, other, person, Decision.OPEN.value),
        )
        for one, other in pairs
    )


def settle(store: Store, *, source_row: int, before: int) -> int:
    """Ask no more about two records that one file says both: it knows them apart.

    Args:
        store: Within a transaction.
        source_row: The file that has been read to its end.
        before: Records from this row on came of it.

    Returns:
        How many suggestions are gone.
    """
    return store.run(
        "DELETE FROM likeness WHERE state = ?1 "
        "AND (one >= ?2 OR one IN (SELECT record_row FROM sighting "
        "WHERE source_row = ?3)) AND (other >= ?2 OR other IN "
        "(SELECT record_row FROM sighting WHERE source_row = ?3))",
        (Decision.OPEN.value, before, source_row),
    )


def _seen(columns: Sequence[object]) -> Seen:
    category, title, start, precision, written, codes, value, unit = columns
    held = tuple(str(codes).split("\n")) if codes else ()
    return Seen(category, title, start, precision, written, held, value, unit)  # type: ignore[arg-type]


def again(store: Store, row: int) -> list[Fresh]:
    """A record as it is now, to be noted anew; none where it is gone."""
    found = store.one(f"SELECT {_SEEN} FROM record AS r WHERE r.row = ?", (row,))  # noqa: S608
    return [] if found is None else [Fresh(row, _seen(found))]


def forget(store: Store, row: int, *, salt: bytes) -> None:
    """Take a record out of every key and suggestion: it changes, or it goes.

    Decisions about it were about what it said, and end with that.
    """
    unkey(store, row, salt=salt)
    kin = _component(store, row)
    store.run("DELETE FROM likeness WHERE one = ?1 OR other = ?1", (row,))
    if len(kin) > 1:
        _arrange(store, kin)


def unkey(store: Store, row: int, *, salt: bytes) -> None:
    """Take a record out of every key, before what it says changes."""
    found = store.one(f"SELECT {_SEEN} FROM record AS r WHERE r.row = ?", (row,))  # noqa: S608
    if found is not None:
        for key in keys(_seen(found), salt=salt):
            store.run("DELETE FROM alike WHERE key = ? AND record_row = ?", (key, row))


def catch_up(store: Store, *, salt: bytes, person: int) -> None:
    """Key what an older program brought in, once."""
    if settings.get_number(store, _KEYED):
        return
    rows = store.rows(
        f"SELECT r.row, {_SEEN} FROM record AS r WHERE r.person_id = ?",  # noqa: S608
        (person,),
    )
    store.run_many(
        "INSERT OR IGNORE INTO alike VALUES (?, ?, ?)",
        [
            (key, row, person)
            for row, *columns in rows
            for key in keys(_seen(columns), salt=salt)
        ],
    )
    settings.put(store, _KEYED, 1)


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


def asked_about(store: Store, *, since: int) -> frozenset[int]:
    """The rows from *since* on that are in a pair nobody has looked at."""
    rows = store.all(
        "SELECT one FROM likeness WHERE one >= ?1 AND state = ?2 "
        "UNION SELECT other FROM likeness WHERE other >= ?1 AND state = ?2",
        (since, Decision.OPEN.value),
    )
    return frozenset(row for (row,) in rows)


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
    before = {*_component(store, rows[0]), *_component(store, rows[1])}
    when = None if decision is Decision.OPEN else int(at.timestamp())
    changed = store.run(
        "UPDATE likeness SET state = ?, decided_at = ? WHERE one = ? AND other = ?",
        (decision.value, when, *rows),
    )
    if not changed:
        raise UsageError("there is no such pair of records")
    _arrange(store, before)


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
    _arrange(store, {row for pair in pairs for row in pair})
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
        kin |= _component(store, row)
    store.run_many(
        "UPDATE likeness SET state = ?, decided_at = NULL WHERE one = ? AND other = ?",
        [(Decision.OPEN.value, *pair) for pair in rows],
    )
    _arrange(store, kin)
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


def rows_behind(store: Store, row: int) -> list[int]:
    """The rows of the records that stand behind one."""
    return [
        held
        for (held,) in store.all(
            "SELECT record_row FROM behind WHERE lead_row = ? ORDER BY record_row",
            (row,),
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


def _component(store: Store, row: int) -> set[int]:
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


def _arrange(store: Store, rows: Iterable[int]) -> None:
    """Work out anew who stands behind whom among *rows*."""
    waiting = set(rows)
    while waiting:
        kin = _component(store, waiting.pop())
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
