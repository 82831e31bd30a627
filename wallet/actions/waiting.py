"""Put an entry into the ledger and wait until a quorum checkpoint covers it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import (
    BusyError,
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.ledger.entry import leaf_hash
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.actions.network import Ledgers, View

_TRIES = 3  # of a ledger that says nothing at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The clock, the pause between two looks, and how many seconds to be patient."""

    patience: float = 30.0
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    pause: Callable[[], None] = field(default=lambda: time.sleep(0.2))

    def deadline(self) -> float:
        """When patience ends."""
        return self.clock().timestamp() + self.patience

    def is_over(self, deadline: float) -> bool:
        """Whether it has ended."""
        return self.clock().timestamp() >= deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Where an entry stands, in a copy whose quorum checkpoint covers it."""

    view: View
    index: int


def log_entry(
    ledgers: Ledgers, *, origin: str, entry: bytes, waiting: Waiting
) -> Logged:
    """Submit *entry* and wait until a quorum checkpoint covers it.

    A ledger that is busy, or falls silent once it has the entry, is asked again as
    long as there is patience: what it has answered stands, and keeps its index.

    Raises:
        UnreachableError: the ledger does not answer, or does not take the entry.
        RefusedError: ``not_in_copy``: not covered in time; ``ledger_forked``.
    """
    deadline = waiting.deadline()
    _submit(ledgers, origin=origin, entry=entry, waiting=waiting, deadline=deadline)
    leaf = leaf_hash(entry)
    while True:
        away = _sync(ledgers)
        view = ledgers.view(origin)
        index = None if view is None else view.first_index(leaf)
        if view is not None and index is not None and index < view.size:
            return Logged(view=view, index=index)
        if waiting.is_over(deadline):
            raise away or RefusedError(Reason.NOT_IN_COPY, "entry not covered in time")
        waiting.pause()


def _submit(
    ledgers: Ledgers, *, origin: str, entry: bytes, waiting: Waiting, deadline: float
) -> None:
    silent = 0
    while True:
        try:
            ledgers.submit(origin, entry)
        except BusyError:
            if waiting.is_over(deadline):
                raise
        except UnreachableError:
            silent += 1
            if silent == _TRIES:
                raise
        except TurnedAwayError as turned:
            raise UnreachableError("ledger", turned.detail) from turned
        else:
            return
        waiting.pause()


def _sync(ledgers: Ledgers) -> UnreachableError | None:
    """Look what is new; why that cannot be told just now."""
    try:
        ledgers.sync()
    except UnreachableError as away:
        return away
    except LedgerForkedError:
        raise RefusedError(Reason.LEDGER_FORKED, "ledger") from None
    return None
