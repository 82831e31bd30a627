"""What a patient does with records: bring in, look through, search, open, erase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient import byhand, ending, written_id
from wallet.actions.patient.importing import import_paths
from wallet.actions.patient.record_page import RecordPage, page_of
from wallet.errors import UsageError
from wallet.exports.all_records import write_all
from wallet.records.receipt import FileAnswer, ImportAnswer
from wallet.records.record import CATEGORIES, Record
from wallet.vault import erasure, finding, records, remarks, versions
from wallet.vault.filters import Filters
from wallet.vault.records import Counts
from wallet.vault.sources import Original

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session

__all__ = [
    "Counts",
    "FileAnswer",
    "ImportAnswer",
    "Listing",
    "Original",
    "Record",
    "RecordPage",
    "counts",
    "erase",
    "export",
    "first_hits",
    "import_paths",
    "save_original",
    "search",
    "show",
    "timeline",
]


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
        asked = Filters(category=category)
        total = finding.how_many(
            wallet.store, text, person=wallet.person, filters=asked
        )
    return Listing(records=found, total=total)


def first_hits(
    wallet: Session, text: str, *, category: str | None, limit: int
) -> tuple[Record, ...]:
    """What `search` finds, without counting the rest: for every key that is struck."""
    _check(category)
    asked = Filters(category=category)
    found = finding.search(
        wallet.store, text, person=wallet.person, filters=asked, limit=limit
    )
    return tuple(found)


def show(wallet: Session, record_id: str) -> RecordPage:
    """Everything about one record.

    Raises:
        UsageError: there is no such record.
    """
    name = written_id.record_id(record_id)
    record = records.show(wallet.store, name, person=wallet.person)
    return page_of(
        record,
        versions.of(wallet.store, name, person=wallet.person),
        records.sources_of(wallet.store, name, person=wallet.person),
        remarks=remarks.of(wallet.store, name, person=wallet.person),
        can_be_corrected=byhand.is_correctable(record),
    )


def save_original(wallet: Session, record_id: str, sink: BinaryIO) -> Original:
    """Write what a record came out of, byte for byte as it was brought in.

    Raises:
        UsageError: there is no such record, or its original is gone.
    """
    held = versions.original(
        wallet.store, written_id.record_id(record_id), person=wallet.person
    )
    if not held.whole:
        raise UsageError("the original went with another record that was erased")
    sink.writelines(held.pieces())
    return held


def counts(wallet: Session) -> Counts:
    """How many records there are, by category."""
    return records.counts(wallet.store, person=wallet.person)


def erase(wallet: Session, record_id: str, *, now: datetime) -> tuple[str, ...]:
    """Erase one record with all its versions; it cannot be brought back.

    Sealed packages kept here that it may be in go with it.

    Returns:
        Ids of permissions that were not sent yet and so end before they began.

    Raises:
        UsageError: there is no such record.
    """
    name, person = written_id.record_id(record_id), wallet.person
    # What she said is the same record goes with it, out of every package.
    seen = records.sources_of(wallet.store, name, person=person)
    every = {name, *(one.record_id for one in seen)}
    refused = {
        leaf: None
        for one in sorted(every)
        for leaf in ending.drop_packages(
            wallet, records.show(wallet.store, one, person=person)
        )
    }
    erasure.erase(wallet.store, name, at=now, person=person)
    return tuple(refused)


def export(wallet: Session, sink: BinaryIO) -> int:
    """Write every record as it is kept, one a line; answers how many."""
    every = list(records.everything_kept(wallet.store, person=wallet.person))
    return write_all(records.with_bodies(wallet.store, every), sink)


def _check(category: str | None) -> None:
    if category is not None and category not in CATEGORIES:
        raise UsageError(f"there is no such kind of record; there are: {_named()}")


def _named() -> str:
    return ", ".join(CATEGORIES)
