"""End a permission: signed here in one transaction, sent by `outbox`.

PROTOCOL.md 7; 11, Withdraw 1 to 3. A permission whose file may have left this computer
is ended like any other, even if a server refused a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.exports.naming import ADDRESS_BOOK
from wallet.grants import withdrawal
from wallet.grants.permission import parse_permission
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_status,
    leaf_hash,
    parse_entry,
)
from wallet.vault import grants, receipts
from wallet.vault.grants import Ending, PermissionRow

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.network import View
    from wallet.actions.patient.session import Session
    from wallet.keys.signing import Signer
    from wallet.records.record import Record

_MOST_DETAIL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """When a permission was opened, as far as relay and ledger have said so far.

    ``asked`` is false while its relay has not answered; ``traceless`` says that both
    halves of the key left this computer, so an opening may leave no trace for a time.
    """

    moments: tuple[datetime, ...]
    asked: bool
    traceless: bool


def standing(wallet: Session, leaf: bytes) -> PermissionRow:
    """A permission that has not ended.

    Raises:
        UsageError: there is none, or it is ended already.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None:
        raise UsageError("there is no such permission")
    if row.ending is not None or row.refused is not None:
        raise UsageError("this permission has already ended")
    return row


def withdraw(wallet: Session, leaf: bytes) -> None:
    """Sign the end of a permission.

    One that waits to be replaced ends at once instead, whatever becomes of the other.

    Raises:
        UsageError: there is none, or it is ended already.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    with wallet.store.transaction():
        if row is not None and row.ending is Ending.REPLACED and row.ended_at is None:
            grants.note(wallet.store, leaf, ending=Ending.WITHDRAWN.value)
        else:
            sign(wallet, standing(wallet, leaf), Ending.WITHDRAWN)


def sign(wallet: Session, row: PermissionRow, ending: Ending) -> None:
    """Withdraw 1 to 3: the notice needs no index, the status change waits for it.

    The caller has a transaction open.
    """
    notice = withdrawal.sign_notice(
        _control(wallet, row), origin=row.origin, leaf=row.leaf
    )
    done: dict[str, object] = {"ending": ending.value, "notice": notice}
    if row.entry_index is not None:
        done["end_entry"] = status(wallet, row)
    grants.note(wallet.store, row.leaf, **done)


def status(wallet: Session, row: PermissionRow) -> bytes:
    """W of PROTOCOL.md 11 for a permission whose index is known."""
    view = wallet.network.view(row.origin)
    index = row.entry_index
    if index is None:
        raise UsageError("the ledger has not taken this permission yet")
    seen = view.highest_seq(index) if view and index < view.size else 0
    return build_status(
        _control(wallet, row),
        origin=row.origin,
        change=StatusChange(
            index=index, leaf=row.leaf, state=State.ENDED, seq=1 + seen
        ),
    )


def sign_again(wallet: Session, row: PermissionRow, view: View) -> None:
    """Sign the end anew if what was signed cannot work: for another index than counts.

    A server may have named a later copy of the entry, or another device signed too.
    """
    index = view.first_index(row.leaf)
    if index is None or row.end_entry is None:
        return
    said = parse_entry(row.end_entry, origin=row.origin).change.index
    if said == index and view.first_index(leaf_hash(row.end_entry)) is None:
        return
    with wallet.store.transaction():
        grants.note(
            wallet.store,
            row.leaf,
            entry_index=index,
            end_entry=status(wallet, replace(row, entry_index=index)),
            end_index=None,
        )


def refuse(wallet: Session, row: PermissionRow, detail: str) -> None:
    """Note that a permission was refused; the one it was to replace stays as it was.

    Should its entry be in the ledger all the same, `end_refused` ends it.
    """
    with wallet.store.transaction():
        grants.note(wallet.store, row.leaf, refused=detail[:_MOST_DETAIL])
        old = row.replaces and grants.permission(wallet.store, leaf=row.replaces)
        if old and old.ending is Ending.REPLACED and old.noticed_at is None:
            grants.note(
                wallet.store, old.leaf, ending=None, notice=None, end_entry=None
            )


def lapse(wallet: Session, row: PermissionRow) -> None:
    """Give up an end that came too late to be logged: the permission had run out."""
    with wallet.store.transaction():
        grants.note(wallet.store, row.leaf, ending=None, end_entry=None)


def end_refused(wallet: Session) -> None:
    """End what a server refused and the ledger holds: its file may be in other hands.

    The relay did not take the package, or somebody else submitted the entry.
    """
    for row in grants.permissions(wallet.store, person=wallet.person):
        view = wallet.network.view(row.origin) if row.refused is not None else None
        index = view.first_index(row.leaf) if view is not None else None
        if index is not None and row.ending is None:
            with wallet.store.transaction():
                grants.note(wallet.store, row.leaf, entry_index=index)
                sign(wallet, replace(row, entry_index=index), Ending.WITHDRAWN)


def drop_packages(wallet: Session, record: Record) -> tuple[str, ...]:
    """Drop the packages kept here that *record*, about to be erased, may be in.

    What the relay or a reader has is theirs. A permission whose package never left
    this computer is refused here: nobody shall get what was erased.

    Returns:
        The ids of those permissions.
    """
    refused: list[str] = []
    for row in grants.permissions(wallet.store, person=wallet.person):
        permission, _ = parse_permission(row.signed)
        # Staff and places go along where a record mentions them.
        inside = permission.scope.covers(record) or record.rtype in ADDRESS_BOOK
        if row.package is None or not inside:
            continue
        if row.deposited_at is None and row.carried_at is None and row.ending is None:
            refuse(wallet, row, "a record in it was erased")
            refused.append(permission.permission_id.hex())
        with wallet.store.transaction():
            grants.note(wallet.store, row.leaf, package=None)
        (wallet.outbox_folder / row.package).unlink(missing_ok=True)
    return tuple(refused)


def openings(wallet: Session, leaf: bytes) -> Openings:
    """What is known of the openings of a permission.

    Raises:
        UsageError: there is none.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None:
        raise UsageError("there is no such permission")
    released = {place: at for place, _, at in grants.releases(wallet.store, leaf)}
    for seen in receipts.receipts(wallet.store, person=wallet.person):
        if seen.leaf == leaf and seen.asked_at is not None:
            released.setdefault(seen.place, seen.asked_at)
    return Openings(
        moments=tuple(from_seconds(at) for at in sorted(released.values())),
        asked=row.relay is None or row.noticed_at is not None,
        traceless=row.carried_at is not None,
    )


def _control(wallet: Session, row: PermissionRow) -> Signer:
    return wallet.keys.grant(row.number, person=wallet.person).control
