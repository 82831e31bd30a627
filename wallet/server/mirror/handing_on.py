"""Status changes a mirror took for a log that did not answer, until the log has them.

Durable before the answer, which says "handed on" and never "in force": that only a
quorum checkpoint says. PROTOCOL.md 9. Only changes that the target's own control key
signed are taken, one end and a few others an entry, so that nobody can fill the disk.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.entry import (
    MAX_ENTRY,
    State,
    check_change,
    leaf_hash,
    parse_entry,
)
from wallet.server.log.admission import FREE_CHANGES
from wallet.server.log.storage_sqlite import open_database
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.entry import Entry
    from wallet.server.mirror.copy import MirrorCopy

_LOG = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS handed (
  leaf BLOB PRIMARY KEY, origin TEXT NOT NULL, target INTEGER NOT NULL,
  state INTEGER NOT NULL, entry BLOB NOT NULL, stamp BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS handed_target ON handed (origin, target, state);
"""


class Handed(NamedTuple):
    """One change that waits for its log."""

    entry: bytes
    stamp: bytes
    at: int


class HandingOn:
    """The changes of all logs of a mirror, in a database of their own."""

    def __init__(self, path: Path) -> None:
        """Open or lay out the database."""
        self._lock = threading.Lock()
        self._db = open_database(path, _SCHEMA)
        self._damaged: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    @property
    def waiting(self) -> int:
        """How many changes wait for their logs."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM handed").fetchone()[0])

    def take(
        self, copy: MirrorCopy, data: bytes, *, stamp: bytes, seconds: int
    ) -> int | None:
        """Keep a change; the index where the log has it already, or None.

        Raises:
            TurnedAwayError: 400, 403, 404 (the target is not in this copy), 413.
        """
        if len(data) > MAX_ENTRY:
            raise TurnedAwayError(413, "entry too long")
        leaf = leaf_hash(data)
        known = copy.first_index(leaf)
        if known is not None:
            return known
        read = _verified(copy, data)
        change = read.change
        with self._lock:
            told = self._db.execute(
                "SELECT count(*) FROM handed WHERE origin=? AND target=? AND "
                "(state=?) = ? AND leaf <> ?",
                (
                    copy.origin,
                    change.index,
                    int(State.ENDED),
                    change.state is State.ENDED,
                    leaf,
                ),
            ).fetchone()[0]
            if change.state is State.ENDED and told:
                return None  # another end of the same entry waits already
            if told >= FREE_CHANGES:
                raise TurnedAwayError(403, "too many changes wait already")
            row = (
                leaf,
                copy.origin,
                change.index,
                int(change.state),
                data,
                stamp,
                seconds,
            )
            self._db.execute(
                "INSERT INTO handed VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", row
            )
        return None

    def of(self, origin: str) -> list[Handed]:
        """What waits for one log, ends first.

        What the disk has damaged no log would take; it holds up nothing else.
        """
        with self._lock:
            rows = self._db.execute(
                "SELECT leaf, entry, stamp, at FROM handed WHERE origin=? "
                "ORDER BY state <> ?, at",
                (origin, int(State.ENDED)),
            ).fetchall()
        whole = [Handed(*kept) for leaf, *kept in rows if leaf_hash(kept[0]) == leaf]
        damaged = len(rows) - len(whole)
        if damaged > self._damaged.get(origin, 0):
            _LOG.error("%d changes handed on for %s are damaged", damaged, origin)
        self._damaged[origin] = damaged
        return whole

    def settle(self, copy: MirrorCopy) -> None:
        """Let go of what the log's signed history holds, or has made needless."""
        for one in self.of(copy.origin):
            change = parse_entry(one.entry, origin=copy.origin).change
            leaf = leaf_hash(one.entry)
            ended = copy.state(change.index) is State.ENDED
            if ended or copy.first_index(leaf) is not None:
                with self._lock:
                    self._db.execute("DELETE FROM handed WHERE leaf=?", (leaf,))


def _verified(copy: MirrorCopy, data: bytes) -> Entry:
    try:
        read = parse_entry(data, origin=copy.origin)
        if read.name is not Name.STATUS:
            raise TurnedAwayError(403, "a mirror takes status changes only")
        target = copy.entry(read.change.index)
        if target is None:
            raise TurnedAwayError(404, "no such target in this copy")
        check_change(read, parse_entry(target, origin=copy.origin), origin=copy.origin)
    except RefusedError as refused:
        wrong = refused.reason is Reason.SIGNATURE_WRONG
        raise TurnedAwayError(403 if wrong else 400, str(refused)) from None
    if copy.first_index(read.change.leaf) != read.change.index:
        raise TurnedAwayError(403, "only the first index of an entry counts")
    return read
