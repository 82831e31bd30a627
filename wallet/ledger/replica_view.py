"""A replica as it stood under one of its older checkpoints. PROTOCOL.md 8, ``--at``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.ledger import proof
from wallet.ledger.clock import from_seconds
from wallet.verdict import CheckpointRef

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.ledger.entry import State
    from wallet.ledger.replica import Replica


@dataclass(frozen=True, slots=True)
class View:
    """Size and states as of one stored checkpoint; a fork seen later still counts."""

    replica: Replica
    size: int
    seconds: int

    @property
    def origin(self) -> str:
        """The log this is a copy of."""
        return self.replica.origin

    @property
    def root(self) -> bytes:
        """The root of that checkpoint."""
        return self.replica.root_at(self.size)

    @property
    def note(self) -> bytes:
        """The signed checkpoint."""
        return self.replica.stored_note(self.seconds, self.size)

    @property
    def quorum_time(self) -> datetime | None:
        """Its quorum time."""
        return from_seconds(self.seconds)

    @property
    def forked(self) -> tuple[bytes, bytes] | None:
        """Both signed notes, if two histories were seen."""
        return self.replica.forked

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen, then or later."""
        return self.replica.is_forked

    @property
    def checkpoint_ref(self) -> CheckpointRef | None:
        """What an answer from this view rests on."""
        return CheckpointRef(origin=self.origin, size=self.size, root=self.root)

    def entry(self, index: int) -> bytes:
        """The bytes of an entry."""
        if index >= self.size:
            raise ValueError("no such entries")
        return self.replica.entry(index)

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash, if it lies below `size`."""
        index = self.replica.first_index(leaf)
        return index if index is not None and index < self.size else None

    def state(self, index: int) -> State:
        """The state of an entry under that checkpoint."""
        return self.replica.state(index, size=self.size)

    def highest_seq(self, index: int) -> int:
        """The highest number seen by then in a change of an entry."""
        return self.replica.highest_seq(index, size=self.size)

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof of an entry under that checkpoint."""
        return proof.write(index, self.replica.inclusion(index, self.size), self.note)

    def at(self, moment: datetime) -> View | None:
        """An older view still."""
        older = self.replica.at(moment)
        return self if older is not None and older.seconds > self.seconds else older
