"""All states of a log without its entries: the vector, held against a logged root.

For readers that keep no copy. What a vector says is the operator's word, which anybody
who holds the entries can prove wrong; a replica's own replay needs nobody's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger import proof
from wallet.ledger.chunks import CHUNK, Chunks, chunk_count
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.status_root import StatusRoot, read_status_root
from wallet.verdict import CheckpointRef, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.ledger.policy import Policy
    from wallet.ledger.status_delta import Delta


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusHead:
    """A root entry that is the last one under a checkpoint with its quorum."""

    root: StatusRoot
    checkpoint: CheckpointRef
    quorum_time: datetime | None
    note: bytes

    @property
    def epoch(self) -> int:
        """Names the root: the size it covers."""
        return self.root.covered

    @property
    def vector_size(self) -> int:
        """How many bytes the vector has that gives the root."""
        return chunk_count(self.root.covered) * CHUNK


def verify_head(data: bytes, *, origin: str, policy: Policy) -> StatusHead:
    """Check a tlog-proof that carries a root entry as its extra data.

    The root entry must be the last under the checkpoint: an older one is no word on
    the entries that followed it.

    Raises:
        RefusedError: ``malformed``, ``signature_wrong``, ``no_quorum``,
            ``unknown_version``, or ``status_unproved`` where entries follow it.
    """
    read = proof.parse(data)
    entry = read.extra or b""
    moment = proof.verify(read, leaf=leaf_hash(entry), policy=policy, origin=origin)
    root = read_status_root(entry, origin=origin, index=read.index)
    seen = read.note.checkpoint
    if root.covered + 1 != seen.size:
        raise RefusedError(Reason.STATUS_UNPROVED, "status root is not the last entry")
    return StatusHead(
        root=root,
        checkpoint=CheckpointRef(origin=origin, size=seen.size, root=seen.root),
        quorum_time=moment,
        note=read.note.raw,
    )


class StatusVector:
    """The states under one head, every one of them in its root."""

    def __init__(self, head: StatusHead, chunks: Chunks) -> None:
        """`verify` and `follow` are the ways in."""
        self.head, self._chunks = head, chunks

    @classmethod
    def verify(cls, packed: bytes, head: StatusHead) -> StatusVector:
        """Take a whole vector.

        Raises:
            RefusedError: ``malformed``: not as long as its entries need, or not what
                the root is over.
        """
        try:
            chunks = Chunks.of(packed, size=head.root.covered)
        except ValueError:
            raise RefusedError(Reason.MALFORMED, "status vector") from None
        return cls._under(head, chunks)

    def follow(self, delta: Delta, head: StatusHead) -> StatusVector:
        """The vector of a newer head, by what changed since this one.

        Raises:
            RefusedError: ``malformed``: it is not between these two, or does not lead
                to the newer root.
        """
        if (delta.since, delta.until) != (self.head.epoch, head.epoch):
            raise RefusedError(Reason.MALFORMED, "status delta")
        chunks = Chunks.of(self._chunks.packed, size=delta.since)
        chunks.grow(delta.until)
        for index, state in delta.states.items():
            chunks.put(index, state)
        return self._under(head, chunks)

    @property
    def packed(self) -> bytes:
        """The bytes of the vector."""
        return self._chunks.packed

    def state(self, index: int) -> State:
        """The state of an entry; from the covered size on it cannot be told."""
        return self._chunks.state(index)

    @classmethod
    def _under(cls, head: StatusHead, chunks: Chunks) -> StatusVector:
        if chunks.root() != head.root.root:
            raise RefusedError(Reason.MALFORMED, "status root")
        return cls(head, chunks)
