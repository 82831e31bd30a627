"""The lead as an advisory lock: PostgreSQL lets go of it when its connection ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

from wallet.errors import StoreUnreachableError
from wallet.server.log.postgresql import Database, check_prompt, run

if TYPE_CHECKING:
    from wallet.server.log.postgresql import Connection

_LEAD = 0x48574C44  # key of an advisory lock
_TAKE = "SELECT pg_try_advisory_lock(?, hashtext(current_schema()))"


class PostgresqlLead:
    """One connection, kept for as long as the lead is wanted."""

    def __init__(self, url: str) -> None:
        """*url* is the database of the log; nobody else may lead the same log.

        Raises:
            UsageError, StoreUnreachableError: as `Database`.
        """
        self._database = Database(url)
        self._held: Connection | None = None

    def close(self) -> None:
        """Let go of the lead."""
        if self._held is not None:
            self._held.close()
        self._held = None
        self._database.close()

    def take(self) -> bool:
        """Try to hold it; never waits for another holder."""
        if self.holds():
            return True
        try:
            db = self._database.connect()
        except StoreUnreachableError:
            return False
        try:
            (taken,) = run(db, _TAKE, _LEAD).fetchone() or (False,)
        except psycopg.Error:
            taken = False
        if taken:
            self._held = db
        else:
            db.close()
        return bool(taken)

    def holds(self) -> bool:
        """Whether it is still held: its connection has never been lost."""
        if self._held is None:
            return False
        begun = time.monotonic()
        try:
            run(self._held, "SELECT 1")
            check_prompt(begun)
        except (psycopg.Error, StoreUnreachableError):
            self._held.close()
            self._held = None
        return self._held is not None
