"""Copies a log's database while it is written to; looks whether the copy is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.checkpoint import parse_note
from wallet.server.log.storage_sqlite import SqliteStorage

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = 4_096  # in one go: writers wait for no longer than that takes


def copy_database(source: Path, target: Path) -> int:
    """Copy the log at *source* as it is at one moment; how many entries were published.

    Raises:
        StoreDamagedError: the copy does not hold what its published note says.
    """
    with (
        closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        ) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # WAL: a reader's snapshot, whole whatever is appended meanwhile.
        old.execute("BEGIN")
        old.execute("SELECT size FROM head").fetchone()
        old.backup(new, pages=_PAGES)
    with closing(SqliteStorage(target)) as storage:
        note = storage.published
        if note is None:
            return 0
        here = parse_note(note).checkpoint
        if storage.size < here.size or storage.tree.root(here.size) != here.root:
            raise StoreDamagedError("the copy is not what was published")
        return here.size
