"""Which shards a mirror serves no more: those that went as their policy had said.

C2SP tlog-tiles, "Retention Policies". A mirror keeps serving when its log is gone, so a
log's absence alone takes nothing down here. All of this must hold:

1. The shard was sealed, all of it is here, and the next shard holds that very end.
2. Its log has published for how long it keeps it. The longest that was ever read
   counts: a promise may grow, and what is read late cannot make it shorter.
3. That time is over by the witnesses of the next shard.
4. Whoever serves the shard has taken it down (410), and nobody serves it still.

What was served last stays. The files stay too, until the operator deletes them.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

from wallet.errors import TurnedAwayError, WalletError
from wallet.ledger.checkpoint import Checkpoint
from wallet.ledger.clock import from_seconds
from wallet.ledger.shard import Shard, kept_until
from wallet.ledger.tiles import WIDTH
from wallet.server.log.storage_sqlite import open_database

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.shard_chain import ShardChain
    from wallet.server.mirror.logs import Log

_SCHEMA = """
CREATE TABLE IF NOT EXISTS promised (
  origin TEXT PRIMARY KEY, days INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS retired (
  origin TEXT PRIMARY KEY, at INTEGER NOT NULL
) STRICT;
"""
_MOST_DAYS = 1_000_000
_EVERY = 60  # seconds between two looks at what a log says of its time


class Retiring:
    """The promises that were read, and what was taken down; durable."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the memory at *path*."""
        self._db = open_database(path, _SCHEMA)
        self._lock = threading.Lock()
        self._looked: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def since(self, origin: str) -> str | None:
        """The day a shard was taken down here, such as 2028-01-08."""
        at = self._one("SELECT at FROM retired WHERE origin=?", origin)
        return None if at is None else f"{from_seconds(at):%Y-%m-%d}"

    def promised(self, origin: str) -> int | None:
        """For how many days after its last a shard is kept; None: for ever."""
        return self._one("SELECT days FROM promised WHERE origin=?", origin)

    def look(self, log: Log, chain: ShardChain, *, seconds: int) -> None:
        """Hear what is promised, and take a shard down whose time is over."""
        here = Shard.read(log.origin)
        if here.half_year is None or self.since(log.origin) is not None:
            return
        if 0 <= seconds - self._looked.get(log.origin, -_EVERY) < _EVERY:
            return
        if self._hear(log):
            self._looked[log.origin] = seconds
        if self._is_over(log, chain) and _is_denied(log):
            with self._lock:
                row = (log.origin, seconds)
                self._db.execute("INSERT OR IGNORE INTO retired VALUES (?,?)", row)

    def _hear(self, log: Log) -> bool:
        """Keep the longest promise there is; False where nobody answers."""
        is_heard = False
        for source in log.sources:
            try:
                said = source.log_json()
            except WalletError:
                continue
            is_heard = True
            days = _days(said, log.origin)
            if days is None:
                continue
            with self._lock:
                self._db.execute(
                    "INSERT INTO promised VALUES (?,?) ON CONFLICT (origin) DO UPDATE "
                    "SET days=excluded.days WHERE days < excluded.days",
                    (log.origin, days),
                )
        return is_heard

    def _is_over(self, log: Log, chain: ShardChain) -> bool:
        """Rules 1 to 3."""
        half_year, days = Shard.read(log.origin).half_year, self.promised(log.origin)
        later = chain.later(log.origin)
        if half_year is None or days is None or later is None:
            return False
        size, now = log.copy.size, later.quorum_time
        end = Checkpoint(log.origin, size, log.root_at(size))
        is_whole = chain.is_complete(log.origin) and chain.final(log.origin) == {end}
        is_sound = not log.is_forked and not later.is_forked
        over = now is not None and now >= kept_until(half_year, days)
        return is_whole and is_sound and over

    def _one(self, query: str, origin: str) -> int | None:
        with self._lock:
            row = self._db.execute(query, (origin,)).fetchone()
        return None if row is None else int(row[0])


def _days(said: dict[str, object], origin: str) -> int | None:
    """What a log says of its retention; None where that is nothing, or for ever."""
    match said:
        case {"origin": str(name), "shard": {"retention_days": int(days)}}:
            sound = name == origin and type(days) is int and 0 <= days <= _MOST_DAYS
            return days if sound else None
        case _:
            return None


def _is_denied(log: Log) -> bool:
    """Rule 4."""
    gone = False
    for source in log.sources:
        try:
            source.bundle(0, min(WIDTH, log.copy.size))
        except TurnedAwayError as turned:
            gone = gone or turned.status == HTTPStatus.GONE
        except WalletError:
            continue
        else:
            return False
    return gone
