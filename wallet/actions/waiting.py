"""Put an entry into the ledger and wait until a quorum checkpoint covers it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import (
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

    Raises:
        UnreachableError: the ledger does not answer, or does not take the entry.
        RefusedError: ``not_in_copy``: not covered in time; ``ledger_forked``.
    """
    try:
        ledgers.submit(origin, entry)
    except TurnedAwayError as turned:
        raise UnreachableError("ledger", turned.detail) from turned
    leaf, deadline = leaf_hash(entry), waiting.deadline()
    while True:
        try:
            ledgers.sync()
        except LedgerForkedError:
            raise RefusedError(Reason.LEDGER_FORKED, "ledger") from None
        view = ledgers.view(origin)
        index = None if view is None else view.first_index(leaf)
        if view is not None and index is not None and index < view.size:
            return Logged(view=view, index=index)
        if waiting.is_over(deadline):
            raise RefusedError(Reason.NOT_IN_COPY, "entry not covered in time")
        waiting.pause()
