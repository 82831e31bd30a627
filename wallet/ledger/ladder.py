"""The roots of all bundles of an offered tree, held against its signed root.

With them every entry bundle can be judged the moment it arrives, and one that lies on
this disk already need not be fetched again. They are the level-1 tiles: one hash for
256 entries (C2SP tlog-tiles).
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from wallet.errors import RefusedError
from wallet.ledger.edge import Edge, join, peaks, split
from wallet.ledger.merkle import root
from wallet.ledger.tiles import WIDTH
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.checkpoint import Checkpoint


class Tiles(Protocol):
    """Where hash tiles are read."""

    def tile(self, level: int, n: int, width: int) -> bytes:
        """Hashes of tile *n* of a level."""


class Ladder:
    """What each bundle of a checkpoint must hash to."""

    def __init__(self, checkpoint: Checkpoint, source: Tiles) -> None:
        """Read the level-1 tiles and the tail of level 0 of *checkpoint*.

        Raises:
            RefusedError: ``malformed``: they do not make up its root.
            TurnedAwayError, UnreachableError: as the source.
        """
        blocks, rest = divmod(checkpoint.size, WIDTH)
        self._roots: list[bytes] = []
        for n in range(-(-blocks // WIDTH)):
            width = min(WIDTH, blocks - n * WIDTH)
            self._roots += split(source.tile(1, n, width), width)
        self._tail = split(source.tile(0, blocks, rest), rest) if rest else []
        above = Edge()
        above.append(self._roots)
        if join(chain(peaks(self._tail), above.peaks())) != checkpoint.root:
            raise RefusedError(Reason.MALFORMED, "hash tiles")

    def holds(self, n: int, leaves: Sequence[bytes]) -> bool:
        """Whether *leaves* are the leaf hashes of bundle *n*, all of them."""
        if n < len(self._roots):
            return len(leaves) == WIDTH and root(leaves) == self._roots[n]
        return n == len(self._roots) and list(leaves) == self._tail
