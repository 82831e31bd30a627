"""The newest checkpoint of each log, which only ever grows.

C2SP tlog-witness, add-checkpoint: judged and kept in one step, durable before the
answer. A witness cosigns what is kept; a mirror goes and reads its entries.

What is kept is its own proof: a row must say what the note in it says, and the log
must have signed that. A row that does not is no memory, and whoever has lost its memory
must not cosign.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import RefusedError, StoreDamagedError, TurnedAwayError
from wallet.ledger.checkpoint import Checkpoint, Note, Vkey, parse_note
from wallet.ledger.merkle import EMPTY_ROOT, verify_consistency
from wallet.ledger.sources import origin_hash
from wallet.server.log.storage_sqlite import open_database
from wallet.server.witness.request import read_request

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


class Offered(NamedTuple):
    """A note that the log signed and that was not taken for its next, and its path."""

    seen: bytes
    note: bytes
    path: list[bytes]


def _unheard(_offered: Offered) -> None:
    """Nobody asks."""


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

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that are known."""
        return tuple(self._logs)

    def know(self, log: Vkey) -> None:
        """Take notes of this log too from now on."""
        self._logs = {**self._logs, log.name: log}

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

    def add_checkpoint(
        self,
        body: bytes,
        *,
        sign: Callable[[Note], bytes],
        refused: Callable[[Offered], None] = _unheard,
    ) -> bytes:
        """Judge a request; the lines that *sign* gives, handed out only once kept.

        *refused* hears of each note under the log's signature that is another history
        than what was seen, or that was not shown to be the same.

        Raises:
            TurnedAwayError: 400, 403, 404, 422, or 409 with the size.
            StoreDamagedError: what was seen before is not as it was kept.
        """
        old, path, note = read_request(body)
        log = self._logs.get(note.checkpoint.origin)
        if log is None:
            raise TurnedAwayError(404, "unknown log")
        try:
            note.verify_log(log)
        except RefusedError:
            raise TurnedAwayError(403, "log signature") from None
        if old > note.checkpoint.size:
            raise TurnedAwayError(400, "old size is larger")
        try:
            return self._grow(log, note, old, path, sign)
        except TurnedAwayError as turned:
            seen = self._last.get(note.checkpoint.origin)
            if seen is not None and _is_strange(seen, note.checkpoint, turned):
                refused(Offered(seen.note, note.with_only(log), path))
            raise

    def _grow(
        self,
        log: Vkey,
        note: Note,
        old: int,
        path: list[bytes],
        sign: Callable[[Note], bytes],
    ) -> bytes:
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


def _is_strange(seen: _Seen, new: Checkpoint, turned: TurnedAwayError) -> bool:
    """Whether a note was turned away for more than starting from another size."""
    if isinstance(turned, OutgrownError):
        return new.size == seen.size and new.root != seen.root
    return True


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
