"""The last note a log signed, in a file of its own that one process may hold."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from wallet.errors import HomeBusyError
from wallet.server.log.sqlite_faults import HELD, opening, primary_code

if TYPE_CHECKING:
    from pathlib import Path

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


class SqliteLastNote:
    """One row in a file; the database is held for as long as this stands."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the database.

        Raises:
            HomeBusyError: another server runs on this home.
            StoreDamagedError, StoreUnreachableError: as `opening`.
        """
        self._lock = threading.Lock()
        with opening():
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=0.5
            )
        try:
            with opening():
                self._lay_out()
        except BaseException:
            self._db.close()
            raise

    def _lay_out(self) -> None:
        try:
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if primary_code(error) in HELD:
                raise HomeBusyError("another server runs on this home") from None
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def read(self) -> bytes | None:
        """The note, if there was ever one."""
        with self._lock:
            note: bytes | None
            (note,) = self._db.execute("SELECT note FROM signed").fetchone()
        return note

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put *new* in the place of *old*, durably; False: something else is there."""
        with self._lock:
            done = self._db.execute(
                "UPDATE signed SET note=? WHERE note IS ?", (new, old)
            )
        return done.rowcount == 1
