"""The tiles of a replica, read from its folder and held against the root it trusts."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.edge import Edge, split
from wallet.ledger.judged_blocks import LEAVES
from wallet.ledger.merkle import HASH_SIZE, root
from wallet.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from wallet.ledger.leaf_index import Hashes
    from wallet.ledger.replica_files import ReplicaFiles

_KEPT = 256  # tiles in memory, 20 kB each
_TILE = WIDTH * HASH_SIZE  # bytes


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
        return self._judged(level, n, self._files.tile(level, n, WIDTH))

    def tile(self, level: int, n: int) -> bytes:
        """The same as bytes."""
        return b"".join(self.hashes(level, n))

    def leaves(self) -> bytearray:
        """All leaf hashes, one after another; what was judged before, by its digest.

        Raises:
            StoreDamagedError: They are not what the root covers.
        """
        found, blocks = bytearray(), self._files.blocks
        whole = len(self._edge) // LEAVES
        for n in range(whole):
            data = self._raw(n * WIDTH, (n + 1) * WIDTH)
            root_of = self.hashes(2, n // WIDTH)[n % WIDTH]
            self.hashes(
                1, n
            )  # 255 hashes a run: what lies between is judged all the same
            if not blocks.knows(n, data, root_of):
                self._judge_run(n, data)
                blocks.learn(n, data, root_of)
            found += data
        for n in range(whole * WIDTH, len(self._edge) // WIDTH):
            found += b"".join(self.read(0, n))
        blocks.save()
        return found + b"".join(self._edge.row(0))

    def learn(self, leaves: Hashes, *, since: int) -> None:
        """Remember the runs that all *leaves*, judged already, filled after *since*."""
        blocks = self._files.blocks
        for n in range(since // LEAVES, len(self._edge) // LEAVES):
            data = leaves.part(n * LEAVES, (n + 1) * LEAVES)
            blocks.learn(n, data, self.hashes(2, n // WIDTH)[n % WIDTH])
        blocks.save()

    def _judged(self, level: int, n: int, data: bytes) -> list[bytes]:
        found = split(data, WIDTH)
        if root(found) != self.hashes(level + 1, n // WIDTH)[n % WIDTH]:
            raise StoreDamagedError("replica tile")
        return found

    def _judge_run(self, n: int, data: bytes) -> None:
        for at in range(WIDTH):
            tile = data[at * _TILE : (at + 1) * _TILE]
            self._judged(0, n * WIDTH + at, tile)

    def _raw(self, first: int, last: int) -> bytes:
        return b"".join(self._files.tile(0, n, WIDTH) for n in range(first, last))
