"""States of all entries as the logged changes leave them. PROTOCOL.md 3, "Status"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import State
from wallet.ledger.status import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.server.log.storage import LoggedChange


class States:
    """Two bits an entry, changed in ledger order.

    This ledger appends no leaf twice, so that every entry starts as standing.
    """

    def __init__(self) -> None:
        self._chunks = Chunks()
        self._last: dict[int, int] = {}

    @property
    def chunks(self) -> Chunks:
        """The bits themselves."""
        return self._chunks

    def follow(self, changes: Iterable[LoggedChange]) -> None:
        """Apply changes, in ledger order."""
        for change in changes:
            self.apply(change)

    def apply(self, change: LoggedChange) -> bool:
        """Apply a change whose signature was checked; answer whether it counts."""
        here, last = change.target, self._last.get(change.target, 0)
        self._chunks.grow(max(len(self._chunks), here + 1))
        now = self._chunks.state(here)
        if not counts(now, last, state=change.state, seq=change.seq):
            return False
        self._chunks.put(here, change.state)
        self._last[here] = change.seq
        return True

    def state(self, index: int) -> State:
        """The state of an entry that exists."""
        return State.STANDS if index >= len(self._chunks) else self._chunks.state(index)

    def root(self, covered: int) -> bytes:
        """Root over the chunks of the first *covered* entries: all there are now.

        Raises:
            ValueError: a change of a later entry was applied.
        """
        self._chunks.grow(covered)
        return self._chunks.root()
