"""Signs a log's checkpoints: never a smaller history, never another one.

What was signed last is kept apart from the entries (PROTOCOL.md 9), so that restoring
those cannot set it back. A note is signed only by swapping it for the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.errors import HistoryMissingError, LeadLostError, LedgerForkedError
from wallet.ledger.checkpoint import note_text, parse_note, sign_log

if TYPE_CHECKING:
    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.tile_tree import TileTree


class LastNote(Protocol):
    """Keeps one note durably; whoever replaces it must know what it is."""

    def close(self) -> None:
        """Let go of whatever keeps it."""

    def read(self) -> bytes | None:
        """The note, if there was ever one."""

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put *new* in the place of *old*, durably; False: something else is there."""


class SignLock:
    """Signs checkpoints, each an extension of the one before, and remembers them."""

    def __init__(self, kept: LastNote, signer: Signer) -> None:
        """*kept* is the only word on what was signed last."""
        self._kept = kept
        self._signer = signer

    def close(self) -> None:
        """Let go of what is kept."""
        self._kept.close()

    def last(self) -> bytes | None:
        """The note signed last."""
        return self._kept.read()

    def confirmed(self) -> bytes | None:
        """The note signed last, once nothing can take it back.

        What was read may be a note that whoever signed it never saw kept, and that is
        gone when another database server takes over. Kept again, it stays.

        Raises:
            LeadLostError: another process signed meanwhile.
        """
        note = self.last()
        if note is not None and not self._kept.swap(note, note):
            raise LeadLostError("another server signed meanwhile")
        return note

    def sign(self, checkpoint: Checkpoint, tree: TileTree) -> bytes:
        """Sign, unless it shrinks or changes what was signed before.

        Raises:
            HistoryMissingError, LedgerForkedError: it does.
            LeadLostError: another process signed meanwhile.
        """
        text, last = note_text(checkpoint), self.last()
        if last is not None:
            check_extends(last, checkpoint, tree)
        note = text + b"\n" + sign_log(self._signer, checkpoint.origin, text)
        if not self._kept.swap(last, note):
            raise LeadLostError("another server signed meanwhile")
        return note


def check_extends(signed: bytes, checkpoint: Checkpoint, tree: TileTree) -> None:
    """Check that our tree holds what *signed* says, and at least as much.

    Raises:
        HistoryMissingError: our tree is smaller.
        LedgerForkedError: it holds another history.
    """
    before = parse_note(signed).checkpoint
    if before.size > checkpoint.size:
        raise HistoryMissingError(signed=before.size, held=checkpoint.size)
    if before.origin != checkpoint.origin or tree.root(before.size) != before.root:
        raise LedgerForkedError(trusted=signed, offered=note_text(checkpoint))
