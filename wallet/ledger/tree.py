"""A growing Merkle tree that keeps its complete subtrees, so that proofs are quick."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from wallet.ledger.merkle import (
    EMPTY_ROOT,
    node_hash,
    split_point,
)
from wallet.ledger.proving import prove_consistency, prove_inclusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Tree:
    """RFC 6962 roots and proofs of every size up to the present one."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Start with *leaves*."""
        self._levels: list[list[bytes]] = [[]]
        self.extend(leaves)

    def __len__(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    @property
    def leaves(self) -> Sequence[bytes]:
        """The leaf hashes."""
        return self._levels[0]

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Roots *start* to before *end* of the complete subtrees of 2^level leaves.

        As many of them as there are.
        """
        here = self._levels[level] if level < len(self._levels) else []
        return here[start:end]

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes, and every subtree they complete."""
        self._levels[0].extend(leaves)
        level = 0
        while len(self._levels[level]) > 1:
            if level + 1 == len(self._levels):
                self._levels.append([])
            below, here = self._levels[level], self._levels[level + 1]
            fresh = 2 * len(here)
            here.extend(map(node_hash, below[fresh::2], below[fresh + 1 :: 2]))
            level += 1

    def replace(self, leaves: Mapping[int, bytes]) -> None:
        """Put other hashes in the place of leaves, and hash again what they are under.

        Only for trees over what may change, as states do: never for a log.
        """
        for n, leaf in leaves.items():
            self._levels[0][n] = leaf
        touched = set(leaves)
        for below, here in pairwise(self._levels):
            touched = {n // 2 for n in touched if n // 2 < len(here)}
            for n in touched:
                here[n] = node_hash(below[2 * n], below[2 * n + 1])

    def cut(self, size: int) -> None:
        """Forget every leaf from *size* on."""
        for level, nodes in enumerate(self._levels):
            del nodes[size >> level :]

    def root(self, size: int | None = None) -> bytes:
        """Root of the first *size* leaves."""
        size = self._within(size)
        return EMPTY_ROOT if size == 0 else self._node(0, size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Path of a leaf, leaf side first (RFC 6962 2.1.1).

        Raises:
            ValueError: There is no such leaf below *size*.
        """
        size = self._within(size)
        return prove_inclusion(index, size, self._node)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the first *old* leaves lie in the first *new* (RFC 6962 2.1.2).

        Raises:
            ValueError: There is no proof between these sizes.
        """
        new = self._within(new)
        return prove_consistency(old, new, self._node)

    def _within(self, size: int | None) -> int:
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise ValueError("no such tree size")
        return size

    def _node(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + split_point(width)
        return node_hash(self._node(start, middle), self._node(middle, end))
