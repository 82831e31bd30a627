"""What a relay keeps: sealed shares, used receipt places, sealed details, packages.

SQLite for the facts, one file a package beside it. Nothing about who called or from
where is ever written. PROTOCOL.md 6.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wallet.errors import RefusedError
from wallet.server.log.storage_sqlite import open_database
from wallet.server.relay.rules import Deposit, Held, Used
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS permission (
  leaf BLOB PRIMARY KEY, origin TEXT NOT NULL, entry BLOB NOT NULL,
  until INTEGER NOT NULL DEFAULT 0, noticed_at REAL, notice BLOB, deleted_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS tree (
  leaf BLOB NOT NULL, number INTEGER NOT NULL, root BLOB NOT NULL,
  PRIMARY KEY (leaf, number)
) STRICT;
CREATE TABLE IF NOT EXISTS object (
  id BLOB PRIMARY KEY, leaf BLOB NOT NULL, digest BLOB NOT NULL,
  size INTEGER NOT NULL, share BLOB, begins INTEGER NOT NULL, ends INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS used (
  leaf BLOB NOT NULL, place INTEGER NOT NULL, request BLOB NOT NULL,
  receipt_index INTEGER NOT NULL, at REAL NOT NULL, released INTEGER NOT NULL,
  PRIMARY KEY (leaf, place)
) STRICT;
CREATE TABLE IF NOT EXISTS details (
  r BLOB PRIMARY KEY, leaf BLOB NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS mark (
  origin TEXT NOT NULL, size INTEGER NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT;
"""
_DAY = 86_400
_LAST = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A permission the relay has heard of."""

    origin: str
    entry: bytes
    noticed: bool
    deleted: bool


class RelayStorage:
    """The relay's database and its folder of packages."""

    def __init__(self, home: Path) -> None:
        """Open or lay out *home*; what a crash left of packages is dropped.

        Raises:
            StoreDamagedError, StoreUnreachableError: as `open_database`.
        """
        self._packages = home / "packages"
        self._packages.mkdir(parents=True, exist_ok=True)
        for left in self._packages.glob("*.part"):
            left.unlink()
        #: Held by every transaction; whoever changes a ledger copy holds it too.
        self.lock = threading.RLock()
        self._db = open_database(home / "relay.db", _SCHEMA)
        self._db.execute("PRAGMA secure_delete=ON")
        self._drop_strays()

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One writer at a time: what is read inside stays true until the commit."""
        with self.lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it
                    self._db.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Take what was deleted out of the write-ahead file as well."""
        with self.lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _drop_strays(self) -> None:
        """Remove packages moved to their name whose deposit was never committed."""
        named = {row[0].hex() for row in self._all("SELECT id FROM object")}
        for path in self._packages.iterdir():
            if path.name not in named:
                path.unlink()

    # --- permissions -----------------------------------------------------------

    def known(self, leaf: bytes) -> Known | None:
        """What is known of a permission."""
        row = self._one(
            "SELECT origin, entry, noticed_at, deleted_at FROM permission WHERE leaf=?",
            leaf,
        )
        if row is None:
            return None
        return Known(
            origin=row[0],
            entry=row[1],
            noticed=row[2] is not None,
            deleted=row[3] is not None,
        )

    def learn(self, leaf: bytes, *, origin: str, entry: bytes, until: int) -> None:
        """Remember a permission and the latest end any order named."""
        self._do(
            "INSERT INTO permission (leaf, origin, entry, until) VALUES (?,?,?,?) "
            "ON CONFLICT (leaf) DO UPDATE SET until = max(until, excluded.until)",
            leaf,
            origin,
            entry,
            until,
        )

    def notice(self, leaf: bytes, notice: bytes, *, at: datetime) -> None:
        """Keep the first notice of a withdrawal."""
        self._do(
            "UPDATE permission SET noticed_at=?, notice=? "
            "WHERE leaf=? AND noticed_at IS NULL",
            at.timestamp(),
            notice,
            leaf,
        )

    def delete(self, leaf: bytes, *, at: datetime) -> None:
        """Drop shares and packages; release list, details, tombstone stay."""
        objects = self._all("SELECT id FROM object WHERE leaf=?", leaf)
        self._do("UPDATE object SET share=NULL WHERE leaf=?", leaf)
        self._do(
            "UPDATE permission SET deleted_at=? WHERE leaf=? AND deleted_at IS NULL",
            at.timestamp(),
            leaf,
        )
        for (name,) in objects:
            self.package(name).unlink(missing_ok=True)

    # --- trees, objects --------------------------------------------------------

    def newest_tree(self, leaf: bytes) -> int:
        """The current receipt tree, -1 before the first."""
        row = self._one("SELECT max(number) FROM tree WHERE leaf=?", leaf)
        return -1 if row is None or row[0] is None else int(row[0])

    def add_tree(self, leaf: bytes, number: int, root: bytes) -> None:
        """Keep a tree's root.

        Raises:
            RefusedError: ``release_refused``: t went down, or a root was changed.
        """
        row = self._one("SELECT root FROM tree WHERE leaf=? AND number=?", leaf, number)
        if number < self.newest_tree(leaf) or (row is not None and row[0] != root):
            raise RefusedError(Reason.RELEASE_REFUSED, "receipt tree")
        self._do("INSERT OR IGNORE INTO tree VALUES (?,?,?)", leaf, number, root)

    def deposit(self, name: bytes) -> tuple[bytes, Deposit] | None:
        """An object and the leaf it belongs to."""
        row = self._one(
            "SELECT leaf, digest, size, share, begins, ends FROM object WHERE id=?",
            name,
        )
        if row is None:
            return None
        leaf, digest, size, share, begins, ends = row
        return leaf, Deposit(
            object_id=name,
            digest=digest,
            size=size,
            share=share,
            begins=begins,
            ends=ends,
        )

    def add_object(self, leaf: bytes, deposit: Deposit) -> None:
        """Keep a deposit; its id must be new."""
        self._do(
            "INSERT INTO object VALUES (?,?,?,?,?,?,?)",
            deposit.object_id,
            leaf,
            deposit.digest,
            deposit.size,
            deposit.share,
            deposit.begins,
            deposit.ends,
        )

    def bytes_held(self, leaf: bytes) -> int:
        """How many bytes of packages a permission has deposited so far."""
        row = self._one("SELECT sum(size) FROM object WHERE leaf=?", leaf)
        return int(row[0] or 0) if row else 0

    def package(self, name: bytes) -> Path:
        """Where the package of an object lies."""
        return self._packages / name.hex()

    def publish_package(self, part: Path, name: bytes) -> None:
        """Move a written and synced package to its name, durably."""
        part.replace(self.package(name))
        handle = os.open(self._packages, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    # --- releases --------------------------------------------------------------

    def held(
        self, *, leaf: bytes, object_id: bytes, tree: int, place: int
    ) -> Held | None:
        """Everything a release is decided on; None for an unknown permission."""
        known = self.known(leaf)
        if known is None:
            return None
        found = self.deposit(object_id)
        root = self._one("SELECT root FROM tree WHERE leaf=? AND number=?", leaf, tree)
        used = self._one(
            "SELECT request, at FROM used WHERE leaf=? AND place=?", leaf, place
        )
        return Held(
            origin=known.origin,
            noticed=known.noticed,
            deposit=found[1] if found is not None and found[0] == leaf else None,
            root=root[0] if root else None,
            used=Used(request=used[0], at=_moment(used[1])) if used else None,
        )

    def mark_used(
        self,
        *,
        leaf: bytes,
        place: int,
        request: bytes,
        receipt_index: int,
        at: datetime,
        released: bool,
    ) -> None:
        """Use up a receipt place."""
        self._do(
            "INSERT INTO used VALUES (?,?,?,?,?,?)",
            leaf,
            place,
            request,
            receipt_index,
            at.timestamp(),
            int(released),
        )

    def releases(self, leaf: bytes) -> list[tuple[int, int, int]]:
        """Every release: receipt place k, index of its entry, POSIX second."""
        rows = self._all(
            "SELECT place, receipt_index, at FROM used "
            "WHERE leaf=? AND released=1 ORDER BY place",
            leaf,
        )
        return [(int(k), int(index), int(at)) for k, index, at in rows]

    def add_details(self, commitment: bytes, *, leaf: bytes, sealed: bytes) -> None:
        """Keep sealed details under the receipt's R."""
        self._do(
            "INSERT OR IGNORE INTO details VALUES (?,?,?)", commitment, leaf, sealed
        )

    def newest_details(self) -> int:
        """A number that rises with every details kept; none are ever taken away."""
        row = self._one("SELECT max(rowid) FROM details")
        return 0 if row is None or row[0] is None else int(row[0])

    def detail_keys(self) -> list[bytes]:
        """Every R there are details for, in order."""
        return [bytes(row[0]) for row in self._all("SELECT r FROM details ORDER BY r")]

    def details_between(self, low: bytes, high: bytes) -> list[tuple[bytes, bytes]]:
        """Details with low <= R <= high."""
        rows = self._all(
            "SELECT r, sealed FROM details WHERE r BETWEEN ? AND ? ORDER BY r",
            low,
            high,
        )
        return [(bytes(r), bytes(sealed)) for r, sealed in rows]

    # --- when the ledger was seen how large ------------------------------------

    def add_mark(self, origin: str, *, size: int, at: datetime) -> None:
        """Remember the oldest quorum time at which the copy had *size* entries."""
        moment = at.timestamp()
        self._do("INSERT OR IGNORE INTO mark VALUES (?,?,?)", origin, size, moment)
        # One old mark stays: whatever it covers is known to be at least a day old.
        self._do(
            "DELETE FROM mark WHERE origin=:origin AND at < :old AND size < "
            "(SELECT max(size) FROM mark WHERE origin=:origin AND at < :old)",
            {"origin": origin, "old": moment - _DAY},
        )

    def covered_since(self, origin: str, index: int) -> datetime | None:
        """Time of the oldest quorum checkpoint seen that covers *index*.

        Every later mark says the same of it, so that no one damaged row makes a
        receipt younger than the next mark.
        """
        row = self._one(
            "SELECT min(at) FROM mark WHERE origin=? AND size>? AND at BETWEEN 0 AND ?",
            origin,
            index,
            _LAST,
        )
        return None if row is None or row[0] is None else _moment(row[0])

    def forget_past(self, *, now: datetime) -> None:
        """Drop everything of permissions that ended: their tombstones too."""
        past = [
            row[0]
            for row in self._all(
                "SELECT leaf FROM permission WHERE until <= ?", int(now.timestamp())
            )
        ]
        for leaf in past:
            for (name,) in self._all("SELECT id FROM object WHERE leaf=?", leaf):
                self.package(name).unlink(missing_ok=True)
            for table in ("used", "tree", "object", "permission"):
                self._do(f"DELETE FROM {table} WHERE leaf=?", leaf)  # noqa: S608 ours

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        with self.lock:
            row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
            return row

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()

    def _do(self, sql: str, *values: object) -> None:
        with self.lock:
            if len(values) == 1 and isinstance(values[0], dict):
                self._db.execute(sql, values[0])
            else:
                self._db.execute(sql, values)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
