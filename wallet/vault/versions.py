"""The versions of a record: every one with its bytes, the newest, its original."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError, UsageError
from wallet.vault.clusters import behind_of
from wallet.vault.moments import moment
from wallet.vault.sources import Original, open_item, original_of

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.store.connection import Row, Store

_NEWEST = (
    "SELECT v.item_row, v.body_from, v.body_size, v.body_hash FROM record AS r "
    "LEFT JOIN version AS v ON v.record_row = r.row AND v.number = r.head"
)


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


def of(store: Store, record_id: bytes, *, person: int = 0) -> list[Version]:
    """Every version of a record, oldest first, each with its bytes."""
    rows = store.all(
        "SELECT v.number, v.id, v.created_at, v.updated, coalesce(s.org, s.name), "
        "i.place, v.dev, v.seq, v.item_row, v.body_from, v.body_size, v.author, "
        "v.number = r.head "
        "FROM version AS v JOIN record AS r ON r.row = v.record_row "
        "JOIN item AS i ON i.row = v.item_row JOIN source AS s ON s.row = i.source_row "
        "WHERE r.id = ? AND r.person_id IN (?, ?) ORDER BY v.number",
        (record_id, person, behind_of(person)),
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
        (record_id, person, behind_of(person)),
    )
    if row is None:
        raise UsageError("there is no such record")
    return original_of(store, row[0], place=row[1])


def newest_body(store: Store, record_id: bytes) -> tuple[bytes, bytes] | None:
    """The bytes that count now and their hash; None where the record is erased."""
    row = store.one(f"{_NEWEST} WHERE r.id = ?", (record_id,))
    return None if row is None else _body(store, row)


def newest_body_at(store: Store, record_row: int) -> tuple[bytes, bytes]:
    """The same for a record that is known by its row, which must be there.

    Raises:
        StoreDamagedError: it has no version.
    """
    row = store.one(f"{_NEWEST} WHERE r.row = ?", (record_row,))
    if row is None:
        raise StoreDamagedError("a record has no version")
    return _body(store, row)


def _body(store: Store, row: Row) -> tuple[bytes, bytes]:
    item_row, first, size, digest = row
    if item_row is None:
        raise StoreDamagedError("a record has no version")
    return open_item(store, item_row)[first : first + size], digest
