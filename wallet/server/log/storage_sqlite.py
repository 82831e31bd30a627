"""A log in one SQLite file: one process, one durable transaction a batch.

One row a tile; a transaction that gives indices grows the tree at once.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import SHAPES, Entry, State
from wallet.ledger.tile_tree import TileTree
from wallet.server.log import statements
from wallet.server.log.growth import grow_bundles, grow_tiles
from wallet.server.log.placing import Past, leaves_of, place, targets_of
from wallet.server.log.shelf import Shelf
from wallet.server.log.sqlite_faults import opening
from wallet.server.log.storage import Admitted
from wallet.statement import Name, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wallet.server.log.placing import Placed
    from wallet.server.log.storage import Declined, LoggedChange

_AT_ONCE = 500  # values in one statement


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """Open a database whose commits are on the disk when they return.

    Raises:
        StoreDamagedError, StoreUnreachableError: as `opening`.
    """
    with opening():
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                db.execute(f"PRAGMA {pragma}")
            db.executescript(schema)
        except BaseException:
            db.close()
            raise
    return db


class SqliteStorage:
    """The ledger's database: one writer, and a reader that never waits for it."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the database."""
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._writer = open_database(path, statements.TABLES)
        self._reader = open_database(path, "")
        self._shelf = Shelf(self._ask)
        self.tree = TileTree(self._shelf.whole_tile)
        self._number_changes()

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()
        self._writer.close()

    @property
    def size(self) -> int:
        """How many entries the tree holds: all that are durable."""
        return self._shelf.size

    @property
    def published(self) -> bytes | None:
        """The note that was published last."""
        return self._shelf.published

    def publish(self, note: bytes) -> None:
        """Keep the note that everybody may see from now on."""
        with self._transaction() as db:
            db.execute(statements.PUBLISH, (note,))

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes, or None where there are not so many."""
        return self._shelf.tile(level, n, width)

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, or None where there are not so many."""
        return self._shelf.bundle(n, width)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries from *start* to before *end*, a bundle at a time."""
        return self._shelf.entries(start, end)

    def entry(self, index: int) -> bytes | None:
        """One entry, if there is one."""
        return self._shelf.entry(index)

    def index_of(self, leaf: bytes) -> int | None:
        """Where a leaf hash stands."""
        return self._shelf.index_of(leaf)

    def indices_of(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """Where those of these leaf hashes stand that do."""
        return self._shelf.indices_of(leaves)

    def ended_by(self, target: int) -> int | None:
        """Index of the logged change that ended *target*."""
        return self._shelf.ended_by(target)

    def changes(self, target: int) -> int:
        """How many changes of *target* are logged."""
        return self._shelf.changes(target)

    def changes_between(self, low: int, high: int) -> Sequence[LoggedChange]:
        """Status changes logged at *low* to before *high*, in ledger order."""
        return self._shelf.changes_between(low, high)

    def append(self, batch: Sequence[Admitted]) -> list[int | Declined]:
        """Make *batch* durable in one transaction; the index of each."""
        leaves = leaves_of(batch)
        with self._transaction() as db:
            first = _size(db)
            past = _past_of_targets(db, targets_of(batch))
            placed = place(batch, leaves, first=first, past=past)
            # As nearly always none stands: writing them down tells, a look costs more.
            if not _add_leaves(db, first, placed.leaves):
                past = replace(past, known=_known(db, leaves))
                placed = place(batch, leaves, first=first, past=past)
                _add_leaves(db, first, placed.leaves)
            _write(db, first, placed)
        return placed.answers

    def append_at(self, build: Callable[[int], bytes]) -> int:
        """Append what *build* makes for the very index it will have; that index."""
        with self._transaction() as db:
            first = _size(db)
            batch = [Admitted(data=build(first))]
            placed = place(batch, leaves_of(batch), first=first, past=Past())
            if not _add_leaves(db, first, placed.leaves):
                raise StoreDamagedError("a leaf stands past the end of the log")
            _write(db, first, placed)
        return first

    def integrate(self) -> int:
        """Nothing waits here: whatever is durable is in the tree."""
        return self.size

    def _number_changes(self) -> None:
        """Give the changes of an older database their numbers, from the entries."""
        columns = self._writer.execute("SELECT name FROM pragma_table_info('change')")
        if "seq" in {name for (name,) in columns}:
            return
        with self._transaction() as db:
            db.execute("ALTER TABLE change ADD COLUMN seq INTEGER NOT NULL DEFAULT 0")
            for (at,) in db.execute("SELECT idx FROM change").fetchall():
                data = self.entry(at)
                if data is None:
                    raise StoreDamagedError("a logged change is missing")
                read = parse(data, name=Name.STATUS, fields=SHAPES[Name.STATUS])
                number = Entry(read).change.seq
                db.execute("UPDATE change SET seq=? WHERE idx=?", (number, at))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def _ask(self, statement: str, *values: int | bytes) -> list[Any]:
        with self._read_lock:
            return self._reader.execute(statement, values).fetchall()


def _size(db: sqlite3.Connection) -> int:
    return int(db.execute(statements.SIZE).fetchone()[0])


def _known(db: sqlite3.Connection, leaves: list[bytes]) -> dict[bytes, int]:
    """Where those of these leaf hashes stand that do."""
    known: dict[bytes, int] = {}
    for at in range(0, len(leaves), _AT_ONCE):
        some = leaves[at : at + _AT_ONCE]
        known.update(db.execute(statements.indices_of(len(some)), some))
    return known


def _past_of_targets(db: sqlite3.Connection, targets: list[int]) -> Past:
    """What became of these entries so far."""
    ended, counted = {}, {}
    for target in targets:
        values = (target, int(State.ENDED))
        (first,) = db.execute(statements.ENDED_BY, values).fetchone()
        if first is not None:
            ended[target] = first
        (counted[target],) = db.execute(statements.COUNT_CHANGES, (target,)).fetchone()
    return Past(ended=ended, counted=counted)


def _add_leaves(db: sqlite3.Connection, first: int, leaves: list[bytes]) -> bool:
    """Write down where these stand; False, and nothing was written, if one does."""
    db.execute("SAVEPOINT leaves")
    numbered = zip(leaves, range(first, first + len(leaves)), strict=True)
    added = db.executemany(statements.ADD_LEAF, numbered).rowcount if leaves else 0
    if added != len(leaves):
        db.execute("ROLLBACK TO leaves")
    db.execute("RELEASE leaves")
    return added == len(leaves)


def _write(db: sqlite3.Connection, first: int, placed: Placed) -> None:
    """Changes, bundles, tiles and the size; the leaves are there already."""

    def bundle(n: int) -> bytes:
        return _data(db, statements.BUNDLE, n)

    def tile(level: int, n: int) -> bytes:
        return _data(db, statements.TILE, level, n)

    if not placed.entries:
        return
    db.executemany("INSERT INTO change VALUES (?, ?, ?, ?)", placed.changes)
    for row in grow_bundles(first, placed.entries, bundle=bundle):
        db.execute(statements.PUT_BUNDLE, row)
    for full in grow_tiles(first, placed.leaves, tile=tile):
        db.execute(statements.PUT_TILE, full)
    db.execute(statements.ADVANCE, (first + len(placed.entries), first))


def _data(db: sqlite3.Connection, statement: str, *values: int) -> bytes:
    row = db.execute(statement, values).fetchone()
    return b"" if row is None else row[0]
