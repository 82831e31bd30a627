"""Send what waits, in the order the protocol asks for, and write down what happened.

Each step is idempotent: the same bytes go out again after a crash. PROTOCOL.md 7, 11
(Share 17 to 19, Withdraw 4 to 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient import ending, holding
from wallet.errors import (
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    UsageError,
)
from wallet.grants import order
from wallet.grants.permission import parse_permission
from wallet.ledger.entry import State
from wallet.ledger.shard import is_past
from wallet.vault import grants
from wallet.vault.grants import Ending, PermissionRow, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from wallet.actions.patient.session import Session

_BUSY = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is still undone, and which servers ("ledger", "relay") did not do theirs."""

    undone: int
    silent: frozenset[str]


class _NotYetError(Exception):
    """A step has to wait for another one, or for a checkpoint."""


def send(wallet: Session, *, now: datetime) -> Sent:
    """Do every step that can be done now; what cannot stays for the next time.

    A withdrawal goes first, and no fault of one permission keeps another waiting.
    What waits on purpose (`holding`) is not touched before its moment.
    """
    silent: set[str] = set()
    ending.end_refused(wallet)
    waiting = grants.undone(wallet.store, person=wallet.person)
    for row in sorted(waiting, key=lambda one: one.ending is not Ending.WITHDRAWN):
        for step in holding.due(row, now=now):
            try:
                _DO[step](wallet, _again(wallet, row), now)
            except _NotYetError:
                continue
            except UnreachableError as away:
                silent.add(away.what)
            except RefusedError:  # what was signed stays signed, and is sent again
                silent.add("relay")
            except (TurnedAwayError, UsageError):
                silent.add("ledger")
    _tidy(wallet, now)
    left = grants.undone(wallet.store, person=wallet.person)
    return Sent(undone=len(left), silent=frozenset(silent))


def _again(wallet: Session, row: PermissionRow) -> PermissionRow:
    fresh = grants.permission(wallet.store, leaf=row.leaf)
    if fresh is None:
        raise _NotYetError
    return fresh


def _note(wallet: Session, row: PermissionRow, **done: object) -> None:
    with wallet.store.transaction():
        grants.note(wallet.store, row.leaf, **done)


def _submit(wallet: Session, row: PermissionRow, _now: datetime) -> None:
    try:
        index = wallet.network.submit(row.origin, row.entry)  # Share 17
    except TurnedAwayError as turned:
        if turned.status == _BUSY:
            raise UnreachableError("ledger", turned.detail) from turned
        ending.refuse(wallet, row, turned.detail)
        raise _NotYetError from turned
    _note(wallet, row, entry_index=index)


def _deposit(wallet: Session, row: PermissionRow, now: datetime) -> None:
    if row.entry_index is None or not row.relay or not row.package or not row.put_order:
        raise _NotYetError
    package = wallet.outbox_folder / row.package
    if not package.is_file():
        raise _NotYetError  # deleted by hand: there is nothing to send
    try:
        wallet.network.relay(row.relay).deposit(  # Share 18
            origin=row.origin,
            entry=row.entry,
            order=row.put_order,
            package=package.read_bytes(),
        )
    except RefusedError as refused:
        ending.refuse(wallet, row, refused.place)
        raise _NotYetError from refused
    _note(wallet, row, deposited_at=now.timestamp())


def _cover(wallet: Session, row: PermissionRow, _now: datetime) -> None:
    view = wallet.network.view(row.origin)
    index = view.first_index(row.leaf) if view else None
    if view is None or index is None:
        raise _NotYetError
    _note(wallet, row, entry_index=index, proof=view.proof(index))  # Share 19


def _may_end(wallet: Session, row: PermissionRow) -> None:
    """In a switch the old one ends only once the new one is durable and deposited."""
    if row.ending is not Ending.REPLACED:
        return
    for other in grants.permissions(wallet.store, person=wallet.person):
        if other.replaces == row.leaf and other.refused is None:
            unsent = other.put_order is not None and other.deposited_at is None
            if other.entry_index is None or unsent:
                raise _NotYetError


def _notice(wallet: Session, row: PermissionRow, now: datetime) -> None:
    if row.relay is None or row.notice is None:
        raise _NotYetError
    _may_end(wallet, row)
    releases = wallet.network.relay(row.relay).notice(  # Withdraw 4
        origin=row.origin, entry=row.entry, notice=row.notice
    )
    with wallet.store.transaction():
        grants.add_releases(wallet.store, row.leaf, releases)
        grants.note(wallet.store, row.leaf, noticed_at=now.timestamp())


def _sign_end(wallet: Session, row: PermissionRow, _now: datetime) -> None:
    if row.entry_index is None:
        raise _NotYetError
    _note(wallet, row, end_entry=ending.status(wallet, row))


def _submit_end(wallet: Session, row: PermissionRow, _now: datetime) -> None:
    if row.end_entry is None:
        raise _NotYetError
    _may_end(wallet, row)
    try:
        index = wallet.network.submit(row.origin, row.end_entry)
    except TurnedAwayError:
        view = wallet.network.view(row.origin)
        if view is None or not is_past(row.origin, view.quorum_time):
            raise
        ending.lapse(wallet, row)  # its shard was sealed: time has ended it before
        return
    _note(wallet, row, end_index=index)


def _cover_end(wallet: Session, row: PermissionRow, now: datetime) -> None:
    view = wallet.network.view(row.origin)
    index = view.first_index(row.leaf) if view else None
    if view is None or index is None:
        raise _NotYetError
    if view.state(index) is not State.ENDED:
        ending.sign_again(wallet, row, view)
        raise _NotYetError
    _note(wallet, row, entry_index=index, ended_at=now.timestamp())  # Withdraw 5


def _clear(wallet: Session, row: PermissionRow, now: datetime) -> None:
    if row.relay is None or row.ended_at is None:
        raise _NotYetError
    gone = order.delete(
        wallet.keys.grant(row.number, person=wallet.person).ledger,
        origin=row.origin,
        leaf=row.leaf,
    )
    releases = wallet.network.relay(row.relay).order(  # Withdraw 6
        origin=row.origin, entry=row.entry, order=gone
    )
    with wallet.store.transaction():
        grants.add_releases(wallet.store, row.leaf, releases)
        grants.note(wallet.store, row.leaf, cleared_at=now.timestamp())


def _tidy(wallet: Session, now: datetime) -> None:
    """Drop packages no reader can be given any more, and what a crash left unsigned.

    While a permission stands its package stays, sealed as it is: a stick for the
    reader has to hold the very same one (PROTOCOL.md 5).
    """
    kept = set()
    for row in grants.permissions(wallet.store, person=wallet.person):
        if row.package is None:
            continue
        if _is_over(row, now):
            _note(wallet, row, package=None)
        else:
            kept.add(row.package)
    for path in wallet.outbox_folder.iterdir():
        if path.name not in kept:
            path.unlink()


def _is_over(row: PermissionRow, now: datetime) -> bool:
    if row.refused is not None or row.ended_at is not None:
        return True
    permission, _ = parse_permission(row.signed)
    return now.timestamp() >= permission.ends


_DO: Mapping[Step, Callable[[Session, PermissionRow, datetime], None]] = {
    Step.SUBMIT: _submit,
    Step.DEPOSIT: _deposit,
    Step.COVER: _cover,
    Step.NOTICE: _notice,
    Step.SIGN_END: _sign_end,
    Step.SUBMIT_END: _submit_end,
    Step.COVER_END: _cover_end,
    Step.CLEAR: _clear,
}
