"""Bring a replica up to its log: whole bundles, never backwards. PROTOCOL.md 9, 10."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from wallet.errors import CancelledError, RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.growth import ROOT
from wallet.ledger.tiles import WIDTH, decode_bundle
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from wallet.ledger.growth import Growth
    from wallet.ledger.replica import Replica

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_NO_LOCK = nullcontext()
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

    def tile(self, level: int, n: int, width: int) -> bytes:
        """Hashes of tile *n* of a level; raises as `bundle`. Asked on a long way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who looks on at a long sync: hears entries done and to do, and may stop it."""

    progress: Callable[[int, int], None] = lambda _done, _total: None
    cancelled: Callable[[], bool] = lambda: False


UNWATCHED = Watch()


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

    *progress* hears entries done and entries to do. On a long way, a sync that was
    stopped, whoever stopped it, goes on with the bundle it had come to.

    Raises:
        RefusedError: A signature is wrong, or files do not make up the checkpoint.
        LedgerForkedError: The log shows another history; the replica remembers.
        UnreachableError: Nobody answers.
        CancelledError: *cancelled* said so; what was read is kept for the next time.
    """
    return take_up(
        replica, source.checkpoint(), source, progress=progress, cancelled=cancelled
    )


def take_up(
    replica: Replica,
    note: bytes,
    source: Source,
    *,
    lock: AbstractContextManager[object] = _NO_LOCK,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SyncAnswer:
    """The same with a checkpoint that was read before.

    A replica that several threads ask is touched under *lock* only; nobody is waited
    for while it is held.
    """
    before = replica.size
    try:
        with lock:
            growth = replica.growth(note)
        fetch(growth, source, progress=progress, cancelled=cancelled)
        with lock:
            replica.commit(growth)
    except RefusedError as refused:
        if refused.reason in _LAGGING:
            return _answer(replica, before, refused.reason)
        if refused.place == ROOT and before:
            leaves = [*_leaves(source, parse_note(note).checkpoint.size)]
            with lock:
                replica.accuse(note, leaves)
        raise
    return _answer(replica, before, None)


def fetch(
    growth: Growth,
    source: Source,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Read every bundle a growth needs, from this disk where it lies there already.

    Raises:
        RefusedError, TurnedAwayError, UnreachableError, CancelledError: as `sync`.
    """
    growth.look_ahead(source)
    total = growth.checkpoint.size - growth.start
    for n in growth.bundles:
        if cancelled is not None and cancelled():
            raise CancelledError
        if not growth.find(n):
            growth.take(n, read_bundle(source, n, growth.width(n)))
        if progress is not None:
            progress(len(growth.edge) - growth.start, total)


def _leaves(source: Source, size: int) -> Iterator[bytes]:
    for n in range(-(-size // WIDTH)):
        yield from map(leaf_hash, read_bundle(source, n, min(WIDTH, size - n * WIDTH)))


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
