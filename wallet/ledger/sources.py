"""Several places that serve one log: its own server, then mirrors. PROTOCOL.md 9.

None of them is believed more than another: whatever one of them serves must fit the
checkpoint that a quorum signed, and two such checkpoints must fit each other.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    WalletError,
)
from wallet.ledger.sync import SyncAnswer, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.ledger.replica import Replica
    from wallet.ledger.sync import Source

_S = TypeVar("_S", bound="Source")


def origin_hash(origin: str) -> str:
    """The place of a log below a witness's or mirror's prefix: hex(SHA-256(origin))."""
    return hashlib.sha256(origin.encode()).hexdigest()


def mirror_prefix(url: str, origin: str) -> str:
    """Where a mirror serves the files of *origin* (C2SP tlog-mirror)."""
    return f"{url.rstrip('/')}/{origin_hash(origin)}"


def sync_any(
    replica: Replica,
    sources: Sequence[_S],
    *,
    away: set[_S] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SyncAnswer:
    """Bring a copy up to date from the first source that can.

    A source that is away, behind this copy, or shows what no quorum signed is passed
    over. Where none could, the first one's answer or fault stands. Who does not answer
    at all is put into *away*, and not asked if it stands there already.

    Raises:
        LedgerForkedError: one shows another history under quorum; the copy remembers,
            and no further source makes that undone.
        RefusedError, TurnedAwayError, UnreachableError: as the first source.
        CancelledError: *cancelled* said so.
    """
    answers: list[SyncAnswer] = []
    faults: list[WalletError] = []
    for source in sources:
        if away is not None and source in away:
            continue
        try:
            answer = sync(replica, source, progress=progress, cancelled=cancelled)
        except LedgerForkedError:
            raise
        except (RefusedError, TurnedAwayError, UnreachableError) as fault:
            faults.append(fault)
            if away is not None and isinstance(fault, UnreachableError):
                away.add(source)
            continue
        if answer.reason is None:
            return answer
        answers.append(answer)
    if answers:
        return answers[0]
    raise faults[0] if faults else UnreachableError("ledger", "nobody is left to ask")
