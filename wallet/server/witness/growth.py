"""The newest checkpoint of each log, which only ever grows.

C2SP tlog-witness, add-checkpoint: judged and kept in one step, durable before the
answer. A witness cosigns what is kept; a mirror goes and reads its entries.
"""

from __future__ import annotations

import base64
import binascii
import threading
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import Checkpoint, Note, Vkey, parse_note
from wallet.ledger.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from wallet.ledger.sources import origin_hash
from wallet.server.log.storage_sqlite import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
  note BLOB NOT NULL
) STRICT;
"""
_MAX_PROOF = 63
_MAX_DIGITS = 19


class OutgrownError(TurnedAwayError):
    """409: another size was seen than the request starts from."""

    def __init__(self, size: int) -> None:
        """Answer the size that was seen."""
        super().__init__(409, f"{size}")


class Growth:
    """What was seen of the logs that are known, in a database of its own."""

    def __init__(self, path: Path, *, logs: Sequence[Vkey]) -> None:
        """Open or lay out the memory at *path*."""
        self._logs = {log.name: log for log in logs}
        self._lock = threading.Lock()
        self._db = open_database(path, _SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def newest(self, name: str) -> bytes | None:
        """The newest note of the log whose origin hashes to *name*, as it was kept."""
        for origin in self._logs:
            if origin_hash(origin) == name:
                with self._lock:
                    row = self._db.execute(
                        "SELECT note FROM seen WHERE origin=?", (origin,)
                    ).fetchone()
                return None if row is None else bytes(row[0])
        return None

    def add_checkpoint(self, body: bytes, *, sign: Callable[[Note], bytes]) -> bytes:
        """Judge a request; the lines that *sign* gives, handed out only once kept.

        Raises:
            TurnedAwayError: 400, 403, 404, 422, or 409 with the size.
        """
        old, path, note = _request(body)
        log = self._logs.get(note.checkpoint.origin)
        if log is None:
            raise TurnedAwayError(404, "unknown log")
        try:
            note.verify_log(log)
        except RefusedError:
            raise TurnedAwayError(403, "log signature") from None
        if old > note.checkpoint.size:
            raise TurnedAwayError(400, "old size is larger")
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._judge(old, path, note)
                lines = sign(note)
                self._keep(note.checkpoint, note.with_only(log) + lines)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return lines

    def _judge(self, old: int, path: list[bytes], note: Note) -> None:
        new = note.checkpoint
        row = self._db.execute(
            "SELECT size, root FROM seen WHERE origin=?", (new.origin,)
        ).fetchone()
        size, seen = row or (0, EMPTY_ROOT)
        if old != size:
            raise OutgrownError(size)
        _check_growth(Checkpoint(new.origin, size, seen), new, path)

    def _keep(self, new: Checkpoint, note: bytes) -> None:
        self._db.execute(
            "INSERT INTO seen VALUES (?,?,?,?) ON CONFLICT (origin) DO UPDATE SET "
            "size=excluded.size, root=excluded.root, note=excluded.note",
            (new.origin, new.size, new.root, note),
        )


def _check_growth(seen: Checkpoint, new: Checkpoint, path: list[bytes]) -> None:
    try:
        verify_consistency(
            old=seen.size,
            new=new.size,
            old_root=seen.root,
            new_root=new.root,
            path=path,
        )
    except RefusedError:
        raise TurnedAwayError(422, "another history") from None
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise TurnedAwayError(422, "root of an empty tree")


def _request(body: bytes) -> tuple[int, list[bytes], Note]:
    """Take "old SIZE", proof lines, an empty line and the note apart."""
    head, gap, rest = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    digits = first.removeprefix(b"old ")
    plain = digits.isdigit() and len(digits) <= _MAX_DIGITS
    if not gap or not first.startswith(b"old ") or not plain:
        raise TurnedAwayError(400, "request")
    if str(int(digits)).encode() != digits or len(lines) > _MAX_PROOF:
        raise TurnedAwayError(400, "request")
    try:
        path = [base64.b64decode(line, validate=True) for line in lines]
        note = parse_note(rest)
    except (binascii.Error, RefusedError):
        raise TurnedAwayError(400, "request") from None
    canonical = [*map(base64.b64encode, path)] == lines  # one encoding a hash
    if not canonical or any(len(step) != HASH_SIZE for step in path):
        raise TurnedAwayError(400, "proof")
    return int(digits), path, note
