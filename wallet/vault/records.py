"""The patient's records: chains of versions, listed, counted and opened.

A record is a chain of immutable versions; the row in ``record`` holds the facts of the
newest one, so that lists and scopes never open a body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wallet.errors import StoreDamagedError, UsageError
from wallet.records import labels as label_words
from wallet.records.record import Label, Record
from wallet.vault.sources import Original, open_item, original_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wallet.store.connection import Row, Store

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
_FACTS = (
    "r.row, r.person_id, r.id, r.rtype, r.category, r.title, r.start, r.precision, "
    "r.written, r.end, r.codes, r.value, r.unit, r.status, r.provider, r.conf, "
    "r.labels, r.versions, coalesce(s.org, s.name)"
)
_FROM = "FROM record AS r JOIN source AS s ON s.row = r.source_row"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a record and where it came from."""

    number: int
    version_id: bytes
    created_at: datetime
    updated: str
    source_name: str
    place: str
    dev: int
    seq: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records there are: in all, by category, by label, of how many makers."""

    total: int
    by_category: tuple[tuple[str, int], ...]
    by_label: tuple[tuple[str, int], ...]
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
    rows = store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE {where} ORDER BY r.start DESC LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_record(row) for row in rows]


def how_many(store: Store, *, person: int = 0, category: str | None = None) -> int:
    """The number of records a timeline has."""
    where, values = _where(person, category)
    found = store.value(
        f"SELECT count(*) FROM record AS r WHERE {where}",  # noqa: S608 own text only
        values,
    )
    return int(found)


def everything(store: Store, *, person: int = 0) -> Iterator[Record]:
    """Every record without its body, in a fixed order: for scopes and counts."""
    for row in store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE r.person_id = ? ORDER BY r.row",
        (person,),
    ):
        yield _record(row)


def with_bodies(store: Store, records: Iterable[Record]) -> Iterator[Record]:
    """The same records, each with its exact bytes."""
    for record in records:
        row = store.one(f"{_BODY} WHERE r.id = ?", (record.record_id,))
        if row is not None:  # erased meanwhile
            body, digest = _body(store, row)
            yield replace(record, body=body, body_hash=digest)


def by_rows(store: Store, rows: Sequence[int]) -> list[Record]:
    """The records of these rows, in their order."""
    marks = ",".join("?" * len(rows))
    found = {
        row[0]: _record(row)
        for row in store.rows(
            f"SELECT {_FACTS} {_FROM} WHERE r.row IN ({marks})",
            rows,
        )
    }
    return [found[row] for row in rows if row in found]


def show(store: Store, record_id: bytes, *, person: int = 0) -> Record:
    """One record with its labels and its bytes.

    Raises:
        UsageError: there is no such record.
    """
    row = store.one(
        f"SELECT {_FACTS} {_FROM} WHERE r.id = ? AND r.person_id = ?",
        (record_id, person),
    )
    if row is None:
        raise UsageError("there is no such record")
    body, digest = _newest_body(store, row[0])
    marked = store.all(
        "SELECT code, system, basis FROM label WHERE record_row = ?", (row[0],)
    )
    held = tuple(Label(code=code, system=sys, basis=why) for code, sys, why in marked)
    return replace(_record(row), body=body, body_hash=digest, labels=held)


def versions(store: Store, record_id: bytes, *, person: int = 0) -> list[Version]:
    """Every version of a record, oldest first, each with its bytes."""
    rows = store.all(
        "SELECT v.number, v.id, v.created_at, v.updated, coalesce(s.org, s.name), "
        "i.place, v.dev, v.seq, v.item_row, v.body_from, v.body_size "
        "FROM version AS v JOIN record AS r ON r.row = v.record_row "
        "JOIN item AS i ON i.row = v.item_row JOIN source AS s ON s.row = i.source_row "
        "WHERE r.id = ? AND r.person_id = ? ORDER BY v.number",
        (record_id, person),
    )
    return [
        Version(
            number=row[0],
            version_id=row[1],
            created_at=_moment(row[2]),
            updated=row[3],
            source_name=row[4],
            place=row[5],
            dev=row[6],
            seq=row[7],
            body=open_item(store, row[8])[row[9] : row[9] + row[10]],
        )
        for row in rows
    ]


def original(store: Store, record_id: bytes, *, person: int = 0) -> Original:
    """What the newest version of a record came out of, as it was brought in.

    Raises:
        UsageError: there is no such record.
    """
    row = store.one(
        "SELECT v.item_row, i.place FROM record AS r JOIN version AS v "
        "ON v.record_row = r.row AND v.number = r.head "
        "JOIN item AS i ON i.row = v.item_row WHERE r.id = ? AND r.person_id = ?",
        (record_id, person),
    )
    if row is None:
        raise UsageError("there is no such record")
    return original_of(store, row[0], place=row[1])


def labels_of(store: Store, record_row: int) -> tuple[Label, ...]:
    """The labels of a record that is known by its row."""
    text = store.value("SELECT labels FROM record WHERE row = ?", (record_row,))
    return tuple(Label(**held) for held in json.loads(text)) if text else ()


def counts(store: Store, *, person: int = 0) -> Counts:
    """How much there is."""
    by_category = store.all(
        "SELECT category, count(*) FROM record WHERE person_id = ? "
        "GROUP BY category ORDER BY 2 DESC, 1",
        (person,),
    )
    by_label = store.all(
        "SELECT code, count(DISTINCT record_row) FROM label WHERE person_id = ? "
        "GROUP BY code ORDER BY 2 DESC, 1",
        (person,),
    )
    first = store.value(
        "SELECT min(start) FROM record WHERE person_id = ? AND start IS NOT NULL",
        (person,),
    )
    providers = store.value(
        "SELECT count(DISTINCT provider) FROM record "
        "WHERE person_id = ? AND provider <> ''",
        (person,),
    )
    return Counts(
        total=sum(count for _, count in by_category),
        by_category=tuple(by_category),
        by_label=tuple(by_label),
        providers=providers,
        first=None if first is None else _moment(first),
    )


def _newest_body(store: Store, record_row: int) -> tuple[bytes, bytes]:
    row = store.one(f"{_BODY} WHERE r.row = ?", (record_row,))
    if row is None:
        raise StoreDamagedError("a record has no version")
    return _body(store, row)


_BODY = (
    "SELECT v.item_row, v.body_from, v.body_size, v.body_hash FROM record AS r "
    "LEFT JOIN version AS v ON v.record_row = r.row AND v.number = r.head"
)


def _body(store: Store, row: Row) -> tuple[bytes, bytes]:
    item_row, first, size, digest = row
    if item_row is None:
        raise StoreDamagedError("a record has no version")
    return open_item(store, item_row)[first : first + size], digest


def _where(person: int, category: str | None) -> tuple[str, tuple[Any, ...]]:
    if category is None:
        return "r.person_id = ?", (person,)
    return "r.person_id = ? AND r.category = ?", (person, category)


def _record(row: Row) -> Record:
    marked = [Label(**held) for held in json.loads(row[16])] if row[16] else []
    return Record(
        person=row[1],
        record_id=row[2],
        rtype=row[3],
        category=row[4],
        title=row[5],
        start=None if row[6] is None else _moment(row[6]),
        start_precision=row[7],
        start_as_written=row[8],
        end=None if row[9] is None else _moment(row[9]),
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
    )


def _moment(seconds: int) -> datetime:
    # Not fromtimestamp: that knows no year before 1970 on some systems.
    return _EPOCH + timedelta(seconds=seconds)
