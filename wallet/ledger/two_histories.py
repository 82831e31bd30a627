"""What convicts a ledger that has signed two histories, from whoever holds one of them.

RFC 6962 2.1.2: a longer tree proves what its first leaves are. Whoever holds one
history whole can prove that of any size below; where the ledger has signed another root
for that size, the two notes and the proof are enough for a stranger (`fork`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.ledger import fork
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.checkpoint import Note


class Held(Protocol):
    """A verified copy of one history."""

    @property
    def note(self) -> bytes | None:
        """Its newest checkpoint."""

    def note_of(self, size: int) -> bytes | None:
        """A stored checkpoint of exactly this size."""

    def root_at(self, size: int) -> bytes:
        """The root of its first leaves."""

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof between two of its sizes."""


def held_side(copy: Held, size: int) -> bytes:
    """What a copy has to say to a note of *size*: its own of that size, or a proof.

    Empty where nothing was ever signed for this copy.
    """
    told = copy.note_of(size) or copy.note
    if told is None:
        return b""
    own = parse_note(told).checkpoint.size
    if not 0 < size < own:
        return told
    path = copy.consistency(size, own)
    return fork.grown(told, old=size, root=copy.root_at(size), path=path)


def offered_side(note: Note, leaves: Sequence[bytes], size: int) -> bytes:
    """A note over all of *leaves*, with the proof of what its first *size* are."""
    if not 0 < size < len(leaves):
        return note.raw
    tree = Tree(leaves)
    path = tree.consistency(size, len(leaves))
    return fork.grown(note.raw, old=size, root=tree.root(size), path=path)
