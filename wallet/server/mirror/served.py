"""What a mirror has cosigned, and the published note it shows of each log.

Both are durable before anybody sees them: a mirror never stands behind a smaller log
than it did, and shows nothing that it cannot stand behind.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.checkpoint import Note, Vkey, cosign, parse_note
from wallet.server.log.storage_sqlite import open_database
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.keys.signing import Signer
    from wallet.server.mirror.copy import MirrorCopy
    from wallet.server.mirror.logs import Log

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cosigned (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS served (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, at INTEGER NOT NULL,
  note BLOB NOT NULL
) STRICT;
"""
_SERVED = "SELECT size, at, note FROM served WHERE origin=?"


class Served:
    """The memory of one mirror, in a database of its own."""

    def __init__(self, path: Path, *, signer: Signer, vkey: Vkey) -> None:
        """Open or lay out the memory at *path*; *signer* signs under *vkey*."""
        self._signer, self._vkey = signer, vkey
        self._lock = threading.Lock()
        self._db = open_database(path, _SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def checkpoint(self, log: Log) -> bytes | None:
        """The note that is shown of a log, as it was kept.

        Raises:
            StoreDamagedError: it is not as it was kept.
        """
        row = self._row(_SERVED, log.origin)
        if row is None:
            return None
        size, _, note = row
        if not self._stands(log, note, size):
            raise StoreDamagedError("the checkpoint that was served is damaged")
        return bytes(note)

    def newest(self, log: Log) -> tuple[int, int] | None:
        """Size and quorum seconds of what is shown of a log, if it still stands."""
        row = self._row(_SERVED, log.origin)
        if row is None or not self._stands(log, row[2], row[0]):
            return None
        return row[0], row[1]

    def cosign(self, copy: MirrorCopy, note: Note, *, seconds: int) -> bytes:
        """The line, once it is durable that it was given; none for a smaller log.

        Raises:
            RefusedError, LedgerForkedError: as `MirrorCopy.check_status`; or
                ``copy_too_old``: a larger one was cosigned.
        """
        copy.check_status(note.checkpoint)
        with self._lock:
            done = self._db.execute(
                "INSERT INTO cosigned VALUES (?,?) ON CONFLICT (origin) DO UPDATE "
                "SET size=excluded.size WHERE size <= excluded.size",
                (copy.origin, note.checkpoint.size),
            )
        if done.rowcount != 1:
            raise RefusedError(Reason.COPY_TOO_OLD, "a larger one was cosigned")
        return cosign(self._signer, self._vkey.name, note.text, seconds)

    def serve(self, log: Log, note: Note, *, at: int, seconds: int) -> None:
        """Show a published note under our line, if we can stand behind it.

        *at* is its quorum time, *seconds* the time to cosign it at; both POSIX.

        Raises:
            RefusedError, LedgerForkedError: as `cosign`.
        """
        copy = log.copy
        row, newest = self._row(_SERVED, copy.origin), (note.checkpoint.size, at)
        if row is not None and newest <= row[:2] and self._stands(log, row[2], row[0]):
            return
        lines = known_lines(note, log.policy.log_keys(copy.origin))
        lines += known_lines(note, [one.vkey for one in log.policy.witnesses.values()])
        note.cosignature_times([self._vkey])  # a line that says it is ours must be
        copy.check_status(note.checkpoint)
        ours = known_lines(note, [self._vkey]) or self.cosign(
            copy, note, seconds=seconds
        )
        if ours not in lines:
            lines += ours
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO served VALUES (?,?,?,?)",
                (copy.origin, *newest, note.text + b"\n" + lines),
            )

    def _stands(self, log: Log, data: bytes, size: int) -> bool:
        """Whether a note that was kept is still one to be served."""
        try:
            note = parse_note(data)
            log.policy.accept(note)
            ours = note.cosignature_times([self._vkey])
        except RefusedError:
            return False
        return self._vkey in ours and note.checkpoint.size == size

    def _row(self, query: str, origin: str) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._db.execute(query, (origin,)).fetchone()
        return row


def known_lines(note: Note, vkeys: Sequence[Vkey]) -> bytes:
    """The lines of a note under these keys, as they are; nobody else's is passed on."""
    known = {(vkey.name, vkey.key_id) for vkey in vkeys}
    below = note.raw[len(note.text) + 1 :].splitlines(keepends=True)
    return b"".join(
        line
        for line, read in zip(below, note.lines, strict=True)
        if (read.name, read.key_id) in known
    )
