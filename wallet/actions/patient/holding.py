"""The submission delay: a permission waits on purpose, so that its time tells less.

Off by default. Where a patient has set it, a new permission is sent at a random moment
within the span, and the details of an opening are asked for only after another such
moment. The moment is drawn once and kept with the permission, so that a restart changes
nothing. An end never waits, whatever was set: a withdrawal goes at once and takes its
permission along (PROTOCOL.md 11, Withdraw 4), and a permission that replaces another
does not wait, since the end of the other would wait with it. PROTOCOL.md 10.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.ledger.clock import from_seconds
from wallet.vault import grants, settings
from wallet.vault.grants import Step

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.vault.grants import PermissionRow

LONGEST = timedelta(days=1)
_SENDING = frozenset({Step.SUBMIT, Step.DEPOSIT})


def delay(wallet: Session) -> timedelta:
    """Within what time a new permission is sent; zero is at once."""
    number = settings.get_number(wallet.store, settings.DELAY, person=wallet.person)
    return timedelta(seconds=number)


def set_delay(wallet: Session, span: timedelta) -> None:
    """Let permissions made from now on wait so long at most; zero turns it off.

    What waits already keeps its moment.

    Raises:
        UsageError: longer than a day, or negative.
    """
    if not timedelta() <= span <= LONGEST:
        raise UsageError("a permission can wait a day at most")
    with wallet.store.transaction():
        settings.put(
            wallet.store,
            settings.DELAY,
            int(span.total_seconds()),
            person=wallet.person,
        )


def draw(wallet: Session, *, now: datetime) -> datetime | None:
    """A random moment within the span; None where nothing waits."""
    return _within(delay(wallet), now=now)


def until(
    wallet: Session, *, now: datetime, ends: datetime, replaces: bytes | None
) -> datetime | None:
    """Until when a permission waits that is made now; None where it goes at once.

    It never waits for more than half of its own time.
    """
    if replaces is not None:
        return None
    return _within(min(delay(wallet), (ends - now) / 2), now=now)


def is_held(moment: float | None, *, now: datetime) -> bool:
    """Whether something waits on purpose until *moment*, in POSIX seconds.

    A clock that was set back holds nothing for longer than anybody could choose.
    """
    if moment is None:
        return False
    return 0 < moment - now.timestamp() <= LONGEST.total_seconds()


def held_until(row: PermissionRow, *, now: datetime) -> datetime | None:
    """Until when a permission waits on purpose; None where it does not."""
    undone = row.ending is None and _SENDING.intersection(row.steps())
    if not undone or row.held_until is None or not is_held(row.held_until, now=now):
        return None
    return from_seconds(int(row.held_until))


def due(row: PermissionRow, *, now: datetime) -> tuple[Step, ...]:
    """The steps of a permission that may be done now."""
    if held_until(row, now=now) is None:
        return row.steps()
    return tuple(step for step in row.steps() if step not in _SENDING)


def release(wallet: Session, leaf: bytes, *, now: datetime) -> None:
    """Let a permission wait no longer.

    Raises:
        UsageError: there is none, or it does not wait on purpose.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None or held_until(row, now=now) is None:
        raise UsageError("this permission does not wait on purpose")
    with wallet.store.transaction():
        grants.note(wallet.store, leaf, held_until=None)


def _within(span: timedelta, *, now: datetime) -> datetime | None:
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return None
    return now + timedelta(seconds=1 + secrets.randbelow(seconds))
