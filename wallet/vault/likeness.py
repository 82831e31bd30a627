"""Records that may be one: found by their keys, and suggested to the patient.

Two records meet under a key that both have, and are looked at closer; what may be one
is an open edge between them, until she decides (`decisions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.records.likeness import Seen, keys, may_be_one
from wallet.vault import settings
from wallet.vault.clusters import Decision, arrange, component

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class Fresh(NamedTuple):
    """A record that has just come in."""

    row: int
    seen: Seen


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
    found = store.one(f"SELECT {_SEEN} FROM record AS r WHERE r.row = ?", (row,))  # noqa: S608 own text only
    return [] if found is None else [Fresh(row, _seen(found))]


def forget(store: Store, row: int, *, salt: bytes) -> None:
    """Take a record out of every key and suggestion: it changes, or it goes.

    Decisions about it were about what it said, and end with that.
    """
    unkey(store, row, salt=salt)
    kin = component(store, row)
    store.run("DELETE FROM likeness WHERE one = ?1 OR other = ?1", (row,))
    if len(kin) > 1:
        arrange(store, kin)


def unkey(store: Store, row: int, *, salt: bytes) -> None:
    """Take a record out of every key, before what it says changes."""
    found = store.one(f"SELECT {_SEEN} FROM record AS r WHERE r.row = ?", (row,))  # noqa: S608 own text only
    if found is not None:
        for key in keys(_seen(found), salt=salt):
            store.run("DELETE FROM alike WHERE key = ? AND record_row = ?", (key, row))


def catch_up(store: Store, *, salt: bytes, person: int) -> None:
    """Key what an older program brought in, once."""
    if settings.get_number(store, _KEYED):
        return
    rows = store.rows(
        f"SELECT r.row, {_SEEN} FROM record AS r WHERE r.person_id = ?",  # noqa: S608 own text only
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


def asked_about(store: Store, *, since: int) -> frozenset[int]:
    """The rows from *since* on that are in a pair nobody has looked at."""
    rows = store.all(
        "SELECT one FROM likeness WHERE one >= ?1 AND state = ?2 "
        "UNION SELECT other FROM likeness WHERE other >= ?1 AND state = ?2",
        (since, Decision.OPEN.value),
    )
    return frozenset(row for (row,) in rows)
