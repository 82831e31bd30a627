"""The last note a log signed, in a file of its own: it never goes back."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from wallet.errors import HomeBusyError, LedgerForkedError
from wallet.ledger.checkpoint import note_text, parse_note, sign_log

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Checkpoint
    from wallet.server.log.tile_tree import TileTree

_SCHEMA = """
PRAGMA locking_mode=EXCLUSIVE;
PRAGMA synchronous=EXTRA;
BEGIN EXCLUSIVE;
CREATE TABLE IF NOT EXISTS signed (
  id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB
) STRICT;
INSERT OR IGNORE INTO signed (id) VALUES (1);
COMMIT;
"""


class SignLock:
    """Signs checkpoints, each an extension of the one before, and remembers them."""

    def __init__(self, path: Path, signer: Signer) -> None:
        """Open or lay out the lock database, which one process at a time may hold.

        Raises:
            HomeBusyError: another server runs on this home.
        """
        self._signer = signer
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=0.5
        )
        try:
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError:
            self._db.close()
            raise HomeBusyError("another server runs on this home") from None

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def last(self) -> bytes | None:
        """The note signed last."""
        with self._lock:
            note: bytes | None
            (note,) = self._db.execute("SELECT note FROM signed").fetchone()
        return note

    def sign(self, checkpoint: Checkpoint, tree: TileTree) -> bytes:
        """Sign, unless it shrinks or changes what was signed before.

        Raises:
            LedgerForkedError: it does, or another process signed meanwhile.
        """
        text, last = note_text(checkpoint), self.last()
        if last is not None:
            check_extends(last, checkpoint, tree)
        note = text + b"\n" + sign_log(self._signer, checkpoint.origin, text)
        with self._lock:
            done = self._db.execute(
                "UPDATE signed SET note=? WHERE note IS ?", (note, last)
            )
        if done.rowcount != 1:
            raise LedgerForkedError(trusted=last or b"", offered=text)
        return note


def check_extends(signed: bytes, checkpoint: Checkpoint, tree: TileTree) -> None:
    """Check that our tree holds what *signed* says, and at least as much.

    Raises:
        LedgerForkedError: it does not.
    """
    before = parse_note(signed).checkpoint
    if (
        before.size > checkpoint.size
        or before.origin != checkpoint.origin
        or tree.root(before.size) != before.root
    ):
        raise LedgerForkedError(trusted=signed, offered=note_text(checkpoint))
