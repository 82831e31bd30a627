"""Who looked: receipts found in this computer's own copy of the ledger.

A wallet never asks for its own things: it reads whole entry files and whole buckets
of details. PROTOCOL.md 6 and 10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.actions.patient import holding
from wallet.errors import RefusedError
from wallet.grants.permission import parse_permission
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import parse_entry
from wallet.statement import NUMBER, Name, peek_type
from wallet.vault import grants, receipts
from wallet.vault.receipts import ReceiptRow

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.network import View
    from wallet.actions.patient.session import Session
    from wallet.vault.grants import PermissionRow


class Kind(StrEnum):
    """What happened."""

    SHARED = "shared"
    OPENED = "opened"
    ASKED = "asked"  # a receipt is logged, but nothing was released for it
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; *confirmed* says the reader's own key named it.

    ``who`` did it, as far as that is proven; ``reader`` is whose permission it was.
    ``contents`` are the classes of the records it was about and how many of each, as
    this wallet wrote down when it shared them; None where that was never counted.
    """

    at: datetime
    kind: Kind
    who: str
    reader: str
    contents: tuple[tuple[str, int], ...] | None
    grant_id: str
    confirmed: bool

    @property
    def count(self) -> int | None:
        """How many records."""
        if self.contents is None:
            return None
        return sum(count for _, count in self.contents)


def find_receipts(wallet: Session, origin: str, *, now: datetime) -> int:
    """Search what is new in the copy of *origin*; answer how many are ours."""
    view = wallet.network.view(origin)
    if view is None:
        return 0
    first, found = receipts.scanned(wallet.store, origin), 0
    with wallet.store.transaction():
        for index in range(first, view.size):
            found += _take(wallet, view, origin, index, now)
        receipts.mark_scanned(wallet.store, origin, max(first, view.size))
    return found


def events(wallet: Session) -> list[Event]:
    """Everything that happened, newest first."""
    found: list[Event] = []
    logged = receipts.receipts(wallet.store, person=wallet.person)
    for row in grants.permissions(wallet.store, person=wallet.person):
        found += _of_permission(wallet, row)
        found += [
            _opening(wallet, row, seen) for seen in logged if seen.leaf == row.leaf
        ]
    return sorted(found, key=lambda event: event.at, reverse=True)


def _take(wallet: Session, view: View, origin: str, index: int, now: datetime) -> int:
    data = view.entry(index)
    try:
        if peek_type(data) != NUMBER[Name.RECEIPT]:
            return 0
        entry = parse_entry(data, origin=origin)
    except RefusedError:
        return 0  # an entry that does not verify has no effect
    mine = receipts.owner(wallet.store, entry.key)
    if mine is None or view.quorum_time is None:
        return 0
    person, leaf, place = mine
    held = holding.draw(wallet, now=now)
    row = ReceiptRow(
        leaf=leaf,
        place=place,
        entry_index=index,
        commitment=entry.commitment,
        public=entry.key,
        logged_by=view.quorum_time.timestamp(),
        held_until=None if held is None else held.timestamp(),
    )
    receipts.add(wallet.store, row, person=person)
    return 1


def _opening(wallet: Session, row: PermissionRow, seen: ReceiptRow) -> Event:
    permission, _ = parse_permission(row.signed)
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=row.reader_number
    )
    return Event(
        at=moment_of(seen),
        kind=Kind.ASKED if only_asked(wallet, row, seen) else Kind.OPENED,
        who=seen.who or "",
        reader=reader.name,
        contents=row.contents,
        grant_id=permission.permission_id.hex(),
        confirmed=seen.confirmed,
    )


def moment_of(seen: ReceiptRow) -> datetime:
    """When it was: as the reader says, or when its receipt was logged at the latest."""
    moment = seen.asked_at if seen.asked_at is not None else int(seen.logged_by)
    return from_seconds(moment)


def only_asked(wallet: Session, row: PermissionRow, seen: ReceiptRow) -> bool:
    """Whether nothing was released for a receipt, as far as the relay says.

    Where both halves of the key left this computer, no release was needed to open.
    """
    if seen.sealed is not None or not seen.unanswered or row.carried_at is not None:
        return False
    released = grants.releases(wallet.store, row.leaf)
    return seen.place not in {place for place, _, _ in released}


def _of_permission(wallet: Session, row: PermissionRow) -> list[Event]:
    permission, _ = parse_permission(row.signed)
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=row.reader_number
    )
    begun = Event(
        at=row.made_at,
        kind=Kind.SHARED,
        who=reader.name,
        reader=reader.name,
        contents=row.contents,
        grant_id=permission.permission_id.hex(),
        confirmed=row.proof is not None,
    )
    if row.ending is None or row.ended_at is None:
        return [begun]
    at, kind = from_seconds(int(row.ended_at)), Kind(row.ending)
    return [begun, replace(begun, at=at, kind=kind, confirmed=True)]
