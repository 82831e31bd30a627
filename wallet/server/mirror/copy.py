"""A mirror's copy of one log: everything the log has signed, whoever else did.

It runs ahead of the published checkpoint, so that a mirror may stand in the quorum
that publishes. Reads never wait for the network: what is new is fetched first and then
taken up under the lock.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.checkpoint import note_text
from wallet.ledger.merkle import root
from wallet.ledger.policy import NONE
from wallet.ledger.replica import Replica
from wallet.ledger.status_root import read_status_root
from wallet.ledger.sync import take_up
from wallet.ledger.tiles import WIDTH, encode_bundle
from wallet.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.entry import State
    from wallet.ledger.policy import Policy
    from wallet.ledger.sync import Source

_PATIENCE = 0.5  # seconds; whoever asks holds a thread meanwhile


class MirrorCopy:
    """A `Replica` under the log's own signature that several threads may read."""

    def __init__(self, folder: Path, *, origin: str, policy: Policy) -> None:
        """Open the copy in *folder*.

        Raises:
            StoreDamagedError: the files are not what was verified.
        """
        alone = replace(policy, quorum=NONE, groups={})
        self._replica = Replica.open(folder, origin=origin, policy=alone)
        self._lock, self._taking = threading.RLock(), threading.Lock()
        self._above: dict[tuple[int, int], bytes] = {}

    @property
    def origin(self) -> str:
        """Its log."""
        return self._replica.origin

    @property
    def size(self) -> int:
        """How many entries it holds."""
        with self._lock:
            return self._replica.size

    @property
    def forked(self) -> tuple[bytes, bytes] | None:
        """Both notes, if the log has signed two histories."""
        return self._replica.forked

    def hold(self, note: bytes, source: Source) -> None:
        """Read what *note* covers and keep it.

        Raises:
            RefusedError, LedgerForkedError, UnreachableError, TurnedAwayError: as
                `sync`. The copy is as it was.
        """
        if not self._taking.acquire(timeout=_PATIENCE):
            raise RefusedError(Reason.COPY_TOO_OLD, "entries are being read")
        try:
            take_up(self._replica, note, source, lock=self._lock)
        finally:
            self._taking.release()

    def check_status(self, checkpoint: Checkpoint) -> None:
        """Refuse a checkpoint that this copy cannot stand behind.

        Raises:
            RefusedError: ``copy_too_old``: not everything of it is here; or
                ``status_unproved``: the states it logged are not what its entries
                say, or it logged none.
            LedgerForkedError: it is of another history.
        """
        with self._lock:
            size = checkpoint.size
            if size > self._replica.size:
                raise RefusedError(Reason.COPY_TOO_OLD, "entries missing")
            if self._replica.root_at(size) != checkpoint.root:
                raise LedgerForkedError(
                    trusted=self._replica.note or b"", offered=note_text(checkpoint)
                )
            if size:
                self._check_root(size - 1)

    def _check_root(self, last: int) -> None:
        """The last entry must be the root over the states of all before it.

        PROTOCOL.md 3: it is logged before each publication that covers new entries.
        """
        try:
            entry = self._replica.entry(last)
            read_status_root(entry, origin=self.origin, index=last)
        except RefusedError:
            missing = f"no status root is logged at {last}"
            raise RefusedError(Reason.STATUS_UNPROVED, missing) from None
        if last in self._replica.wrong_roots:
            wrong = f"the status root at {last} is wrong"
            raise RefusedError(Reason.STATUS_UNPROVED, wrong)

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from *start* up to before *end*, which must be here."""
        with self._lock:
            return self._replica.entries(start, end)

    def root_at(self, size: int) -> bytes:
        """The root over its first *size* entries."""
        with self._lock:
            return self._replica.root_at(size)

    def entry(self, index: int) -> bytes | None:
        """One entry, if it is here."""
        with self._lock:
            here = 0 <= index < self._replica.size
            return self._replica.entry(index) if here else None

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""
        with self._lock:
            return self._replica.first_index(leaf)

    def state(self, index: int) -> State:
        """The state of an entry."""
        with self._lock:
            return self._replica.state(index)

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, verified as they are read; None if not so many."""
        with self._lock:
            if n * WIDTH + width > self._replica.size:
                return None
            return encode_bundle(self._replica.entries(n * WIDTH, n * WIDTH + width))

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes; None where there are not so many."""
        with self._lock:
            start = n * WIDTH
            if start + width > self._replica.size >> (8 * level):
                return None
            return b"".join(self._hash(level, start + at) for at in range(width))

    def _hash(self, level: int, place: int) -> bytes:
        """A leaf hash, or the root of the full tile below it, which never changes."""
        if level == 0:
            return self._replica.leaf_hash(place)
        known = self._above.get((level, place))
        if known is None:
            first = place * WIDTH
            below = [self._hash(level - 1, first + at) for at in range(WIDTH)]
            known = self._above[level, place] = root(below)
        return known
