"""The newest checkpoint of each log, which only ever grows.

C2SP tlog-witness, add-checkpoint: judged and kept in one step, durable before the
answer. A witness cosigns what is kept; a mirror goes and reads its entries.

What is kept is its own proof: a row must say what the note in it says, and the log
must have signed that. A row that does not is no memory, and whoever has lost its memory
must not cosign.
"""

from __future__ import annotations

import base64
import binascii
import threading
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import RefusedError, StoreDamagedError, TurnedAwayError
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
_NEWEST = "SELECT size, root, note FROM seen WHERE origin=?"
_MAX_PROOF = 63
_MAX_DIGITS = 19
_DAMAGED = "what was seen of a log is damaged; without its memory nobody may cosign"


class _Seen(NamedTuple):
    """One row: what was seen newest of one log, and the note that says so."""

    size: int
    root: bytes
    note: bytes


class OutgrownError(TurnedAwayError):
    """409: another size was seen than the request starts from."""

    def __init__(self, size: int) -> None:
        """Answer the size that was seen."""
        super().__init__(409, f"{size}")


class Growth:
    """What was seen of the logs that are known, in a database of its own."""

    def __init__(
        self, path: Path, *, logs: Sequence[Vkey], own: Sequence[Vkey] = ()
    ) -> None:
        """Open or lay out the memory at *path*; *own* are the keys that `sign` uses.

        Raises:
            StoreDamagedError: it is not what was written.
            StoreUnreachableError: its disk is full, read-only or broken.
        """
        self._logs, self._own = {log.name: log for log in logs}, tuple(own)
        self._lock = threading.Lock()
        self._db = open_database(path, _SCHEMA)
        try:
            self._last = self._recall()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def notes(self) -> list[Note]:
        """The newest note of every log, as they are kept."""
        with self._lock:
            return [parse_note(seen.note) for seen in self._last.values()]

    def newest(self, name: str) -> bytes | None:
        """The newest note of the log whose origin hashes to *name*, as it was kept.

        Raises:
            StoreDamagedError: it is not as it was kept.
        """
        for origin in self._logs:
            if origin_hash(origin) == name:
                with self._lock:
                    seen = self._seen(origin)
                return None if seen is None else seen.note
        return None

    def add_checkpoint(self, body: bytes, *, sign: Callable[[Note], bytes]) -> bytes:
        """Judge a request; the lines that *sign* gives, handed out only once kept.

        Raises:
            TurnedAwayError: 400, 403, 404, 422, or 409 with the size.
            StoreDamagedError: what was seen before is not as it was kept.
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
                kept = self._keep(note.checkpoint, note.with_only(log) + lines)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._last[note.checkpoint.origin] = kept
        return lines

    def _judge(self, old: int, path: list[bytes], note: Note) -> None:
        new = note.checkpoint
        seen = self._seen(new.origin)
        size, root = (0, EMPTY_ROOT) if seen is None else (seen.size, seen.root)
        if old != size:
            raise OutgrownError(size)
        _check_growth(Checkpoint(new.origin, size, root), new, path)

    def _keep(self, new: Checkpoint, note: bytes) -> _Seen:
        kept = _Seen(new.size, new.root, note)
        self._db.execute(
            "INSERT INTO seen VALUES (?,?,?,?) ON CONFLICT (origin) DO UPDATE SET "
            "size=excluded.size, root=excluded.root, note=excluded.note",
            (new.origin, *kept),
        )
        return kept

    def _recall(self) -> dict[str, _Seen]:
        """Every row, judged: of a log unknown by now, by what it says itself."""
        rows = self._db.execute("SELECT origin, size, root, note FROM seen").fetchall()
        found = {origin: _Seen(*kept) for origin, *kept in rows}
        for origin, seen in found.items():
            self._check(origin, seen)
        return found

    def _seen(self, origin: str) -> _Seen | None:
        """What is kept of a log now; it never goes back, whatever the disk says."""
        row = self._db.execute(_NEWEST, (origin,)).fetchone()
        seen, last = None if row is None else _Seen(*row), self._last.get(origin)
        if seen == last:
            return seen
        # Nobody but another process on the same file may have gone on meanwhile.
        if seen is None or (last is not None and seen.size < last.size):
            raise StoreDamagedError(_DAMAGED)
        self._check(origin, seen)
        return seen

    def _check(self, origin: str, seen: _Seen) -> None:
        try:
            note = parse_note(seen.note)
            if origin in self._logs:
                note.verify_log(self._logs[origin])
            signed = note.cosignature_times(self._own)
        except RefusedError:
            raise StoreDamagedError(_DAMAGED) from None
        if self._own and not signed:  # not by these keys: it is not their memory
            raise StoreDamagedError(_DAMAGED)
        if note.checkpoint != Checkpoint(origin, seen.size, seen.root):
            raise StoreDamagedError(_DAMAGED)


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
