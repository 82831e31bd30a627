"""Roots and proofs of a tree of any size, read from its hash tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.merkle import (
    EMPTY_ROOT,
    node_hash,
    root,
    split_point,
)
from wallet.ledger.proving import prove_consistency, prove_inclusion

if TYPE_CHECKING:
    from collections.abc import Callable

_HEIGHT = 8
_HASH = 32


class TileTree:
    """A tree over tiles; sizes asked about must be covered by them."""

    def __init__(self, tile: Callable[[int, int], bytes]) -> None:
        """*tile* answers the hashes of (level, n), whole or as far as they go."""
        self._tile = tile

    def root(self, size: int) -> bytes:
        """Root of the first *size* leaves."""
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Path of a leaf, leaf side first (RFC 6962 2.1.1)."""
        return prove_inclusion(index, size, self._range)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Proof that *old* leaves are a prefix of *new* (RFC 6962 2.1.2)."""
        return prove_consistency(old, new, self._range)

    def subtree(self, low: int, high: int) -> bytes:
        """Root over the leaves from *low* to before *high*, one node of the tree."""
        return self._range(low, high)

    def _range(self, low: int, high: int) -> bytes:
        width = high - low
        if width & (width - 1):
            middle = low + split_point(width)
            return node_hash(self._range(low, middle), self._range(middle, high))
        level, rest = divmod(width.bit_length() - 1, _HEIGHT)
        n, place = divmod(low >> _HEIGHT * level, 1 << _HEIGHT)
        data = self._tile(level, n)
        hashes = [
            data[at * _HASH : (at + 1) * _HASH]
            for at in range(place, place + (1 << rest))
        ]
        if len(hashes[-1]) != _HASH:
            raise StoreDamagedError("tiles do not reach this far")
        return root(hashes)
