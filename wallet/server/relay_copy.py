"""The relay's own copy of a ledger: looked after in the background, read under a lock.

What the network is slow at happens outside the lock, so that a withdrawal never waits
for a ledger that does not answer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.sync import sync
from wallet.ledger.tiles import WIDTH
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

    def look(self) -> None:
        """Fetch what is new, then take it up under the lock.

        Raises:
            UnreachableError: the ledger does not answer.
            LedgerForkedError: it showed another history; the copy remembers.
            RefusedError: what it answered is not its log.
        """
        fetched = _Fetched(self._source, self._replica.size)
        with self._lock:
            answer = sync(self._replica, fetched)
        if answer.reason is not None and answer.reason not in _LAGGING:
            raise RefusedError(answer.reason, "own copy")


class _Fetched:
    """The files a sync will ask for, fetched beforehand; others on demand."""

    def __init__(self, source: Source, before: int) -> None:
        self._source = source
        self._note = source.checkpoint()
        self._bundles: dict[tuple[int, int], bytes] = {}
        size = parse_note(self._note).checkpoint.size
        for n in range(before // WIDTH, -(-size // WIDTH) if size > before else 0):
            width = min(WIDTH, size - n * WIDTH)
            with suppress(TurnedAwayError):  # a partial that is full by now
                self._bundles[n, width] = source.bundle(n, width)

    def checkpoint(self) -> bytes:
        """The note fetched first."""
        return self._note

    def bundle(self, n: int, width: int) -> bytes:
        """A bundle, fetched now only where nobody foresaw it."""
        found = self._bundles.get((n, width))
        return self._source.bundle(n, width) if found is None else found
