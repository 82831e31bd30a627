"""Looking through the records: the stream with its visits, search, what holds now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient import written_id
from wallet.errors import UsageError
from wallet.records.record import CATEGORIES, Record
from wallet.vault import (
    finding,
    records,
    saved_searches,
    standing,
    stream,
    visits,
)
from wallet.vault.filters import EVERYTHING, Filters
from wallet.vault.saved_searches import SavedSearch
from wallet.vault.standing import Kind
from wallet.vault.visits import Visit

if TYPE_CHECKING:
    from wallet.actions.patient.session import Session

__all__ = [
    "EVERYTHING",
    "Filters",
    "Kind",
    "Record",
    "SavedSearch",
    "Summary",
    "Visit",
    "Window",
    "forget_search",
    "keep_search",
    "labels",
    "saved",
    "search",
    "sources",
    "summary",
    "visit",
    "window",
    "years",
]
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the stream; ``inside`` is what its visits hold, by their ids."""

    records: tuple[Record, ...]
    inside: dict[bytes, Visit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What holds now, each kind with the newest of it."""

    allergies: Kind
    medicines: Kind
    conditions: Kind
    vaccines: Kind


def window(
    wallet: Session,
    *,
    filters: Filters = EVERYTHING,
    after: str = "",
    limit: int = 60,
) -> Window:
    """One window of the stream, newest first, those without a date last.

    It begins behind the record *after*, or at the newest.

    Raises:
        UsageError: there is no such kind of record.
    """
    _check(filters)
    found = stream.window(
        wallet.store,
        person=wallet.person,
        filters=filters,
        after=bytes.fromhex(after),
        limit=limit,
    )
    inside: dict[bytes, Visit] = {}
    if filters.folds:
        inside = visits.visits(wallet.store, found, person=wallet.person)
    return Window(records=tuple(found), inside=inside)


def visit(wallet: Session, record_id: str) -> tuple[Record, ...]:
    """Everything that was recorded at one visit.

    Raises:
        UsageError: this names no record.
    """
    name = written_id.record_id(record_id)
    return tuple(visits.rows_of(wallet.store, name, person=wallet.person))


def search(
    wallet: Session, text: str, *, filters: Filters = EVERYTHING, limit: int = 50
) -> tuple[Record, ...]:
    """The newest records that hold every word of *text* or another word for it.

    Raises:
        UsageError: there is no such kind of record.
    """
    _check(filters)
    found = finding.search(
        wallet.store, text, person=wallet.person, filters=filters, limit=limit
    )
    return tuple(found)


def summary(wallet: Session) -> Summary:
    """What holds now."""
    store, person = wallet.store, wallet.person
    return Summary(
        allergies=standing.holding(store, "allergy", person=person),
        medicines=standing.holding(store, "medicine", person=person),
        conditions=standing.holding(store, "condition", person=person),
        vaccines=standing.newest(store, "vaccine", person=person),
    )


def years(wallet: Session) -> tuple[tuple[int, int], ...]:
    """The years that have records, newest first, each with how many."""
    return tuple(stream.years(wallet.store, person=wallet.person))


def sources(wallet: Session) -> tuple[str, ...]:
    """The names that lists give to where records came from."""
    return tuple(stream.sources(wallet.store, person=wallet.person))


def labels(wallet: Session) -> tuple[str, ...]:
    """The codes of the sensitivity labels that any record has."""
    return tuple(records.labels(wallet.store, person=wallet.person))


def saved(wallet: Session) -> tuple[SavedSearch, ...]:
    """The searches that are kept."""
    return saved_searches.all_of(wallet.store, person=wallet.person)


def keep_search(wallet: Session, search: SavedSearch) -> None:
    """Keep a search under its name.

    Raises:
        UsageError: the name is empty or too long.
    """
    if not 0 < len(search.name.strip()) <= _LONGEST_NAME:
        raise UsageError("a search needs a name of at most 80 letters")
    with wallet.store.transaction():
        saved_searches.keep(wallet.store, search, person=wallet.person)


def forget_search(wallet: Session, name: str) -> None:
    """Keep a search no longer."""
    with wallet.store.transaction():
        saved_searches.forget(wallet.store, name, person=wallet.person)


def _check(filters: Filters) -> None:
    if filters.category is not None and filters.category not in CATEGORIES:
        named = ", ".join(CATEGORIES)
        raise UsageError(f"there is no such kind of record; there are: {named}")
