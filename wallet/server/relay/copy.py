"""The relay's own copy of a ledger: looked after in the background, read under a lock.

What the network is slow at happens outside the lock, so that a withdrawal never waits
for a ledger that does not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.sync import take_up
from wallet.server.relay.rules import check_proof
from wallet.verdict import Reason

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from wallet.ledger.entry import State
    from wallet.ledger.replica import Replica
    from wallet.ledger.sync import Source

_LAGGING = (Reason.NO_QUORUM, Reason.COPY_TOO_OLD)


class RelayCopy:
    """A `Replica` that several threads may ask."""

    def __init__(
        self, replica: Replica, source: Source, lock: AbstractContextManager[object]
    ) -> None:
        """*lock* is the one the relay decides under."""
        self._replica = replica
        self._source = source
        self._lock = lock

    @property
    def origin(self) -> str:
        """Its log."""
        return self._replica.origin

    @property
    def size(self) -> int:
        """Entries under the newest quorum checkpoint."""
        return self._replica.size

    @property
    def note(self) -> bytes | None:
        """The signed checkpoint it stands on, which is public."""
        return self._replica.note

    @property
    def quorum_time(self) -> datetime | None:
        """Time of that checkpoint."""
        return self._replica.quorum_time

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""
        return self._replica.is_forked

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash."""
        return self._replica.first_index(leaf)

    def state(self, index: int) -> State:
        """What the entries read so far leave an entry in."""
        return self._replica.state(index)

    def check_proof(self, data: bytes, *, leaf: bytes) -> int:
        """The index at which a quorum checkpoint of this log shows *leaf*.

        A checkpoint that contradicts this copy is another history; it is remembered.

        Raises:
            RefusedError: ``release_refused``, or ``ledger_forked``.
        """
        policy = self._replica.policy
        read = check_proof(data, leaf=leaf, policy=policy, origin=self.origin)
        if read.note.checkpoint.size <= self.size:
            try:
                self._replica.check(read.note.raw)
            except LedgerForkedError:
                raise RefusedError(Reason.LEDGER_FORKED, "receipt proof") from None
            except RefusedError:
                return read.index  # an older checkpoint is no fault
        return read.index

    def look(self) -> None:
        """Fetch what is new, then take it up under the lock.

        Raises:
            UnreachableError: the ledger does not answer.
            LedgerForkedError: it showed another history; the copy remembers.
            RefusedError: what it answered is not its log.
        """
        answer = take_up(
            self._replica, self._source.checkpoint(), self._source, lock=self._lock
        )
        if answer.reason is not None and answer.reason not in _LAGGING:
            raise RefusedError(answer.reason, "own copy")
