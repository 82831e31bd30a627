"""The patient's records: listed, counted and opened.

A record is a chain of immutable versions; the row in ``record`` holds the facts of the
newest one, so that lists and scopes never open a body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wallet.errors import UsageError
from wallet.records import labels as label_words
from wallet.records.record import Label, Record
from wallet.vault import labels_behind, sightings
from wallet.vault.clusters import behind_of
from wallet.vault.moments import moment
from wallet.vault.versions import newest_body, newest_body_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from wallet.store.connection import Row, Store
    from wallet.vault.sightings import Sighting

SCHEMA = (
    """CREATE TABLE record (
        row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        id BLOB NOT NULL UNIQUE,
        source_row INTEGER NOT NULL,
        rtype TEXT NOT NULL,
        category TEXT NOT NULL,
        title TEXT NOT NULL,
        words TEXT NOT NULL,
        start INTEGER,
        precision TEXT NOT NULL,
        written TEXT NOT NULL,
        end INTEGER,
        codes TEXT NOT NULL,
        value TEXT NOT NULL,
        unit TEXT NOT NULL,
        low TEXT NOT NULL,
        high TEXT NOT NULL,
        status TEXT NOT NULL,
        provider TEXT NOT NULL,
        conf TEXT,
        labels TEXT NOT NULL,
        versions INTEGER NOT NULL,
        head INTEGER NOT NULL
    )""",
    """CREATE INDEX record_by_time ON record (person_id, start)""",
    """CREATE INDEX record_by_category ON record (person_id, category, start)""",
    """CREATE INDEX record_by_provider ON record (person_id, provider)""",
    """CREATE TABLE version (
        record_row INTEGER NOT NULL,
        number INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        id BLOB NOT NULL,
        prev_id BLOB,
        dev INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        item_row INTEGER NOT NULL,
        body_from INTEGER NOT NULL,
        body_size INTEGER NOT NULL,
        body_hash BLOB NOT NULL,
        updated TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        author TEXT NOT NULL,
        PRIMARY KEY (record_row, number)
    ) WITHOUT ROWID""",
    """CREATE TABLE link (
        person_id INTEGER NOT NULL,
        record_row INTEGER NOT NULL,
        cluster_id BLOB NOT NULL,
        rule TEXT NOT NULL,
        confidence TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        PRIMARY KEY (cluster_id, record_row)
    ) WITHOUT ROWID""",
    """CREATE TABLE label (
        person_id INTEGER NOT NULL,
        record_row INTEGER NOT NULL,
        code TEXT NOT NULL,
        system TEXT NOT NULL,
        basis TEXT NOT NULL,
        origin TEXT NOT NULL,
        rule_version TEXT NOT NULL,
        PRIMARY KEY (record_row, system, code, basis)
    ) WITHOUT ROWID""",
    """CREATE INDEX label_by_code ON label (person_id, code)""",
)
# What lists and searches ask of very many records, without opening their wide rows: by
# time, and by the row a full text query answers.
BRIEF = (
    "DROP INDEX record_by_time",
    """CREATE INDEX record_by_time
        ON record (person_id, start, row, source_row, category)""",
    """CREATE INDEX record_by_row
        ON record (row, person_id, start, source_row, category)""",
)
_FACTS = (
    "r.row, r.person_id, r.id, r.rtype, r.category, r.title, r.start, r.precision, "
    "r.written, r.end, r.codes, r.value, r.unit, r.status, r.provider, r.conf, "
    "r.labels, r.versions, coalesce(s.org, s.name)"
)
_FROM = "FROM record AS r JOIN source AS s ON s.row = r.source_row"
_WINDOW = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records there are: in all, by category, of how many makers."""

    total: int
    by_category: tuple[tuple[str, int], ...]
    providers: int
    first: datetime | None


def timeline(
    store: Store,
    *,
    person: int = 0,
    category: str | None = None,
    offset: int = 0,
    limit: int = 100,
) -> list[Record]:
    """One window of the records, newest first, those without a date last."""
    where, values = _where(person, category)
    # An index alone is gone along, also where very many come before the window.
    rows = store.all(
        f"SELECT r.row FROM record AS r {where} "  # noqa: S608 own text only
        "ORDER BY r.start DESC LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return by_rows(store, [row for (row,) in rows])


def how_many(store: Store, *, person: int = 0, category: str | None = None) -> int:
    """The number of records a timeline has."""
    where, values = _where(person, category)
    found = store.value(
        f"SELECT count(*) FROM record AS r {where}",  # noqa: S608 own text only
        values,
    )
    return int(found)


def everything(store: Store, *, person: int = 0) -> Iterator[Record]:
    """Every record without its body, in a fixed order: for scopes and counts."""
    kin = labels_behind.of_all(store, person)
    for row in store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE r.person_id = ? ORDER BY r.row",
        (person,),
    ):
        yield labels_behind.added_to(_record(row), kin.get(row[0], ()))


def everything_kept(store: Store, *, person: int = 0) -> Iterator[Record]:
    """The same and those that stand behind others: for the patient's own copy."""
    yield from everything(store, person=person)
    for row in store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE r.person_id = ? ORDER BY r.row",
        (behind_of(person),),
    ):
        yield replace(_record(row), person=person)


def with_bodies(store: Store, records: Iterable[Record]) -> Iterator[Record]:
    """The same records, each with its exact bytes."""
    for record in records:
        held = newest_body(store, record.record_id)
        if held is not None:  # erased meanwhile
            body, digest = held
            yield replace(record, body=body, body_hash=digest)


