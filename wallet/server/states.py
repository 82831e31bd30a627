"""States of all entries as the logged changes leave them. PROTOCOL.md 3, "Status"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.entry import State
from wallet.ledger.merkle import leaf_hash, root

if TYPE_CHECKING:
    from wallet.ledger.entry import StatusChange

CHUNK = 256
_BYTES = CHUNK // 4


class States:
    """Two bits an entry, changed in ledger order.

    This ledger appends no leaf twice, so that every entry starts as standing.
    """

    def __init__(self) -> None:
        self._not_standing: dict[int, State] = {}
        self._last: dict[int, int] = {}

    def apply(self, change: StatusChange) -> None:
        """Apply a change whose signature was checked against its target."""
        here, last = change.index, self._last.get(change.index, 0)
        if self._not_standing.get(here) is State.ENDED:
            return
        match change.state:
            case State.ENDED:
                self._not_standing[here] = State.ENDED
            case State.HELD if change.seq >= last:
                self._not_standing[here] = State.HELD
                self._last[here] = change.seq
            case State.STANDS if change.seq > last:
                self._not_standing.pop(here, None)
                self._last[here] = change.seq
            case _:
                pass

    def state(self, index: int) -> State:
        """The state of an entry that exists."""
        return self._not_standing.get(index, State.STANDS)

    def root(self, covered: int) -> bytes:
        """Root over the chunks of the first *covered* entries."""
        count = -(-covered // CHUNK)
        whole = bytearray(_BYTES * count)
        for index, state in self._not_standing.items():
            if index < covered:
                whole[index // 4] |= state << 2 * (index % 4)
        for index in range(covered, CHUNK * count):
            whole[index // 4] |= State.UNKNOWN << 2 * (index % 4)
        cut = range(0, len(whole), _BYTES)
        return root([leaf_hash(bytes(whole[at : at + _BYTES])) for at in cut])
