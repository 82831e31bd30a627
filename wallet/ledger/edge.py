"""The right edge of a tiled tree: of every level, the tile that is not full yet.

Whoever holds it can append leaves and tell the root; everything left of it is full
tiles that never change again. C2SP tlog-tiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import RefusedError
from wallet.ledger.merkle import EMPTY_ROOT, HASH_SIZE, node_hash, root
from wallet.ledger.tiles import WIDTH
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Tile(NamedTuple):
    """Hashes of one level: full, or as wide as they go so far."""

    level: int
    n: int
    hashes: list[bytes]


class Edge:
    """Appends leaf hashes and tells the root; holds under 256 hashes a level."""

    def __init__(self) -> None:
        """Start with the empty tree."""
        self._rows: list[list[bytes]] = [[]]
        self._size = 0

    @classmethod
    def load(cls, size: int, tile: Callable[[int, int, int], bytes]) -> Edge:
        """The edge of a tree of *size* out of its partial tiles (level, n, width).

        Raises:
            RefusedError: ``malformed``: a tile is not as wide as it must be. Whether
                they are the right ones, only `root` can tell.
        """
        edge, count = cls(), size
        rows: list[list[bytes]] = []
        while count or not rows:
            n, width = divmod(count, WIDTH)
            rows.append(split(tile(len(rows), n, width), width) if width else [])
            count = n
        edge._rows, edge._size = rows, size
        return edge

    def copy(self) -> Edge:
        """Another one that grows by itself."""
        other = Edge()
        other._rows, other._size = [row[:] for row in self._rows], self._size
        return other

    def __len__(self) -> int:
        """How many leaves there are."""
        return self._size

    def row(self, level: int) -> Sequence[bytes]:
        """The hashes of a level's unfinished tile."""
        return self._rows[level] if level < len(self._rows) else ()

    def append(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Take more leaf hashes; every tile they fill, below before above."""
        full: list[Tile] = []
        at = 0
        while at < len(leaves):
            room = WIDTH - len(self._rows[0])
            part = leaves[at : at + room]
            self._rows[0] += part
            self._size += len(part)
            at += len(part)
            self._carry(full)
        return full

    def partials(self) -> list[Tile]:
        """The unfinished tiles that hold anything."""
        return [
            Tile(level, self._size >> 8 * (level + 1), list(row))
            for level, row in enumerate(self._rows)
            if row
        ]

    def peaks(self) -> Iterator[bytes]:
        """Roots of the perfect subtrees the tree falls into, smallest first."""
        for row in self._rows:
            yield from peaks(row)

    def root(self) -> bytes:
        """RFC 6962 root of all leaves."""
        return join(self.peaks())

    def _carry(self, full: list[Tile]) -> None:
        level = 0
        while len(self._rows[level]) == WIDTH:
            row, self._rows[level] = self._rows[level], []
            full.append(Tile(level, (self._size >> 8 * (level + 1)) - 1, row))
            level += 1
            if level == len(self._rows):
                self._rows.append([])
            self._rows[level].append(root(row))


def peaks(hashes: Sequence[bytes]) -> Iterator[bytes]:
    """Roots of the perfect subtrees over under 256 hashes, smallest first."""
    end = len(hashes)
    while end:
        width = end & -end
        yield root(hashes[end - width : end])
        end -= width


def join(found: Iterable[bytes]) -> bytes:
    """RFC 6962 root over perfect subtrees, smallest first."""
    value: bytes | None = None
    for peak in found:
        value = peak if value is None else node_hash(peak, value)
    return EMPTY_ROOT if value is None else value


def split(data: bytes, width: int) -> list[bytes]:
    """The *width* hashes of a tile.

    Raises:
        RefusedError: ``malformed``: it holds more or less.
    """
    if len(data) != width * HASH_SIZE:
        raise RefusedError(Reason.MALFORMED, "hash tile")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
