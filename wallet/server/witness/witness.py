"""A witness: cosigns a log only while it never shrinks and never changes.

C2SP tlog-witness, add-checkpoint; the newest checkpoint is durable before the answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    Checkpoint,
    Note,
    Vkey,
    cosign,
    parse_note,
    vkey_for,
)
from wallet.ledger.merkle import EMPTY_ROOT, verify_consistency
from wallet.server.log.storage_sqlite import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.keys.signing import Signer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
  note BLOB NOT NULL
) STRICT;
"""
_MAX_PROOF = 63
_MAX_DIGITS = 19


class OutgrownError(TurnedAwayError):
    """409: the witness has seen another size than the request starts from."""

    def __init__(self, size: int) -> None:
        """Answer the size the witness has."""
        super().__init__(409, f"{size}")


class Witness:
    """One witness of the logs it was told to know."""

    def __init__(
        self, path: Path, *, name: str, signer: Signer, logs: Sequence[Vkey]
    ) -> None:
        """Open or lay out the memory of the witness at *path*."""
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self._signer = signer
        self._logs = {log.name: log for log in logs}
        self._lock = threading.Lock()
        self._db = open_database(path, _SCHEMA)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def checkpoint(self, name: str) -> bytes | None:
        """The newest cosigned note of the log whose origin hashes to *name*."""
        for origin in self._logs:
            if hashlib.sha256(origin.encode()).hexdigest() == name:
                with self._lock:
                    row = self._db.execute(
                        "SELECT note FROM seen WHERE origin=?", (origin,)
                    ).fetchone()
                return None if row is None else bytes(row[0])
        return None

    def add_checkpoint(self, body: bytes, *, seconds: int) -> bytes:
        """Judge a request; the signature line, which is given only once kept.

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
                line = self._judge(old, path, note, log, seconds)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return line

    def _judge(
        self, old: int, path: list[bytes], note: Note, log: Vkey, seconds: int
    ) -> bytes:
        new = note.checkpoint
        row = self._db.execute(
            "SELECT size, root FROM seen WHERE origin=?", (new.origin,)
        ).fetchone()
        size, seen = row or (0, EMPTY_ROOT)
        if old != size:
            raise OutgrownError(size)
        _check_growth(Checkpoint(new.origin, size, seen), new, path)
        line = cosign(self._signer, self.vkey.name, note.text, seconds)
        self._db.execute(
            "INSERT INTO seen VALUES (?,?,?,?) ON CONFLICT (origin) DO UPDATE SET "
            "size=excluded.size, root=excluded.root, note=excluded.note",
            (new.origin, new.size, new.root, note.with_only(log) + line),
        )
        return line


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
    if any(len(step) != hashlib.sha256().digest_size for step in path):
        raise TurnedAwayError(400, "proof")
    return int(digits), path, note
