"""The lead as an advisory lock: PostgreSQL lets go of it when its connection ends.

Whoever leads does all its work over that very connection. So a term is one connection,
and what is read, appended, signed over and published in it is of one history.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg

from wallet.errors import StoreUnreachableError
from wallet.server.log.postgresql import OneConnection, Pool, run
from wallet.server.log.storage_postgresql import PostgresqlStorage

if TYPE_CHECKING:
    from wallet.server.log.postgresql import Connection

_LEAD = 0x48574C44  # key of an advisory lock
_TAKE = "SELECT pg_try_advisory_lock(?, hashtext(current_schema()))"
# A leader that is frozen asks nothing any more: the server lets somebody else lead.
_TERM = "SET idle_session_timeout = '15s'"


class PostgresqlLead:
    """One connection, kept for as long as the lead is wanted."""

    def __init__(self, url: str) -> None:
        """*url* is the database of the log; nobody else may lead the same log.

        Raises:
            UsageError, StoreUnreachableError: as `Pool`.
        """
        self._pool = Pool(url)
        self._held: OneConnection | None = None
        self._taking = threading.Lock()
        self._is_closed = False

    def close(self) -> None:
        """Let go of the lead, also of one that is being taken right now."""
        with self._taking:
            if self._held is not None:
                self._held.close()
            self._held, self._is_closed = None, True
        self._pool.close()

    def take(self) -> PostgresqlStorage | None:
        """Try to hold it, never waiting for another holder; the log of this term."""
        with self._taking:
            if self._is_closed:
                return None
            if self._held is None or not self.holds():
                self._held = self._taken()
            return PostgresqlStorage(self._held) if self._held else None

    def holds(self) -> bool:
        """Whether it is still held: its connection has never been lost."""
        if self._held is None:
            return False
        try:
            self._held.rows("SELECT 1")
        except StoreUnreachableError:
            self._held = None
        return self._held is not None

    def _taken(self) -> OneConnection | None:
        try:
            db = self._pool.connect()
        except StoreUnreachableError:
            return None
        if _is_first(db):
            return OneConnection(db)
        db.close()
        return None


def _is_first(db: Connection) -> bool:
    try:
        (taken,) = run(db, _TAKE, _LEAD).fetchone() or (False,)
        run(db, _TERM)
    except psycopg.Error:
        return False
    return bool(taken)
