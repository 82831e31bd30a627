"""The patient's records: chains of versions, listed, counted and opened.

A record is a chain of immutable versions; the row in ``record`` holds the facts of the
newest one, so that lists and scopes never open a body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wallet.errors import StoreDamagedError, UsageError
from wallet.records import labels as label_words
from wallet.records.record import Label, Record
from wallet.vault import likeness, sightings
from wallet.vault.moments import moment
from wallet.vault.sources import Original, open_item, original_of

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
class Version:
    """One version of a record and where it came from.

    ``author`` is ``source`` or ``patient``; ``holds`` marks the one that counts now.
    """

    number: int
    version_id: bytes
    created_at: datetime
    updated: str
    source_name: str
    place: str
    dev: int
    seq: int
    body: bytes
    author: str = "source"
    holds: bool = False


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
    kin = _labels_behind(store, person)
    for row in store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE r.person_id = ? ORDER BY r.row",
        (person,),
    ):
        yield _beside(_record(row), kin.get(row[0], ()))


def everything_kept(store: Store, *, person: int = 0) -> Iterator[Record]:
    """The same and those that stand behind others: for the patient's own copy."""
    yield from everything(store, person=person)
    for row in store.rows(
        f"SELECT {_FACTS} {_FROM} WHERE r.person_id = ? ORDER BY r.row",
        (likeness.behind_of(person),),
    ):
        yield replace(_record(row), person=person)


def with_bodies(store: Store, records: Iterable[Record]) -> Iterator[Record]:
    """The same records, each with its exact bytes."""
    for record in records:
        row = store.one(f"{_BODY} WHERE r.id = ?", (record.record_id,))
        if row is not None:  # erased meanwhile
            body, digest = _body(store, row)
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
        (record_id, person, likeness.behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    body, digest = _newest_body(store, row[0])
    marked = store.all(
        "SELECT DISTINCT code, system, basis FROM label WHERE record_row = ?1 OR "
        "record_row IN (SELECT record_row FROM behind WHERE lead_row = ?1)",
        (row[0],),
    )
    held = tuple(Label(code=code, system=sys, basis=why) for code, sys, why in marked)
    (told,) = _told(store, [row])
    return replace(told, body=body, body_hash=digest, labels=held)


def sources_of(store: Store, record_id: bytes, *, person: int = 0) -> list[Sighting]:
    """Every file that says a record, or one that is the same as it."""
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id IN (?, ?)",
        (record_id, person, likeness.behind_of(person)),
    )
    return [] if row is None else sightings.of(store, row)


def versions(store: Store, record_id: bytes, *, person: int = 0) -> list[Version]:
    """Every version of a record, oldest first, each with its bytes."""
    rows = store.all(
        "SELECT v.number, v.id, v.created_at, v.updated, coalesce(s.org, s.name), "
        "i.place, v.dev, v.seq, v.item_row, v.body_from, v.body_size, v.author, "
        "v.number = r.head "
        "FROM version AS v JOIN record AS r ON r.row = v.record_row "
        "JOIN item AS i ON i.row = v.item_row JOIN source AS s ON s.row = i.source_row "
        "WHERE r.id = ? AND r.person_id IN (?, ?) ORDER BY v.number",
        (record_id, person, likeness.behind_of(person)),
    )
    return [
        Version(
            number=row[0],
            version_id=row[1],
            created_at=moment(row[2]),
            updated=row[3],
            source_name=row[4],
            place=row[5],
            dev=row[6],
            seq=row[7],
            body=open_item(store, row[8])[row[9] : row[9] + row[10]],
            author=row[11],
            holds=bool(row[12]),
        )
        for row in rows
    ]


def row_of(store: Store, record_id: bytes, *, person: int = 0) -> int:
    """The row of a record, also of one behind another, for what changes it.

    Raises:
        UsageError: there is no such record.
    """
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id IN (?, ?)",
        (record_id, person, likeness.behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    return int(row)


def original(store: Store, record_id: bytes, *, person: int = 0) -> Original:
    """What the newest version of a record came out of, as it was brought in.

    Raises:
        UsageError: there is no such record.
    """
    row = store.one(
        "SELECT v.item_row, i.place FROM record AS r JOIN version AS v "
        "ON v.record_row = r.row AND v.number = r.head "
        "JOIN item AS i ON i.row = v.item_row "
        "WHERE r.id = ? AND r.person_id IN (?, ?)",
        (record_id, person, likeness.behind_of(person)),
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
        for whose in (person, likeness.behind_of(person))
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
    kin = _labels_of_kin(store, named)
    return [
        _beside(_record(row, sources=seen.get(row[0], 1)), kin.get(row[0], ()))
        for row in rows
    ]


def _labels_behind(store: Store, person: int) -> dict[int, tuple[Label, ...]]:
    """The labels of records that stand behind others, by the row of the one in front.

    What leads shows what the others say as well, so it is as private as they are.
    """
    return _by_lead(
        store.rows(
            "SELECT b.lead_row, r.labels FROM behind AS b "
            "JOIN record AS r ON r.row = b.record_row "
            "WHERE b.person_id = ? AND r.labels <> ''",
            (person,),
        )
    )


def _labels_of_kin(store: Store, rows: Sequence[int]) -> dict[int, tuple[Label, ...]]:
    """The same for the records of a window alone."""
    return _by_lead(
        store.rows(
            "SELECT b.lead_row, r.labels FROM json_each(?) AS j "
            "CROSS JOIN behind AS b ON b.lead_row = j.value "
            "JOIN record AS r ON r.row = b.record_row WHERE r.labels <> ''",
            (json.dumps(list(rows)),),
        )
    )


def _by_lead(rows: Iterable[Row]) -> dict[int, tuple[Label, ...]]:
    found: dict[int, tuple[Label, ...]] = {}
    for row, text in rows:
        held = tuple(Label(**one) for one in json.loads(text))
        found[row] = (*found.get(row, ()), *held)
    return found


def _beside(record: Record, more: Sequence[Label]) -> Record:
    if not more:
        return record
    marked = tuple(dict.fromkeys((*record.labels, *more)))
    return replace(
        record,
        labels=marked,
        confidentiality=label_words.confidentiality(marked),
        sensitivity=label_words.sensitivity(marked),
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
