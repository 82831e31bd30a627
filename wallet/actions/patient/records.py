"""What a patient does with records: bring in, look through, search, open, erase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient import ending
from wallet.actions.patient.importing import import_paths
from wallet.actions.patient.record_page import RecordPage, page_of
from wallet.errors import UsageError
from wallet.exports.patient_shared import write_all
from wallet.records.receipt import ImportAnswer
from wallet.records.record import CATEGORIES, Record
from wallet.vault import erasure, records
from wallet.vault import search as full_text
from wallet.vault import series as over_time
from wallet.vault.records import Counts
from wallet.vault.series import Result
from wallet.vault.sources import Original

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session

__all__ = [
    "Counts",
    "ImportAnswer",
    "Listing",
    "Original",
    "Record",
    "RecordPage",
    "Result",
    "counts",
    "erase",
    "export",
    "first_hits",
    "import_paths",
    "save_original",
    "search",
    "series",
    "show",
    "timeline",
]

_ID = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One window of a list, and how long the whole list is."""

    records: tuple[Record, ...]
    total: int


def timeline(
    wallet: Session, *, category: str | None = None, offset: int = 0, limit: int = 100
) -> Listing:
    """One window of all records, newest first, those without a date last."""
    _check(category)
    found = records.timeline(
        wallet.store,
        person=wallet.person,
        category=category,
        offset=offset,
        limit=limit,
    )
    total = records.how_many(wallet.store, person=wallet.person, category=category)
    return Listing(records=tuple(found), total=total)


def search(
    wallet: Session, text: str, *, category: str | None = None, limit: int = 50
) -> Listing:
    """The newest records that hold every word of *text*, the last as a beginning."""
    found = first_hits(wallet, text, category=category, limit=limit)
    total = len(found)
    if total == limit:
        total = full_text.how_many(
            wallet.store, text, person=wallet.person, category=category
        )
    return Listing(records=found, total=total)


def first_hits(
    wallet: Session, text: str, *, category: str | None, limit: int
) -> tuple[Record, ...]:
    """What `search` finds, without counting the rest: for every key that is struck."""
    _check(category)
    found = full_text.search(
        wallet.store, text, person=wallet.person, category=category, limit=limit
    )
    return tuple(found)


def show(wallet: Session, record_id: str) -> RecordPage:
    """Everything about one record.

    Raises:
        UsageError: there is no such record.
    """
    name = _id(record_id)
    record = records.show(wallet.store, name, person=wallet.person)
    return page_of(record, records.versions(wallet.store, name, person=wallet.person))


def save_original(wallet: Session, record_id: str, sink: BinaryIO) -> Original:
    """Write what a record came out of, byte for byte as it was brought in.

    Raises:
        UsageError: there is no such record, or its original is gone.
    """
    held = records.original(wallet.store, _id(record_id), person=wallet.person)
    if not held.whole:
        raise UsageError("the original went with another record that was erased")
    sink.writelines(held.pieces())
    return held


def series(wallet: Session, record_id: str) -> tuple[Result, ...]:
    """The results of the same kind as one record, itself among them, oldest first.

    Raises:
        UsageError: this names no record.
    """
    name = _id(record_id)
    return tuple(over_time.like(wallet.store, name, person=wallet.person))


def counts(wallet: Session) -> Counts:
    """How many records there are, by category and by label."""
    return records.counts(wallet.store, person=wallet.person)


def erase(wallet: Session, record_id: str, *, now: datetime) -> tuple[str, ...]:
    """Erase one record with all its versions; it cannot be brought back.

    Sealed packages kept here that it may be in go with it.

    Returns:
        Ids of permissions that were not sent yet and so end before they began.

    Raises:
        UsageError: there is no such record.
    """
    name = _id(record_id)
    held = records.show(wallet.store, name, person=wallet.person)
    refused = ending.drop_packages(wallet, held)
    erasure.erase(wallet.store, name, at=now, person=wallet.person)
    return refused


def export(wallet: Session, sink: BinaryIO) -> int:
    """Write every record as it is kept, one a line; answers how many."""
    every = list(records.everything(wallet.store, person=wallet.person))
    return write_all(records.with_bodies(wallet.store, every), sink)


def _check(category: str | None) -> None:
    if category is not None and category not in CATEGORIES:
        raise UsageError(f"there is no such kind of record; there are: {_named()}")


def _named() -> str:
    return ", ".join(CATEGORIES)


def _id(text: str) -> bytes:
    try:
        name = bytes.fromhex(text)
    except ValueError:
        name = b""
    if len(name) != _ID:
        raise UsageError("there is no such record")
    return name