def by_rows(store: Store, rows: Sequence[int]) -> list[Record]:
    """The records of these rows, in their order."""
    found: list[Record] = []
    for first in range(0, len(rows), _WINDOW):
        part = rows[first : first + _WINDOW]
        held = {
            row[0]: row
            for row in store.rows(
                f"SELECT {_FACTS} FROM json_each(?) AS j "  # noqa: S608 own text only
                "CROSS JOIN record AS r ON r.row = j.value "
                "CROSS JOIN source AS s ON s.row = r.source_row",
                (json.dumps(list(part)),),
            )
        }
        found += _told(store, [held[row] for row in part if row in held])
    return found


def show(store: Store, record_id: bytes, *, person: int = 0) -> Record:
    """One record with its labels and its bytes, also where it stands behind another.

    Raises:
        UsageError: there is no such record.
    """
    row = store.one(
        f"SELECT {_FACTS} {_FROM} WHERE r.id = ? AND r.person_id IN (?, ?)",
        (record_id, person, behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    body, digest = newest_body_at(store, row[0])
    (told,) = _told(store, [row])
    return replace(
        told, body=body, body_hash=digest, labels=labels_behind.of_one(store, row[0])
    )


def sources_of(store: Store, record_id: bytes, *, person: int = 0) -> list[Sighting]:
    """Every file that says a record, or one that is the same as it."""
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id IN (?, ?)",
        (record_id, person, behind_of(person)),
    )
    return [] if row is None else sightings.of(store, row)


def row_of(store: Store, record_id: bytes, *, person: int = 0) -> int:
    """The row of a record, also of one behind another, for what changes it.

    Raises:
        UsageError: there is no such record.
    """
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id IN (?, ?)",
        (record_id, person, behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    return int(row)


def labels_of(store: Store, record_row: int) -> tuple[Label, ...]:
    """The labels of a record that is known by its row."""
    text = store.value("SELECT labels FROM record WHERE row = ?", (record_row,))
    return tuple(Label(**held) for held in json.loads(text)) if text else ()


def counts(store: Store, *, person: int = 0) -> Counts:
    """How much there is."""
    by_category = store.all(
        "SELECT category, count(*) FROM record INDEXED BY record_by_category "
        "WHERE person_id = ? GROUP BY category ORDER BY 2 DESC, 1",
        (person,),
    )
    first = store.value(
        "SELECT min(start) FROM record WHERE person_id = ? AND start IS NOT NULL",
        (person,),
    )
    # From each maker to the next one, over all that lies between.
    providers = store.value(
        "WITH RECURSIVE one (name) AS ("
        "SELECT (SELECT min(provider) FROM record "
        "WHERE person_id = ?1 AND provider > '') "
        "UNION ALL SELECT (SELECT min(provider) FROM record "
        "WHERE person_id = ?1 AND provider > one.name) FROM one "
        "WHERE one.name IS NOT NULL) SELECT count(name) FROM one",
        (person,),
    )
    return Counts(
        total=sum(count for _, count in by_category),
        by_category=tuple(by_category),
        providers=providers,
        first=None if first is None else moment(first),
    )


def labels(store: Store, *, person: int = 0) -> list[str]:
    """The codes of the labels that any record has, also one behind another."""
    found = {
        code
        for whose in (person, behind_of(person))
        for (code,) in store.all(
            "WITH RECURSIVE one (code) AS ("
            "SELECT (SELECT min(code) FROM label WHERE person_id = ?1) "
            "UNION ALL SELECT (SELECT min(code) FROM label "
            "WHERE person_id = ?1 AND code > one.code) FROM one "
            "WHERE one.code IS NOT NULL) "
            "SELECT code FROM one WHERE code IS NOT NULL",
            (whose,),
        )
    }
    return sorted(found)


def _told(store: Store, rows: Sequence[Row]) -> list[Record]:
    """The records of a window, each with what those behind it add."""
    named = [row[0] for row in rows]
    seen = sightings.counts(store, named)
    kin = labels_behind.of_window(store, named)
    return [
        labels_behind.added_to(
            _record(row, sources=seen.get(row[0], 1)), kin.get(row[0], ())
        )
        for row in rows
    ]


def _where(person: int, category: str | None) -> tuple[str, tuple[Any, ...]]:
    if category is None:
        return "INDEXED BY record_by_time WHERE r.person_id = ?", (person,)
    return ("INDEXED BY record_by_category WHERE r.person_id = ? AND r.category = ?"), (
        person,
        category,
    )


def _record(row: Row, *, sources: int = 1) -> Record:
    marked = [Label(**held) for held in json.loads(row[16])] if row[16] else []
    return Record(
        person=row[1],
        record_id=row[2],
        rtype=row[3],
        category=row[4],
        title=row[5],
        start=None if row[6] is None else moment(row[6]),
        start_precision=row[7],
        start_as_written=row[8],
        end=None if row[9] is None else moment(row[9]),
        codes=tuple(row[10].split("\n")) if row[10] else (),
        value=row[11],
        unit=row[12],
        status=row[13],
        provider=row[14],
        confidentiality=row[15],
        sensitivity=label_words.sensitivity(marked),
        labels=tuple(marked),
        versions=row[17],
        source_name=row[18],
        sources=sources,
    )
