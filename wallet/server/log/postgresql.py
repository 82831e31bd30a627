"""Connections to one PostgreSQL database: bounded in time, made anew when lost.

Nothing here or above says where the database is, nor what was asked of it.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import conninfo

from wallet.errors import StoreDamagedError, StoreUnreachableError, UsageError
from wallet.server.log.statements import for_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from psycopg.abc import RV, PQGen

    Row = tuple[Any, ...]
    Connection = psycopg.Connection[Row]

_IDLE = 4  # connections kept for the next one who asks
# A server that was frozen or cut off, and came back after another had taken over, still
# answers for a moment out of a history that is over. Nobody takes over sooner than
# after a longer silence than this: whatever was silent for so long is not believed.
_SILENT = 10.0  # seconds
# A frozen or cut-off front end must not hold up the others (seconds, libpq's words).
_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "heartwood",
}
_SETTINGS = """
SET lock_timeout = '5s';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '10s';
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 2;
SET tcp_keepalives_count = 3;
"""
# What the driver warns of while a connection ends, we say ourselves and once.
logging.getLogger("psycopg").setLevel(logging.ERROR)
_DURABLE = ("synchronous_commit", "fsync", "full_page_writes")


class Prompt(psycopg.Connection["Row"]):
    """A connection on which nobody waits for longer than an answer is believed."""

    def wait(
        self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None
    ) -> RV:
        """As of any connection; else a server that is frozen would hold us for ever."""
        return super().wait(gen, interval, _SILENT if timeout is None else timeout)


class Database(ABC):
    """What is asked of one database; every thread may ask."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is not in use."""

    @abstractmethod
    def connection(self) -> AbstractContextManager[Connection]:
        """A connection for one piece of work.

        Raises:
            StoreUnreachableError: it failed, or took so long that another server may
                have taken over.
        """

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that is undone unless `settle` ends it.

        Raises:
            StoreUnreachableError: it failed.
        """
        with self.connection() as db:
            run(db, "BEGIN ISOLATION LEVEL READ COMMITTED")
            yield db
            if db.info.transaction_status:
                run(db, "ROLLBACK")

    def rows(self, statement: str, *values: object) -> list[Row]:
        """All rows of one statement that only reads, in SQLite's spelling.

        Raises:
            StoreUnreachableError: it failed.
        """
        with self.connection() as db:
            return run(db, statement, *values).fetchall()


class Pool(Database):
    """A few connections, kept for whoever asks next."""

    def __init__(self, url: str) -> None:
        """Connect once, to see that the database can be trusted with a commit.

        Raises:
            UsageError: *url* cannot be read, or the database answers a commit before
                it is on a disk.
            StoreUnreachableError: it does not answer.
        """
        try:
            asked = conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            raise UsageError("the address of the database cannot be read") from None
        defaults = {name: _DEFAULTS[name] for name in _DEFAULTS.keys() - asked.keys()}
        self._conninfo = conninfo.make_conninfo(url, **defaults)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []
        self._most = _IDLE
        with self.connection() as db:
            _check_durable(db)

    def close(self) -> None:
        """Let go of the connections that nobody uses, and keep no other any more."""
        self._most = 0
        self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, one in idle:
            one.close()

    def connect(self) -> Connection:
        """A connection of its own, for who keeps it.

        Raises:
            StoreUnreachableError: there is none to be had.
        """
        try:
            db = Prompt.connect(self._conninfo, autocommit=True)
            db.execute(_SETTINGS)
        except psycopg.Error as error:
            raise StoreUnreachableError(type(error).__name__) from None
        return db

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for one piece of work; after a failure none is used again."""
        db, begun = self._kept() or self.connect(), time.monotonic()
        try:
            yield db
            check_prompt(begun)
        except (psycopg.Error, StoreUnreachableError) as error:
            db.close()
            self._let_go()  # what one has lost the others most likely have lost too
            if isinstance(error, StoreUnreachableError):
                raise
            raise StoreUnreachableError(type(error).__name__) from None
        except BaseException:
            db.close()
            raise
        with self._lock:
            if kept := len(self._idle) < self._most:
                self._idle.append((time.monotonic(), db))
        if not kept:
            db.close()

    def _kept(self) -> Connection | None:
        """A connection that was heard of lately, if there is one."""
        with self._lock:
            while self._idle:
                heard, db = self._idle.pop()
                if time.monotonic() - heard < _SILENT:
                    return db
                db.close()
        return None

    def rows(self, statement: str, *values: object) -> list[Row]:
        """As of any database; a kept connection may have been lost since.

        A second try takes a new one, unless the first was waited for in vain.
        """
        begun = time.monotonic()
        try:
            return super().rows(statement, *values)
        except StoreUnreachableError:
            check_prompt(begun)
            return super().rows(statement, *values)


class OneConnection(Database):
    """A single connection, and never another: all it says is of one history.

    A server that was cut off goes on to answer for a moment after another has taken
    over. Whoever reads on one connection and writes on another may read there what the
    other never had; whoever does both on this one cannot.
    """

    def __init__(self, db: Connection) -> None:
        """Use *db*, and close it when it fails."""
        self._db = db
        self._lock = threading.RLock()
        self._busy = False

    def close(self) -> None:
        """End it, and with it whatever the server holds for it."""
        self._db.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """The connection; within a transaction of this thread, that transaction.

        Raises:
            StoreUnreachableError: it failed, now or before.
        """
        with self._lock:
            if self._busy:
                yield self._db
                return
            self._busy, begun = True, time.monotonic()
            try:
                yield self._db
                check_prompt(begun)
            except psycopg.Error as error:
                self._db.close()
                raise StoreUnreachableError(type(error).__name__) from None
            except StoreDamagedError:
                run(self._db, "ROLLBACK")  # the connection is as good as before
                raise
            except BaseException:
                self._db.close()
                raise
            finally:
                self._busy = False


def check_prompt(begun: float) -> None:
    """Check that what began at *begun*, on the monotonic clock, was answered in time.

    Raises:
        StoreUnreachableError: it was not.
    """
    if time.monotonic() - begun >= _SILENT:
        raise StoreUnreachableError("answered too late to be believed")


def run(db: Connection, statement: str, *values: object) -> psycopg.Cursor[Row]:
    """Run one statement in SQLite's spelling; bytes come back as they are."""
    # The statements are constants of this project, and values never part of them.
    query = for_postgresql(statement)
    return db.execute(query, values, binary=True)


def run_unless_known(
    db: Connection, statement: str, *values: object
) -> psycopg.Cursor[Row] | None:
    """As `run`; None where a row stands already: the transaction can only be undone."""
    try:
        return run(db, statement, *values)
    except psycopg.errors.UniqueViolation:
        return None


def run_all(db: Connection, text: str) -> None:
    """Run statements that take no values."""
    db.execute(for_postgresql(text))


def settle(db: Connection) -> None:
    """Commit. What comes back from here is as durable as the operator asked for.

    Raises:
        StoreUnreachableError: a standby that should have it may not: somebody
            cancelled the wait. The server says so in a warning and nowhere else.
    """
    said: list[object] = []
    db.add_notice_handler(said.append)
    run(db, "COMMIT")
    db.remove_notice_handler(said.append)
    if said:
        raise StoreUnreachableError("committed, but perhaps not on the standby")


def _check_durable(db: Connection) -> None:
    """Refuse a database that would say yes before it has written."""
    for name in _DURABLE:
        query = "SELECT coalesce(current_setting(?, true), 'on')"
        (value,) = run(db, query, name).fetchone() or ("off",)
        if value == "off":
            raise UsageError(f"the database does not keep what it answers: {name}=off")
