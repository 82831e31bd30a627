"""Bring a replica up to its log: whole bundles, never backwards. PROTOCOL.md 9, 10."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from wallet.errors import CancelledError, RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tiles import WIDTH, decode_bundle
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wallet.ledger.replica import Replica

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_LAGGING = (Reason.NO_QUORUM, Reason.COPY_TOO_OLD)


class Source(Protocol):
    """The public files of a log, wherever they are read from."""

    def checkpoint(self) -> bytes:
        """The newest signed note."""

    def bundle(self, n: int, width: int) -> bytes:
        """Entry bundle *n*, partial below 256.

        Raises:
            TurnedAwayError: with 404 where it is not there (any more).
            UnreachableError: nobody answers.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncAnswer:
    """What a sync left behind.

    ``reason`` is set where the copy stayed as it was: ``no_quorum``, or
    ``copy_too_old`` for a server that is behind this copy.
    """

    size: int
    added: int
    quorum_time: datetime | None
    reason: Reason | None = None


def sync(
    replica: Replica,
    source: Source,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SyncAnswer:
    """Read the newest checkpoint and every entry file between, and believe both.

    Raises:
        RefusedError: A signature is wrong, or files do not make up the checkpoint.
        LedgerForkedError: The log shows another history; the replica remembers.
        UnreachableError: Nobody answers.
        CancelledError: *cancelled* said so; the replica is as it was.
    """
    before = replica.size
    note_bytes = source.checkpoint()
    size = parse_note(note_bytes).checkpoint.size
    try:
        replica.check(note_bytes)
    except RefusedError as refused:
        if refused.reason not in _LAGGING:
            raise
        return _answer(replica, before, refused.reason)
    reading = _Reading(source, progress, cancelled)
    entries = reading.entries(before, size)
    try:
        replica.extend(note_bytes, entries)
    except RefusedError as refused:
        if refused.reason is not Reason.MALFORMED or before == 0:
            raise
        replica.accuse(note_bytes, [*map(leaf_hash, reading.entries(0, size))])
        raise
    return _answer(replica, before, None)


def _answer(replica: Replica, before: int, reason: Reason | None) -> SyncAnswer:
    return SyncAnswer(
        size=replica.size,
        added=replica.size - before,
        quorum_time=replica.quorum_time,
        reason=reason,
    )


def read_bundle(source: Source, n: int, width: int) -> list[bytes]:
    """The entries of a bundle; out of the full one where the partial is gone.

    What a full bundle holds past *width* is left out; a partial one is answered as
    it is, even if it holds more or less than its name says.
    """
    try:
        entries = decode_bundle(source.bundle(n, width))
    except TurnedAwayError as refused:
        if refused.status not in _GONE or width == WIDTH:
            raise
        entries = decode_bundle(source.bundle(n, WIDTH))
    return entries[:width] if len(entries) == WIDTH else entries


@dataclass(frozen=True, slots=True)
class _Reading:
    source: Source
    progress: Callable[[int, int], None] | None
    cancelled: Callable[[], bool] | None

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from *start* to before *end*, in whole bundles."""
        found: list[bytes] = []
        if start == end:
            return found
        for n in range(start // WIDTH, -(-end // WIDTH)):
            if self.cancelled is not None and self.cancelled():
                raise CancelledError
            width = min(WIDTH, end - n * WIDTH)
            part = read_bundle(self.source, n, width)
            if len(part) != width:
                raise RefusedError(Reason.MALFORMED, "entry bundle")
            found += part[max(start - n * WIDTH, 0) :]
            if self.progress is not None:
                self.progress(min(n * WIDTH + width, end) - start, end - start)
        return found
