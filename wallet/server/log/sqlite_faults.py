"""What SQLite says when a file cannot be opened, in the errors of this house.

Result codes: https://sqlite.org/rescode.html, primary codes in the low byte.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError, StoreUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code; SQLITE_ERROR where the library gave none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


@contextmanager
def opening() -> Iterator[None]:
    """Open a database inside of this.

    Raises:
        StoreDamagedError: the file is no database, or not as it was written.
        StoreUnreachableError: its disk is full, read-only or broken; it may be mended.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if primary_code(error) in _DAMAGED:
            raise StoreDamagedError(f"a database is damaged: {name}") from None
        raise StoreUnreachableError(name) from None
