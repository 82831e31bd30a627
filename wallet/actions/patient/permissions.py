"""The permissions a patient gave: each found, shown, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.actions.patient import holding
from wallet.errors import UsageError
from wallet.grants.permission import Permission, parse_permission
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import State
from wallet.vault import grants
from wallet.vault.grants import Ending, PermissionRow

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session


class GrantState(StrEnum):
    """How a permission stands (DESIGN.md 6)."""

    WAITING = "waiting"
    NOT_STARTED = "not_started"
    IN_FORCE = "in_force"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    ENDED = "ended"
    REFUSED = "refused"


# What the ledger says of a permission this computer has not ended itself.
_ON_ANOTHER_DEVICE = {
    State.ENDED: GrantState.WITHDRAWN,
    State.HELD: GrantState.PAUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """One permission as a person or a program is told of it.

    ``held_until`` is set while nothing of it is sent on purpose (`holding`).
    """

    leaf: bytes
    reader: str
    role: str
    permission: Permission
    issued: datetime
    starts: datetime
    ends: datetime
    state: GrantState
    pending: str | None
    index: int | None
    held_until: datetime | None = None

    @property
    def grant_id(self) -> str:
        """The id a list prints: the permission's own 128 random bits."""
        return self.permission.permission_id.hex()


def every(wallet: Session, *, now: datetime) -> list[GrantView]:
    """Every permission, newest first."""
    rows = grants.permissions(wallet.store, person=wallet.person)
    return [_view(wallet, row, now) for row in rows]


def show(wallet: Session, leaf: bytes, *, now: datetime) -> GrantView:
    """One permission.

    Raises:
        UsageError: there is none with this leaf hash.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None:
        raise UsageError("there is no such permission")
    return _view(wallet, row, now)


def find(wallet: Session, grant_id: str) -> PermissionRow:
    """The permission a list printed under *grant_id*.

    Raises:
        UsageError: there is none.
    """
    for row in grants.permissions(wallet.store, person=wallet.person):
        if parse_permission(row.signed)[0].permission_id.hex() == grant_id:
            return row
    raise UsageError("there is no permission with this id; `grant list` prints them")


def _view(wallet: Session, row: PermissionRow, now: datetime) -> GrantView:
    permission, _ = parse_permission(row.signed)
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=row.reader_number
    )
    return GrantView(
        leaf=row.leaf,
        reader=reader.name,
        role=reader.role,
        permission=permission,
        issued=row.made_at,
        starts=from_seconds(permission.begins),
        ends=from_seconds(permission.ends),
        state=_state(wallet, row, permission, now),
        pending=_pending(row),
        index=row.entry_index,
        held_until=holding.held_until(row, now=now),
    )


def _state(
    wallet: Session, row: PermissionRow, permission: Permission, now: datetime
) -> GrantState:
    if row.refused is not None:
        return GrantState.REFUSED
    if row.ending is not None and row.ended_at is not None:
        return GrantState(row.ending.value)
    seconds = now.timestamp()
    if seconds >= permission.ends:
        return GrantState.ENDED
    if row.proof is None or row.entry_index is None:
        return GrantState.WAITING
    view = wallet.network.view(row.origin)
    told = _ON_ANOTHER_DEVICE.get(view.state(row.entry_index)) if view else None
    if told is not None:
        return told
    began = seconds >= permission.begins
    return GrantState.IN_FORCE if began else GrantState.NOT_STARTED


def _pending(row: PermissionRow) -> str | None:
    if row.refused is not None:
        return None
    if row.ending is not None:
        words = {Ending.WITHDRAWN: "withdraw", Ending.REPLACED: "replace"}
        return words[row.ending] if row.ended_at is None else None
    return "issue" if row.steps() else None
