"""A replica on its way to a newer checkpoint: bundle by bundle, kept as they come.

Nothing is believed before the whole of it makes up the root that was signed. On a long
way every bundle is judged when it arrives (`Ladder`) and written down at once, past
what the replica's mark covers: whoever is stopped in the middle finds it again, and
judges it again, the next time. A short way is kept in memory until it is judged.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.entry import leaf_hash
from wallet.ledger.ladder import Ladder
from wallet.ledger.merkle import HASH_SIZE, leaf_hashes
from wallet.ledger.status import about_status
from wallet.ledger.tiles import WIDTH
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.edge import Edge, Tile
    from wallet.ledger.ladder import Tiles
    from wallet.ledger.replica_files import ReplicaFiles

ROOT = "checkpoint root"  # the entries are not what was signed, or not all are one
LONG = 64  # bundles: from here on they are judged and kept as they come
_SETTLED = 256  # bundles between two waits for the disk


class Growth:
    """Takes the bundles up to a checkpoint in order; `Replica.commit` ends it."""

    def __init__(
        self, files: ReplicaFiles, edge: Edge, note: bytes, checkpoint: Checkpoint
    ) -> None:
        """Start at the end of *edge*; *note* was judged."""
        self.note, self.checkpoint, self.start = note, checkpoint, len(edge)
        self.edge = edge.copy()
        self.leaves = bytearray()
        self._about = array("Q")
        self._files = files
        self._ladder: Ladder | None = None
        self._held: dict[int, Sequence[bytes]] = {}
        self._above: list[Tile] = []
        self._read: tuple[int, list[bytes]] = (-1, [])

    @property
    def bundles(self) -> range:
        """The numbers of the bundles to take."""
        if self.start == self.checkpoint.size:
            return range(0)
        return range(self.start // WIDTH, -(-self.checkpoint.size // WIDTH))

    def width(self, n: int) -> int:
        """How many entries bundle *n* holds under the checkpoint."""
        return min(WIDTH, self.checkpoint.size - n * WIDTH)

    def look_ahead(self, source: Tiles) -> None:
        """On a long way, learn what every bundle must hash to.

        Raises:
            RefusedError, TurnedAwayError, UnreachableError: as `Ladder`.
        """
        if len(self.bundles) >= LONG:
            self._ladder = Ladder(self.checkpoint, source)

    def find(self, n: int) -> bool:
        """Take bundle *n* from this disk, if it lies there as it must be."""
        if self._ladder is None:
            return False
        try:
            entries = self._files.bundle(n, self.width(n))
        except StoreDamagedError:
            return False
        leaves = leaf_hashes(entries)
        if not self._ladder.holds(n, leaves):
            return False
        self._add(n, entries, leaves)
        self._files.put_tile(0, n, leaves)
        return True

    def take(self, n: int, entries: Sequence[bytes]) -> None:
        """Take bundle *n* as a server gave it.

        Raises:
            RefusedError: ``malformed``: it is not the one that was signed.
        """
        if len(entries) != self.width(n):
            raise RefusedError(Reason.MALFORMED, "entry bundle")
        leaves = leaf_hashes(entries)
        if self._ladder is None:
            self._held[n] = entries
            self._add(n, entries, leaves)
            return
        if not self._ladder.holds(n, leaves):
            raise RefusedError(Reason.MALFORMED, "entry bundle")
        self._add(n, entries, leaves)
        self._files.put_bundle(n, entries)
        self._files.put_tile(0, n, leaves)
        if n % _SETTLED == _SETTLED - 1:
            self._files.settle()

    def finish(self) -> None:
        """Judge the whole, then make it durable.

        Raises:
            RefusedError: ``malformed``: it is not the tree that was signed.
        """
        if len(self.edge) != self.checkpoint.size:
            raise RefusedError(Reason.MALFORMED, "number of entries")
        if self.edge.root() != self.checkpoint.root:
            raise RefusedError(Reason.MALFORMED, ROOT)
        for n, entries in self._held.items():
            self._files.put_bundle(n, entries)
        for tile in self._tiles():
            self._files.put_tile(*tile)
        self._files.settle()

    def about_status(self) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of every new entry that could speak of states."""
        for index in self._about:
            yield index, self.entry(index)

    def hashes(self, first: int, last: int) -> bytearray:
        """The leaf hashes of new entries from *first* to before *last*."""
        low, high = (place - self.start for place in (first, last))
        return self.leaves[low * HASH_SIZE : high * HASH_SIZE]

    def entry(self, index: int) -> bytes:
        """A new entry, out of what was written.

        Raises:
            StoreDamagedError: It is not what was judged.
        """
        n, at = divmod(index, WIDTH)
        if self._read[0] != n:
            self._read = (n, self._files.bundle(n, self.width(n)))
        entry, place = self._read[1][at], (index - self.start) * HASH_SIZE
        if leaf_hash(entry) != self.leaves[place : place + HASH_SIZE]:
            raise StoreDamagedError("replica bundle")
        return entry

    def _add(self, n: int, entries: Sequence[bytes], leaves: list[bytes]) -> None:
        skipped = len(self.edge) - n * WIDTH
        if not 0 <= skipped <= len(leaves):
            raise ValueError("bundles are taken in order")
        if leaves[:skipped] != list(self.edge.row(0)):
            # Signed as well, or altered on the way: not what this copy began with.
            raise RefusedError(Reason.MALFORMED, ROOT)
        fresh = leaves[skipped:]
        self._above += self.edge.append(fresh)
        self.leaves += b"".join(fresh)
        for at, entry in enumerate(entries[skipped:], n * WIDTH + skipped):
            if about_status(entry):
                self._about.append(at)

    def _tiles(self) -> Iterator[Tile]:
        """What the new entries filled or widened, but for what was written already."""
        size = self.checkpoint.size
        for tile in (*self._above, *self.edge.partials()):
            same = self.start >> 8 * tile.level == size >> 8 * tile.level
            if not same and (tile.level or self._ladder is None):
                yield tile
