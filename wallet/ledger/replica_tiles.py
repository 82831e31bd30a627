"""The tiles of a replica, read from its folder and held against the root it trusts."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.edge import Edge, split
from wallet.ledger.merkle import root
from wallet.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from wallet.ledger.replica_files import ReplicaFiles

_KEPT = 256  # tiles in memory, 20 kB each


class ReplicaTiles:
    """Every tile under one root; each is hashed when it is read, never believed."""

    def __init__(self, files: ReplicaFiles, edge: Edge) -> None:
        """*edge* is the right edge of the tree, whose root was judged."""
        self._files, self._edge = files, edge
        self._known: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    @classmethod
    def open(cls, files: ReplicaFiles, *, size: int, trusted: bytes) -> ReplicaTiles:
        """The tiles of a tree of *size* under the root *trusted*.

        Raises:
            StoreDamagedError: They do not lead to it.
        """
        try:
            edge = Edge.load(size, files.tile)
        except RefusedError:
            raise StoreDamagedError("replica tile") from None
        if edge.root() != trusted:
            raise StoreDamagedError("replica root")
        return cls(files, edge)

    @property
    def edge(self) -> Edge:
        """The right edge; not to be changed."""
        return self._edge

    def keep_known(self, earlier: ReplicaTiles) -> None:
        """Take over the full tiles an earlier, smaller tree has judged."""
        self._known = earlier._known

    def hashes(self, level: int, n: int) -> list[bytes]:
        """The hashes of a tile, as far as they go.

        Raises:
            ValueError: There is no such tile.
            StoreDamagedError: It is not what its root covers.
        """
        count = len(self._edge) >> 8 * level
        if n == count // WIDTH:
            return list(self._edge.row(level))
        if not 0 <= n < count // WIDTH:
            raise ValueError("no such tile")
        known = self._known.get((level, n))
        if known is None:
            known = self.read(level, n)
            self._known[level, n] = known
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known

    def read(self, level: int, n: int) -> list[bytes]:
        """A full tile, read and judged without being kept in memory."""
        found = split(self._files.tile(level, n, WIDTH), WIDTH)
        if root(found) != self.hashes(level + 1, n // WIDTH)[n % WIDTH]:
            raise StoreDamagedError("replica tile")
        return found

    def tile(self, level: int, n: int) -> bytes:
        """The same as bytes."""
        return b"".join(self.hashes(level, n))

    def leaves(self) -> bytearray:
        """All leaf hashes, one after another."""
        found = bytearray()
        for n in range(len(self._edge) // WIDTH):
            found += b"".join(self.read(0, n))
        return found + b"".join(self._edge.row(0))
