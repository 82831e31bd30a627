"""What a witness was shown that contradicts what it has seen: both signed notes.

A witness keeps no tree, so it cannot always tell. Two notes of one size convict by
themselves. A longer note convicts where the proof that came with it gives its first
leaves another root than the ledger signed for as many (`wallet.ledger.fork`, "grown").
Any other note is kept as a doubt: whoever holds a copy can compare it.

Each note is kept once, and so many of a log that nobody fills the disk.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from wallet.ledger import fork
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.merkle import proven_prefix
from wallet.server.log.storage_sqlite import open_database

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.server.witness.growth import Offered

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shown (
  origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
  seen INTEGER NOT NULL, proven INTEGER NOT NULL, at INTEGER NOT NULL,
  name TEXT NOT NULL, file BLOB NOT NULL, PRIMARY KEY (origin, size, root)
) STRICT;
"""
_MOST = 16  # of one log and of one kind
_NAME = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One note that was turned away: sizes in entries, POSIX seconds.

    ``name`` is that of its file; ``proven`` says that the file convicts the log.
    """

    origin: str
    seen: int
    size: int
    proven: bool
    at: int
    name: str


class Evidence:
    """The files of all logs of a witness, in a database of their own."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the database."""
        self._db, self._lock = open_database(path, _SCHEMA), threading.Lock()

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def keep(self, offered: Offered, *, seconds: int) -> bool:
        """Keep both notes; whether that is new."""
        seen, new = (parse_note(one).checkpoint for one in (offered.seen, offered.note))
        side = offered.note
        prefix = proven_prefix(
            old=seen.size, new=new.size, new_root=new.root, path=offered.path
        )
        if prefix is not None:
            side = fork.grown(
                offered.note, old=seen.size, root=prefix, path=offered.path
            )
        proven = prefix is not None or new.size == seen.size
        data = fork.write(trusted=offered.seen, offered=side)
        name = sha256(data).hexdigest()[:_NAME]
        row = (new.origin, new.size, new.root, seen.size, proven, seconds, name, data)
        with self._lock:
            (count,) = self._db.execute(
                "SELECT count(*) FROM shown WHERE origin=? AND proven=?",
                (new.origin, proven),
            ).fetchone()
            if count >= _MOST:
                return False
            done = self._db.execute(
                "INSERT INTO shown VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                "seen=excluded.seen, proven=1, name=excluded.name, file=excluded.file "
                "WHERE excluded.proven > proven",
                row,
            )
        return done.rowcount == 1

    def shown(self) -> list[Shown]:
        """Everything that is kept, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT origin, seen, size, proven, at, name FROM shown "
                "ORDER BY at, name"
            ).fetchall()
        return [
            Shown(
                origin=origin,
                seen=seen,
                size=size,
                proven=bool(proven),
                at=at,
                name=name,
            )
            for origin, seen, size, proven, at, name in rows
        ]

    def file(self, origin: str, name: str) -> bytes | None:
        """The file of one, as `heartwood verify` reads it."""
        with self._lock:
            row = self._db.execute(
                "SELECT file FROM shown WHERE origin=? AND name=?", (origin, name)
            ).fetchone()
        return None if row is None else bytes(row[0])
