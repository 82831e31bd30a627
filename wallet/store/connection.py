"""The one encrypted connection: raw key, fixed settings, whole transactions.

Settings and what was measured behind each: reference page on keys, section 2. A
store belongs to the thread that opened it; sqlite refuses any other.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlcipher3

from wallet.errors import HomeMissingError, StoreDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PAGE_SIZE = 8192
_KEY = 32
_SALT = 16
# Few: every statement kept takes of the small arena SQLite works in, and whatever finds
# no place there is locked and wiped by system calls (cipher_memory_security), for each
# record that comes in. To prepare one anew for a batch of records costs far less.
_STATEMENTS = 4
# Asked for again at every opening: sqlcipher keeps none of them in the file.
_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "foreign_keys = OFF",
    "cache_size = -48000",
    "trusted_schema = OFF",
)

# For types it does not know, the module asks each value whether it adapts itself.
for _kept in (bytes, type(None)):
    sqlcipher3.register_adapter(_kept, lambda value: value)

Row = tuple[Any, ...]
"""What a query answers: the types are those of the columns asked for."""


class Store:
    """An open encrypted database; see `create` and `open_store`."""

    def __init__(self, connection: Any, path: Path) -> None:  # noqa: ANN401 untyped
        self._connection: Any = connection
        self.path = path
        self._rehearsing = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside, durably, or nothing; not to be nested."""
        if self._rehearsing:
            with self._rehearsed():
                yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Do everything inside and undo all of it; transactions in it nest.

        For saying what something would do, by doing it.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        self._rehearsing = True
        try:
            yield
        finally:
            self._rehearsing = False
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _rehearsed(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT rehearsed")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO rehearsed")
                self._connection.execute("RELEASE rehearsed")
            raise
        self._connection.execute("RELEASE rehearsed")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._connection.in_transaction)

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Change rows; answers how many."""
        return int(self._ask(sql, values).rowcount)

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Change rows once for each of *rows*."""
        try:
            self._connection.executemany(sql, rows)
        except sqlcipher3.DatabaseError as error:
            raise _damaged(error) from None

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Ask; rows come as they are read."""
        found: Iterator[Row] = self._ask(sql, values)
        return found

    def all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Ask for every row at once."""
        found: list[Row] = self._ask(sql, values).fetchall()
        return found

    def one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """Ask for the first row, if there is one."""
        found: Row | None = self._ask(sql, values).fetchone()
        return found

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401
        """Ask for the first column of the first row; None where there is none."""
        row = self.one(sql, values)
        return row[0] if row else None

    def checkpoint(self) -> None:
        """Bring the log into the main file and cut it: erased pages go with it."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def check(self) -> list[str]:
        """Name what is wrong with the file: bad pages first, then broken structure."""
        found = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if not found:  # the structure can only be walked over pages that open
            found = self._connection.execute("PRAGMA integrity_check(10)").fetchall()
        return [row[0] for row in found if row[0] != "ok"]

    def close(self) -> None:
        """Checkpoint and let go of the key; a second time does nothing."""
        if self._connection is None:
            return
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self.checkpoint()
        self._connection.close()
        self._connection = None

    def _ask(self, sql: str, values: Sequence[object]) -> Any:  # noqa: ANN401 untyped
        try:
            return self._connection.execute(sql, values)
        except sqlcipher3.DatabaseError as error:
            raise _damaged(error) from None


def _damaged(error: Exception) -> Exception:
    """A page that does not open is the store's fault; the rest is the program's."""
    if type(error) is sqlcipher3.DatabaseError:
        return StoreDamagedError("the store is damaged; restore it from a backup")
    return error


def salt_of(path: Path) -> bytes:
    """The first 16 bytes of the file: readable without a key, given at creation.

    Raises:
        HomeMissingError: there is no such file.
        StoreDamagedError: it is too short to be a store.
    """
    try:
        with path.open("rb") as file:
            salt = file.read(_SALT)
    except FileNotFoundError:
        raise HomeMissingError("there is no store in this home") from None
    if len(salt) != _SALT:
        raise StoreDamagedError("the store is cut short")
    return salt


def create(path: Path, *, key: bytes | bytearray, salt: bytes | None = None) -> Store:
    """Make a new store; *salt* becomes its first 16 bytes, random if not given.

    Raises:
        FileExistsError: a store is never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    store = _connect(path, key=key, salt=salt or secrets.token_bytes(_SALT))
    # The first page is written now, so that the salt can be read from the file.
    store.run("PRAGMA user_version = 0")
    with store.transaction():
        store.run("CREATE TABLE schema_version (version INTEGER NOT NULL)")
    store.checkpoint()
    return store


def open_store(path: Path, *, key: bytes | bytearray) -> Store:
    """Open an existing store with its raw key.

    Raises:
        HomeMissingError: there is no such file.
        StoreDamagedError: the key does not open it, or it is damaged.
    """
    salt_of(path)
    return _connect(path, key=key, salt=None)


def _connect(path: Path, *, key: bytes | bytearray, salt: bytes | None) -> Store:
    if len(key) != _KEY or (salt is not None and len(salt) != _SALT):
        raise ValueError("a raw key has 32 bytes and a salt 16")
    connection = sqlcipher3.connect(
        str(path), isolation_level=None, timeout=10, cached_statements=_STATEMENTS
    )
    try:
        # First of all, or a wrong key is reported on the standard error stream.
        connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
        connection.execute("PRAGMA cipher_memory_security = ON").fetchall()
        given = key.hex() + (salt.hex() if salt else "")
        connection.execute(f"PRAGMA key = \"x'{given}'\"").fetchall()
        connection.execute(f"PRAGMA cipher_page_size = {PAGE_SIZE}").fetchall()
        connection.execute("PRAGMA cipher_plaintext_header_size = 0").fetchall()
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}").fetchall()
    except sqlcipher3.DatabaseError:
        connection.close()
        raise StoreDamagedError(
            "the store cannot be read with its key; restore it from a backup"
        ) from None
    except BaseException:
        connection.close()
        raise
    return Store(connection, path)
