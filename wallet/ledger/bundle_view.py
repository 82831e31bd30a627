"""A stapled bundle in the place of a copy: it knows one entry and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.ledger import proof
from wallet.ledger.entry import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wallet.ledger.bundle import Stapled
    from wallet.verdict import CheckpointRef


@dataclass(frozen=True, slots=True)
class BundleView:
    """One entry as of the checkpoint of its bundle; *is_forked* is what a copy saw."""

    stapled: Stapled
    is_forked: bool = False

    @property
    def origin(self) -> str:
        """The log of its checkpoint."""
        return self.stapled.checkpoint.origin

    @property
    def size(self) -> int:
        """Where what this can tell of ends: behind its one entry."""
        return self.stapled.index + 1

    @property
    def checkpoint_ref(self) -> CheckpointRef:
        """What an answer from it rests on."""
        return self.stapled.checkpoint

    @property
    def quorum_time(self) -> datetime | None:
        """The quorum time of its checkpoint."""
        return self.stapled.quorum_time

    def first_index(self, leaf: bytes) -> int | None:
        """The index of its entry, if *leaf* is that of it (a copy is ended)."""
        return self.stapled.index if leaf == self.stapled.leaf else None

    def state(self, index: int) -> State:
        """The state of its entry that may be relied on; of others it cannot tell."""
        return self.stapled.state if index == self.stapled.index else State.UNKNOWN

    def highest_seq(self, index: int) -> int:
        """A bundle tells no numbers.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"a bundle tells no numbers of changes of {index}")

    def entry(self, index: int) -> bytes:
        """The bytes of its entry.

        Raises:
            ValueError: it holds no other.
        """
        if index != self.stapled.index:
            raise ValueError("no such entries")
        return self.stapled.entry

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof of its entry; raises as `entry`."""
        self.entry(index)
        bundle = self.stapled.bundle
        return proof.write(index, bundle.entry_path, bundle.note.raw)

    def at(self, moment: datetime) -> BundleView | None:
        """Itself from its quorum time on; before that it cannot tell."""
        seen = self.quorum_time
        return self if seen is not None and seen <= moment else None


def newest(stapled: Iterable[Stapled], *, origin: str, leaf: bytes) -> Stapled | None:
    """The newest of some bundles that is of this entry and has a quorum time."""
    fitting = [
        (one.quorum_time, place, one)
        for place, one in enumerate(stapled)
        if one.checkpoint.origin == origin
        and one.leaf == leaf
        and one.quorum_time is not None
    ]
    return max(fitting)[2] if fitting else None
