"""Two bits an entry, in chunks under one root; only what changed is hashed again.

PROTOCOL.md 3: as in the IETF Token Status List, least significant bits first, 256
entries a chunk of 64 bytes; slots at or past the size are 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.entry import State
from wallet.ledger.merkle import leaf_hash
from wallet.ledger.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

CHUNK = 64
PER_CHUNK = 256
_PER_BYTE = 4
_UNKNOWN = b"\xff" * CHUNK


def chunk_count(size: int) -> int:
    """How many chunks *size* entries need."""
    return -(-size // PER_CHUNK)


def state_in(chunk: bytes, slot: int) -> State:
    """The state in one of the 256 slots of a chunk."""
    return State(chunk[slot // _PER_BYTE] >> 2 * (slot % _PER_BYTE) & 0b11)


class Chunks:
    """The states of the first entries of a log, every new one standing."""

    def __init__(self) -> None:
        """Start with none."""
        self._bits = bytearray()
        self._size = 0
        self._dirty: set[int] = set()
        self._tree = Tree()

    @classmethod
    def of(cls, packed: bytes, *, size: int) -> Self:
        """Take up *packed*, all chunks of *size* entries.

        Raises:
            ValueError: It is not as long as that, or a slot past the size is not 3.
        """
        made = cls()
        made.grow(size)
        if len(packed) != len(made._bits):
            raise ValueError("not as many chunks as entries need")
        made._bits[:] = packed
        last = max(size - 1, 0) // PER_CHUNK
        if packed and made._cut(last, size) != packed[last * CHUNK :]:
            raise ValueError("a slot past the size is not 3")
        return made

    def __len__(self) -> int:
        """How many entries are covered."""
        return self._size

    def grow(self, size: int) -> None:
        """Cover *size* entries.

        Raises:
            ValueError: more are covered already.
        """
        if size < self._size:
            raise ValueError("a log does not shrink")
        while self._size < size:
            at, chunk = self._size, self._size // PER_CHUNK
            self._size = min(size, (chunk + 1) * PER_CHUNK)
            if self._size - at == PER_CHUNK:
                self._bits += bytes(CHUNK)
                continue
            if at % PER_CHUNK == 0:
                self._bits += _UNKNOWN
            for index in range(at, self._size):
                self.put(index, State.STANDS)

    def put(self, index: int, state: State) -> None:
        """Write the state of a covered entry."""
        if not 0 <= index < self._size:
            raise ValueError("no such entry")
        byte, shift = index // _PER_BYTE, 2 * (index % _PER_BYTE)
        kept = self._bits[byte] & ~(0b11 << shift)
        self._bits[byte] = kept | state << shift
        self._dirty.add(index // PER_CHUNK)

    def state(self, index: int) -> State:
        """The state of an entry; past the size it cannot be told."""
        if not 0 <= index < self._size:
            return State.UNKNOWN
        byte, shift = index // _PER_BYTE, 2 * (index % _PER_BYTE)
        return State(self._bits[byte] >> shift & 0b11)

    @property
    def packed(self) -> bytes:
        """All chunks, one after the other."""
        return bytes(self._bits)

    def chunk(self, n: int) -> bytes:
        """The 64 bytes of chunk *n*.

        Raises:
            ValueError: There is no such chunk.
        """
        if not 0 <= n < len(self._bits) // CHUNK:
            raise ValueError("no such chunk")
        return bytes(self._bits[n * CHUNK : (n + 1) * CHUNK])

    def proof(self, n: int, *, size: int) -> tuple[bytes, list[bytes]]:
        """Chunk *n* and its path to the root as it was over *size* entries.

        Only for a size after which no state below it has changed, as the size that
        the newest root entry covers, where that entry is the last.

        Raises:
            ValueError: There was no such chunk.
        """
        self.root()
        count = chunk_count(min(size, self._size))
        if not 0 <= n < count:
            raise ValueError("no such chunk")
        last = count - 1
        cut, now = self._cut(last, size), self._tree.leaves[last]
        self._tree.replace({last: leaf_hash(cut)})
        try:
            path = self._tree.inclusion(n, count)
        finally:
            self._tree.replace({last: now})
        return (cut if n == last else self.chunk(n)), path

    def nodes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Roots of complete subtrees of 2^level chunks, as `Tree.nodes`."""
        self.root()
        return self._tree.nodes(level, start, end)

    def root(self) -> bytes:
        """RFC 6962 root over the chunks."""
        known = len(self._tree)
        changed = sorted(self._dirty)
        self._tree.replace({n: self._leaf(n) for n in changed if n < known})
        self._tree.extend(self._new_leaves(known))
        self._dirty.clear()
        return self._tree.root()

    def _cut(self, n: int, size: int) -> bytes:
        """Chunk *n* with every slot from *size* on set to 3."""
        chunk = bytearray(self._bits[n * CHUNK : (n + 1) * CHUNK])
        whole, rest = divmod(max(size - n * PER_CHUNK, 0), _PER_BYTE)
        if whole < CHUNK:
            chunk[whole] |= 0xFF << 2 * rest & 0xFF
            chunk[whole + 1 :] = b"\xff" * (CHUNK - whole - 1)
        return bytes(chunk)

    def _new_leaves(self, known: int) -> Iterator[bytes]:
        for n in range(known, len(self._bits) // CHUNK):
            yield self._leaf(n)

    def _leaf(self, n: int) -> bytes:
        return leaf_hash(bytes(self._bits[n * CHUNK : (n + 1) * CHUNK]))
