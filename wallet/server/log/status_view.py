"""What the newest published status root covers: all that is served of the states.

A front end needs no table for it. It follows the logged changes up to the covered size
and holds its own root against the logged one before it serves anything.
"""

from __future__ import annotations

import logging
import threading
import zlib
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger import proof
from wallet.ledger.bundle import thin_note, write_bundle
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.chunks import PER_CHUNK, chunk_count
from wallet.ledger.status_delta import Delta, encode_delta
from wallet.ledger.status_root import read_status_root
from wallet.ledger.tiles import HEIGHT, WIDTH, encode_bundle
from wallet.server.log.states import States
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.ledger.checkpoint import Checkpoint, Note
    from wallet.ledger.policy import Policy
    from wallet.server.log.storage import Storage

_LOG = logging.getLogger(__name__)
_MOST_CHANGED = 1 << 17  # named in a delta: past that the vector is the shorter way
_SMALL = 1 << 20  # bytes of a vector that are packed as well as can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """One published checkpoint and the root entry that is its last."""

    note: Note
    root_entry: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """What was signed."""
        return self.note.checkpoint

    @property
    def epoch(self) -> int:
        """The size that the root covers, which is the index of its entry."""
        return self.checkpoint.size - 1


class StatusView:
    """The states under the newest published root; safe from many threads."""

    def __init__(self, storage: Storage, *, policy: Policy) -> None:
        """*policy* says whose lines a stapled bundle carries."""
        self._storage, self._policy = storage, policy
        self._lock = threading.Lock()
        self._under: Under | None = None
        self._doubted = b""
        self._deflated: tuple[int, bytes] = (-1, b"")
        self._begin()

    def head(self) -> tuple[int, bytes]:
        """The epoch, and a tlog-proof of its root entry with the entry as extra."""
        with self._lock:
            under = self._newest()
        return under.epoch, self._proof(under, under.epoch, extra=under.root_entry)

    def vector(self) -> tuple[int, bytes]:
        """The epoch, and all its chunks."""
        with self._lock:
            return self._newest().epoch, self._states.chunks.packed

    def deflated(self) -> tuple[int, bytes]:
        """The epoch, and all its chunks as one zlib stream; made once an epoch."""
        epoch, packed = self.vector()
        kept = self._deflated
        if kept[0] != epoch:
            # At 1 % ended a sixth less, for ten times the work.
            level = 9 if len(packed) <= _SMALL else 6
            self._deflated = kept = epoch, zlib.compress(packed, level)
        return kept

    def delta(self, since: int) -> tuple[int, bytes]:
        """The epoch, and what changed since an older one.

        Raises:
            TurnedAwayError: 404, there is no such epoch; 410, too much has changed.
        """
        with self._lock:
            epoch = self._newest().epoch
            entry = self._storage.entry(since) if since <= epoch else None
            if entry is None or not may_be(entry, Name.STATUS_ROOT):
                raise TurnedAwayError(404, "no such epoch")
            begun = bisect_left(self._told, since, key=lambda one: one[0])
            if len(self._told) - begun > _MOST_CHANGED:
                raise TurnedAwayError(410, "too long ago: take the vector")
            changed = {target for _, target in self._told[begun:]}
            states = {index: self._states.chunks.state(index) for index in changed}
        return epoch, encode_delta(Delta(since=since, until=epoch, states=states))

    def tile(self, level: int | None, n: int, width: int) -> tuple[int, bytes]:
        """The epoch, and *width* hashes of the chunk tree, or chunks (level None).

        Raises:
            TurnedAwayError: 404, there are not so many.
        """
        with self._lock:
            epoch = self._newest().epoch
            first = n * WIDTH
            if level is None:
                found = list(self._chunks(first, first + width))
            else:
                nodes = self._states.chunks.nodes
                found = list(nodes(HEIGHT * level, first, first + width))
        if len(found) != width:
            raise TurnedAwayError(404, "no such tile")
        return epoch, encode_bundle(found) if level is None else b"".join(found)

    def proof(self, index: int) -> bytes:
        """A tlog-proof of an entry under the published checkpoint.

        Raises:
            TurnedAwayError: 404, it does not cover such an entry.
        """
        with self._lock:
            under = self._newest()
        if index > under.epoch:
            raise TurnedAwayError(404, "no such entry is published")
        return self._proof(under, index)

    def proof_of(self, leaf: bytes) -> bytes:
        """As `proof`, by leaf hash."""
        index = self._storage.index_of(leaf)
        if index is None:
            raise TurnedAwayError(404, "no such entry is published")
        return self.proof(index)

    def bundle(self, index: int) -> bytes:
        """A stapled bundle of an entry under the published checkpoint.

        Raises:
            TurnedAwayError: 404, its root does not cover such an entry.
        """
        with self._lock:
            under = self._newest()
            if index >= under.epoch:
                raise TurnedAwayError(404, "no root covers such an entry")
            n = index // PER_CHUNK
            chunk, chunk_path = self._states.chunks.proof(n, size=under.epoch)
        entry = self._storage.entry(index)
        if entry is None:
            raise TurnedAwayError(404, "no root covers such an entry")
        tree, size = self._storage.tree, under.checkpoint.size
        return write_bundle(
            index=index,
            entry=entry,
            entry_path=tree.inclusion(index, size),
            root_entry=under.root_entry,
            root_path=tree.inclusion(under.epoch, size),
            chunk=chunk,
            chunk_path=chunk_path,
            note=thin_note(under.note, self._policy),
        )

    def _proof(self, under: Under, index: int, extra: bytes | None = None) -> bytes:
        path = self._storage.tree.inclusion(index, under.checkpoint.size)
        return proof.write(index, path, under.note.raw, extra=extra)

    def _chunks(self, first: int, end: int) -> Iterator[bytes]:
        count = chunk_count(len(self._states.chunks))
        return map(self._states.chunks.chunk, range(first, min(end, count)))

    def _begin(self) -> None:
        """Follow from the first entry on."""
        self._states, self._followed = States(), 0
        self._told: list[tuple[int, int]] = []

    def _newest(self) -> Under:
        """What is published now, followed and held against its root.

        Raises:
            TurnedAwayError: 404, nothing is; 503, the states here are not those that
                the logged root is over, or no root was logged last. Nothing is served
                then, and the fault is told once a checkpoint.
        """
        raw = self._storage.published
        if raw is None:
            raise TurnedAwayError(404, "nothing is published yet")
        if self._under is None or self._under.note.raw != raw:
            if raw == self._doubted:
                raise TurnedAwayError(503, "no status is proved")
            try:
                self._under = self._follow(parse_note(raw))
            except (RefusedError, ValueError) as fault:
                self._doubted, self._under = raw, None
                self._begin()
                _LOG.error("no status is served: %s", fault)
                raise TurnedAwayError(503, "no status is proved") from None
        return self._under

    def _follow(self, note: Note) -> Under:
        epoch = note.checkpoint.size - 1
        entry = self._storage.entry(epoch) if epoch >= 0 else None
        told = read_status_root(
            entry or b"", origin=note.checkpoint.origin, index=epoch
        )
        for change in self._storage.changes_between(self._followed, epoch):
            if self._states.apply(change):
                self._told.append((change.index, change.target))
        self._followed = epoch
        if self._states.root(epoch) != told.root:
            raise ValueError("the logged root is over other states")
        return Under(note=note, root_entry=entry or b"")
