"""Write an accounting of disclosures, with everything a stranger needs to check it.

Out of what lies on this computer alone: nobody is asked for anything. The permission
itself stays here, for it holds the secret its receipts are made with; its entry, and
what each reader signed of an opening, are proof enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from wallet.actions.patient import activity
from wallet.actions.patient.handover import write_whole
from wallet.errors import RefusedError, UsageError
from wallet.exports import accounting
from wallet.exports.accounting import Accounting, Ended, Logged, Named, Opening, Shared
from wallet.grants.permission import parse_permission
from wallet.grants.receipt import Manner, unseal_details
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import leaf_hash
from wallet.practitioners.card import Card, parse_card
from wallet.vault import grants, receipts

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from wallet.actions.patient.session import Session
    from wallet.vault.grants import PermissionRow
    from wallet.vault.receipts import ReceiptRow

_MANNERS = {Manner.RELAY: "relay", Manner.OFFLINE: "offline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days an accounting is about, each included, in UTC; None: no bound.

    Raises:
        UsageError: it ends before it begins.
    """

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Refuse a span with nothing in it."""
        if self.first and self.last and self.last < self.first:
            raise UsageError("the last day lies before the first")

    @property
    def begins(self) -> datetime | None:
        """The first second of it."""
        return None if self.first is None else _midnight(self.first)

    @property
    def ends(self) -> datetime | None:
        """The first second after it."""
        return None if self.last is None else _midnight(self.last) + timedelta(days=1)

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        early = self.begins is not None and moment < self.begins
        return not early and (self.ends is None or moment < self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What went into a file; *unnamed* openings have nobody's name behind them."""

    path: Path
    permissions: int
    openings: int
    unnamed: int
    unproven: int

    @property
    def about(self) -> str:
        """So many permissions and openings, in words."""
        return accounting.about(self.permissions, self.openings)


def export(wallet: Session, target: Path, span: Span, *, now: datetime) -> Written:
    """Write the accounting of *span*, whole or not at all.

    Raises:
        UsageError: the place does not take a file.
    """
    told = gather(wallet, span, now=now)
    try:
        write_whole(target, accounting.write(told))
    except OSError:
        raise UsageError(f"{target.name} cannot be written") from None
    logged = [one.logged for one in told.permissions]
    logged += [one.logged for one in told.openings]
    return Written(
        path=target,
        permissions=len(told.permissions),
        openings=len(told.openings),
        unnamed=sum(one.named is None for one in told.openings),
        unproven=sum(one.proof is None for one in logged),
    )


def gather(wallet: Session, span: Span, *, now: datetime) -> Accounting:
    """The permissions and openings of *span*, oldest first.

    A permission is in it that was shared or ended in those days, or opened.
    """
    person = wallet.person
    looked: dict[bytes, list[ReceiptRow]] = {}
    for seen in receipts.receipts(wallet.store, person=person):
        if span.covers(activity.moment_of(seen)):
            looked.setdefault(seen.leaf, []).append(seen)
    permissions: list[Shared] = []
    openings: list[Opening] = []
    for row in grants.permissions(wallet.store, person=person):
        ended = None if row.ended_at is None else from_seconds(int(row.ended_at))
        moments = [row.made_at, *([] if ended is None else [ended])]
        if row.leaf not in looked and not any(map(span.covers, moments)):
            continue
        place = len(permissions)
        openings += [
            _opening(wallet, row, seen, place=place)
            for seen in looked.get(row.leaf, [])
        ]
        permissions.append(_shared(wallet, row))
    return Accounting(
        made=now,
        begins=span.begins,
        ends=span.ends,
        permissions=tuple(permissions),
        openings=tuple(sorted(openings, key=lambda one: one.at)),
    )


def _shared(wallet: Session, row: PermissionRow) -> Shared:
    permission, _ = parse_permission(row.signed)
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=row.reader_number
    )
    return Shared(
        reader=reader.name,
        role=reader.role,
        purpose=permission.purpose,
        begins=from_seconds(permission.begins),
        ends=from_seconds(permission.ends),
        records=None if row.contents is None else dict(row.contents),
        shared=row.made_at,
        logged=_logged(wallet, row.origin, row.entry, kept=row.proof),
        end=_end(wallet, row),
    )


def _end(wallet: Session, row: PermissionRow) -> Ended | None:
    if row.ending is None or row.ended_at is None or row.end_entry is None:
        return None
    return Ended(
        kind=row.ending.value,
        at=from_seconds(int(row.ended_at)),
        logged=_logged(wallet, row.origin, row.end_entry),
    )


def _opening(
    wallet: Session, row: PermissionRow, seen: ReceiptRow, *, place: int
) -> Opening:
    asked = activity.only_asked(wallet, row, seen)
    view = wallet.network.view(row.origin)
    covered = view is not None and seen.entry_index < view.size
    entry = view.entry(seen.entry_index) if view is not None and covered else b""
    if not entry:
        raise UsageError("the copy of the ledger is behind what was found in it: sync")
    return Opening(
        permission=place,
        kind=accounting.ASKED if asked else accounting.OPENED,
        at=activity.moment_of(seen),
        logged=_logged(wallet, row.origin, entry),
        named=_named(wallet, row, seen),
    )


def _named(wallet: Session, row: PermissionRow, seen: ReceiptRow) -> Named | None:
    """What the reader signed; None where nobody's name stands behind an opening."""
    if not seen.confirmed or seen.sealed is None:
        return None
    pair = wallet.keys.pair(row.reader_number, person=wallet.person)
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=row.reader_number
    )
    try:
        signed = unseal_details(
            seen.sealed, opener=pair.seal, leaf=row.leaf, key=seen.public
        )
    except RefusedError:
        return None
    return Named(
        who=seen.who or "",
        staff=seen.staff,
        purpose=seen.purpose or "",
        manner=_MANNERS[Manner(seen.manner or 0)],
        sealed=accounting.digest(seen.sealed),
        details=signed,
        card=reader.card,
        licence=_licence(wallet, parse_card(reader.card)),
    )


def _licence(wallet: Session, card: Card) -> Logged | None:
    """The board's word on a card, if the copy of its register holds it."""
    origin, index = card.accreditation.origin, card.accreditation.index
    view = wallet.network.view(origin)
    if view is None or not 0 <= index < view.size:
        return None
    return _logged(wallet, origin, view.entry(index), at=index)


def _logged(
    wallet: Session,
    origin: str,
    entry: bytes,
    *,
    kept: bytes | None = None,
    at: int | None = None,
) -> Logged:
    """An entry with a proof from today's copy, or with the one that was kept."""
    view = wallet.network.view(origin)
    if view is not None and view.quorum_time is not None:
        index = view.first_index(leaf_hash(entry)) if at is None else at
        if index is not None and index < view.size:
            return Logged(origin=origin, entry=entry, proof=view.proof(index))
    return Logged(origin=origin, entry=entry, proof=kept)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
