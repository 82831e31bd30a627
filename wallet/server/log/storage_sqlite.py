"""What a ledger keeps: tiles, bundles, first indices, the published note.

SQLite, one durable transaction a batch; one row a tile, partials are cut on reading.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import SHAPES, Entry, State, leaf_hash
from wallet.ledger.merkle import root
from wallet.ledger.tiles import MAX_BUNDLED, WIDTH, decode_bundle, encode_bundle
from wallet.server.log.storage import LoggedChange
from wallet.server.log.tile_tree import TileTree
from wallet.statement import Name, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wallet.server.log.storage import Admitted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS head (
  id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, note BLOB
) STRICT;
INSERT OR IGNORE INTO head (id, size) VALUES (1, 0);
CREATE TABLE IF NOT EXISTS tile (
  level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT;
CREATE TABLE IF NOT EXISTS bundle (n INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS leaf (
  hash BLOB PRIMARY KEY, idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
  idx INTEGER PRIMARY KEY, target INTEGER NOT NULL, state INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS change_target ON change (target, state);
"""
_HASH = 32


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """Open a database whose commits are on the disk when they return."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        db.execute(f"PRAGMA {pragma}")
    db.executescript(schema)
    return db


class SqliteStorage:
    """The ledger's database: one writer, and a reader that never waits for it."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the database."""
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._writer = open_database(path, _SCHEMA)
        self._reader = open_database(path, "")
        self.tree = TileTree(self._tile)
        self._number_changes()

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()
        self._writer.close()

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return int(self._one("SELECT size FROM head")[0])

    @property
    def published(self) -> bytes | None:
        """The note that was published last."""
        note: bytes | None = self._one("SELECT note FROM head")[0]
        return note

    def publish(self, note: bytes) -> None:
        """Keep the note that everybody may see from now on."""
        with self._transaction() as db:
            db.execute("UPDATE head SET note=?", (note,))

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes, or None where there are not so many."""
        data = self._tile(level, n)[: width * _HASH]
        return data if len(data) == width * _HASH else None

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, or None where there are not so many."""
        data = self._bundle(n)
        here = 0
        for _ in range(width):
            if here >= len(data):
                return None
            here += 2 + int.from_bytes(data[here : here + 2], "big")
        return data[:here]

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries from *start* to before *end*, a bundle at a time."""
        while start < end:
            n, skip = divmod(start, WIDTH)
            found = decode_bundle(self._bundle(n))[skip : skip + end - start]
            if not found:
                return
            yield from found
            start += len(found)

    def entry(self, index: int) -> bytes | None:
        """One entry, if there is one."""
        return next(self.entries(index, index + 1), None)

    def index_of(self, leaf: bytes) -> int | None:
        """Where a leaf hash stands."""
        row = self._one("SELECT idx FROM leaf WHERE hash=?", leaf)
        return None if row is None else int(row[0])

    def ended_by(self, target: int) -> int | None:
        """Index of the logged change that ended *target*."""
        row = self._one(
            "SELECT min(idx) FROM change WHERE target=? AND state=?",
            target,
            int(State.ENDED),
        )
        return None if row[0] is None else int(row[0])

    def changes(self, target: int) -> int:
        """How many changes of *target* are logged."""
        return int(self._one("SELECT count(*) FROM change WHERE target=?", target)[0])

    def changes_between(self, low: int, high: int) -> list[LoggedChange]:
        """Status changes logged at *low* to before *high*, in ledger order."""
        with self._read_lock:
            rows = self._reader.execute(
                "SELECT idx, target, state, seq FROM change "
                "WHERE idx >= ? AND idx < ? ORDER BY idx",
                (low, high),
            ).fetchall()
        return [LoggedChange(at, target, State(s), seq) for at, target, s, seq in rows]

    def append(self, batch: Sequence[Admitted]) -> list[int | None]:
        """Make *batch* durable in one transaction; the index of each.

        A leaf that stands already is not appended again, nor is a second end of one
        entry: both are answered with the first. None: the entry has had its *most*
        changes. Whatever was judged before, only this writer can tell.
        """
        with self._transaction() as db:
            size = first = int(db.execute("SELECT size FROM head").fetchone()[0])
            fresh: list[bytes] = []
            hashes: list[bytes] = []
            indices: list[int | None] = []
            for item in batch:
                if len(item.data) > MAX_BUNDLED:
                    raise ValueError("entry too long for a bundle")
                leaf = leaf_hash(item.data)
                known, may = _known(db, item, leaf)
                indices.append(size if known is None and may else known)
                if known is not None or not may:
                    continue
                db.execute("INSERT INTO leaf VALUES (?,?)", (leaf, size))
                if item.target is not None:
                    change = (size, item.target, int(item.state), item.seq)
                    db.execute("INSERT INTO change VALUES (?,?,?,?)", change)
                fresh.append(item.data)
                hashes.append(leaf)
                size += 1
            _add_bundles(db, first, fresh)
            _add_hashes(db, first, hashes)
            db.execute("UPDATE head SET size=?", (size,))
        return indices

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

    def _tile(self, level: int, n: int) -> bytes:
        row = self._one("SELECT data FROM tile WHERE level=? AND n=?", level, n)
        return b"" if row is None else row[0]

    def _bundle(self, n: int) -> bytes:
        row = self._one("SELECT data FROM bundle WHERE n=?", n)
        return b"" if row is None else row[0]

    def _one(self, query: str, *values: int | bytes) -> Any:  # noqa: ANN401 a row
        with self._read_lock:
            return self._reader.execute(query, values).fetchone()


def _known(
    db: sqlite3.Connection, item: Admitted, leaf: bytes
) -> tuple[int | None, bool]:
    """Where an entry, or the end that it repeats, stands; and whether it may follow."""
    row = db.execute("SELECT idx FROM leaf WHERE hash=?", (leaf,)).fetchone()
    if row is None and item.ends:
        row = db.execute(
            "SELECT min(idx) FROM change WHERE target=? AND state=?",
            (item.target, int(State.ENDED)),
        ).fetchone()
    if row is not None and row[0] is not None:
        return int(row[0]), False
    if item.most is None:
        return None, True
    (count,) = db.execute(
        "SELECT count(*) FROM change WHERE target=?", (item.target,)
    ).fetchone()
    return None, count < item.most


def _add_bundles(db: sqlite3.Connection, first: int, entries: list[bytes]) -> None:
    here = 0
    while here < len(entries):
        n, used = divmod(first + here, WIDTH)
        piece = entries[here : here + WIDTH - used]
        db.execute(
            "INSERT INTO bundle VALUES (?,?) "
            "ON CONFLICT (n) DO UPDATE SET data = CAST(data || excluded.data AS BLOB)",
            (n, encode_bundle(piece)),
        )
        here += len(piece)


def _add_hashes(db: sqlite3.Connection, first: int, hashes: list[bytes]) -> None:
    """Fill tiles from below; a full one gives one hash to the level above."""
    level = 0
    while hashes:
        above: list[bytes] = []
        here = 0
        while here < len(hashes):
            n, used = divmod(first + here, WIDTH)
            piece = hashes[here : here + WIDTH - used]
            data: bytes = db.execute(
                "INSERT INTO tile VALUES (?,?,?) ON CONFLICT (level, n) "
                "DO UPDATE SET data = CAST(data || excluded.data AS BLOB) "
                "RETURNING data",
                (level, n, b"".join(piece)),
            ).fetchone()[0]
            if len(data) == WIDTH * _HASH:
                cut = range(0, len(data), _HASH)
                above.append(root([data[at : at + _HASH] for at in cut]))
            here += len(piece)
        first, hashes, level = first // WIDTH, above, level + 1
