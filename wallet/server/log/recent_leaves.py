"""The newest leaf hashes, in memory until they go into the table of leaves in order.

A hash is as good as random: written down alone, each costs a page of a large table,
and a page costs more than the entry. So the newest wait here and go by their first
byte, one value after another, all that begin with it at once: neighbours in the table
share their pages. Nothing is lost with the memory: a hash stands in its tile as soon as
its entry does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import StoreDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 32_768  # hashes that wait, about; some 6 MB
_BYTES = 256  # values of a first byte
_AT_ONCE = 4  # of them in one commit, so that none takes long


class Due(NamedTuple):
    """What one commit moves into the table: *rows* by hash, then all below *listed*.

    *firsts* are the first bytes of the rows, *sweep* is where the next round began.
    """

    firsts: Sequence[int]
    rows: Sequence[tuple[bytes, int]]
    listed: int
    sweep: int


class RecentLeaves:
    """Where leaves stand that the table does not know yet; one writes, any may look.

    Whoever looks here first and in the table afterwards misses none that was durable.
    """

    def __init__(self, *, listed: int, size: int, tail: Iterable[bytes]) -> None:
        """*tail* are the hashes from index *listed* to before *size*.

        A round that was interrupted begins again: what stands in both places stands
        there with the same index.
        """
        self._waiting: list[dict[bytes, int]] = [{} for _ in range(_BYTES)]
        self._count, self._next, self.end = 0, 0, listed
        self._listed, self._sweep = listed, size
        self.add([*tail])
        self._whole = self.end == size

    def find(self, leaves: Iterable[bytes]) -> dict[bytes, int]:
        """Where those of these stand that wait here.

        Raises:
            StoreDamagedError: the tiles did not say all that came lately.
        """
        if not self._whole:
            raise StoreDamagedError("a tile is not as long as the log")
        waiting = self._waiting
        return {
            leaf: waiting[leaf[0]][leaf] for leaf in leaves if leaf in waiting[leaf[0]]
        }

    def add(self, leaves: Sequence[bytes]) -> None:
        """Remember leaves that are durable, from index *end* on."""
        waiting = self._waiting
        for index, leaf in enumerate(leaves, self.end):
            waiting[leaf[0]][leaf] = index
        self._count += len(leaves)
        self.end += len(leaves)

    def due(self, adding: int) -> Due:
        """What to move so that there is room for *adding* more.

        After a whole round all that was there at its beginning stands in the table.
        Whoever makes hashes of one first byte only makes one commit a little longer.
        """
        firsts: list[int] = []
        rows: list[tuple[bytes, int]] = []
        here, listed, sweep = self._next, self._listed, self._sweep
        while len(firsts) < _AT_ONCE and self._count + adding - len(rows) > MOST:
            firsts.append(here)
            rows += sorted(self._waiting[here].items())
            here = (here + 1) % _BYTES
            if here == 0:
                listed, sweep = sweep, self.end
        return Due(firsts, rows, listed, sweep)

    def moved(self, due: Due) -> None:
        """Forget what is durable in the table now."""
        for first in due.firsts:
            self._waiting[first] = {}
        self._count -= len(due.rows)
        self._listed, self._sweep = due.listed, due.sweep
        if due.firsts:
            self._next = (due.firsts[-1] + 1) % _BYTES
