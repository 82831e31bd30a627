"""States of all entries as the logged changes leave them. PROTOCOL.md 3, "Status"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import State

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

    def follow(self, changes: Iterable[LoggedChange]) -> None:
        """Apply changes, in ledger order."""
        for change in changes:
            self.apply(change)

    def apply(self, change: LoggedChange) -> None:
        """Apply a change whose signature was checked against its target."""
        here, last = change.target, self._last.get(change.target, 0)
        self._chunks.grow(max(len(self._chunks), here + 1))
        if self._chunks.state(here) is State.ENDED:
            return
        match change.state:
            case State.ENDED:
                self._chunks.put(here, State.ENDED)
            case State.HELD if change.seq >= last:
                self._chunks.put(here, State.HELD)
                self._last[here] = change.seq
            case State.STANDS if change.seq > last:
                self._chunks.put(here, State.STANDS)
                self._last[here] = change.seq
            case _:
                pass

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
