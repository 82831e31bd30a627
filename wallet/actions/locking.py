"""One process at a time in a home, for the length of a block."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wallet.store.lock import HomeLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(home: Path) -> Iterator[Path]:
    """Hold the lock of *home*.

    Raises:
        HomeMissingError: there is no such folder.
        HomeBusyError: another process still holds it.
    """
    lock = HomeLock(home)
    try:
        yield home
    finally:
        lock.release()
