"""A log in one SQLite file: one process, one durable transaction a batch.

One row a tile; a transaction that gives indices grows the tree at once. Where a leaf
stands is written down later and in order (`recent_leaves`).
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import State
from wallet.ledger.tile_tree import TileTree
from wallet.ledger.tiles import WIDTH
from wallet.server.log import statements
from wallet.server.log.growth import grow_bundles, grow_tiles
from wallet.server.log.older_sqlite import LIST, LISTED, bring_up_to_date
from wallet.server.log.placing import Past, leaves_of, place, targets_of
from wallet.server.log.recent_leaves import RecentLeaves
from wallet.server.log.shelf import Shelf, hashes_in
from wallet.server.log.sqlite_faults import opening
from wallet.server.log.storage import Admitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wallet.server.log.placing import Placed
    from wallet.server.log.recent_leaves import Due
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
        with self._transaction() as db:
            bring_up_to_date(db)
        self._recent = self._remembered()

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
        with self._write_lock, self._transaction() as db:
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
        recent = self._recent.find([leaf])
        return recent[leaf] if recent else self._shelf.index_of(leaf)

    def indices_of(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """Where those of these leaf hashes stand that do."""
        recent = self._recent.find(leaves)  # first: they only go from here to there
        others = [leaf for leaf in leaves if leaf not in recent] if recent else leaves
        return {**recent, **self._shelf.indices_of(others)}

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
        leaves, targets = leaves_of(batch), targets_of(batch)

        def placed(db: sqlite3.Connection, first: int) -> Placed:
            past = _past(db, targets, known=self._known(db, leaves))
            return place(batch, leaves, first=first, past=past)

        return self._append(placed).answers

    def append_at(self, build: Callable[[int], bytes]) -> int:
        """Append what *build* makes for the very index it will have; that index."""

        def placed(db: sqlite3.Connection, first: int) -> Placed:
            batch = [Admitted(data=build(first))]
            leaves = leaves_of(batch)
            if self._known(db, leaves):
                raise StoreDamagedError("a leaf stands past the end of the log")
            return place(batch, leaves, first=first, past=Past())

        (first,) = self._append(placed).answers
        assert isinstance(first, int)  # noqa: S101 narrowing: nothing of the past
        return first

    def _append(self, placing: Callable[[sqlite3.Connection, int], Placed]) -> Placed:
        """Write in one transaction what *placing* puts behind the log as it is."""
        with self._write_lock:
            with self._transaction() as db:
                first = _size(db)
                if first != self._recent.end:  # somebody else has written
                    self._recent = self._remembered()
                placed = placing(db, first)
                due = self._recent.due(len(placed.leaves))
                _list_leaves(db, due)
                _write(db, first, placed)
            self._recent.moved(due)
            self._recent.add(placed.leaves)
        return placed

    def _known(self, db: sqlite3.Connection, leaves: list[bytes]) -> dict[bytes, int]:
        """Where those of these leaf hashes stand that do, as the writer sees it."""
        known = self._recent.find(leaves)
        for at in range(0, len(leaves), _AT_ONCE):
            some = leaves[at : at + _AT_ONCE]
            known.update(db.execute(statements.indices_of(len(some)), some))
        return known

    def _remembered(self) -> RecentLeaves:
        """The leaves that may be in no table yet, out of their tiles."""
        (listed, size), hashes = self._ask(LISTED)[0], []
        for n in range(listed // WIDTH, -(-size // WIDTH)):
            hashes += hashes_in(self._shelf.whole_tile(0, n))
        skip = listed % WIDTH
        tail = hashes[skip : skip + max(size - listed, 0)]
        return RecentLeaves(listed=listed, size=size, tail=tail)

    def integrate(self) -> int:
        """Nothing waits here: whatever is durable is in the tree."""
        return self.size

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
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


def _past(
    db: sqlite3.Connection, targets: list[int], *, known: dict[bytes, int]
) -> Past:
    """What became of the targets so far, beside the leaves that are known."""
    ended, counted = {}, {}
    for target in targets:
        values = (target, int(State.ENDED))
        (first,) = db.execute(statements.ENDED_BY, values).fetchone()
        if first is not None:
            ended[target] = first
        (counted[target],) = db.execute(statements.COUNT_CHANGES, (target,)).fetchone()
    return Past(known=known, ended=ended, counted=counted)


def _list_leaves(db: sqlite3.Connection, due: Due) -> None:
    """Write down where these stand; one that a stop left on its way does already."""
    if due.rows:
        db.executemany(statements.ADD_LEAF, due.rows)
        db.execute(LIST, (due.listed,))


def _write(db: sqlite3.Connection, first: int, placed: Placed) -> None:
    """Changes, bundles, tiles and the size."""

    def bundle(n: int) -> bytes:
        return _data(db, statements.BUNDLE, n)

    def tile(level: int, n: int) -> bytes:
        return _data(db, statements.TILE, level, n)

    if not placed.entries:
        return
    if placed.changes:
        db.executemany("INSERT INTO change VALUES (?, ?, ?, ?)", placed.changes)
    for row in grow_bundles(first, placed.entries, bundle=bundle):
        db.execute(statements.PUT_BUNDLE, row)
    for full in grow_tiles(first, placed.leaves, tile=tile):
        db.execute(statements.PUT_TILE, full)
    db.execute(statements.ADVANCE, (first + len(placed.entries), first))


def _data(db: sqlite3.Connection, statement: str, *values: int) -> bytes:
    row = db.execute(statement, values).fetchone()
    return b"" if row is None else row[0]
