"""Publishes: status root, signed checkpoint, cosignatures, and only then the note.

PROTOCOL.md 3 (roots) and 9 (start, quorum, never smaller).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, WalletError
from wallet.ledger.checkpoint import Checkpoint, parse_note
from wallet.server.log.fresh_root import fresh_root
from wallet.server.log.measures import Measures
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.server.log.opening import Opening
    from wallet.server.log.panel import Panel
    from wallet.server.log.roots import Roots
    from wallet.server.log.sequencer import Sequencer
    from wallet.server.log.sign_lock import SignLock
    from wallet.server.log.storage import Storage

_LOG = logging.getLogger(__name__)
_LAST = 2.0  # seconds for a last publication before the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to publish; and after how long though nothing is new."""

    interval: float = 1.0
    idle: float = 600.0


class Publisher:
    """One log's publisher, for as long as it leads; `run` is its loop."""

    def __init__(
        self,
        *,
        storage: Storage,
        sequencer: Sequencer,
        opening: Opening,
        roots: Roots,
        lock: SignLock,
        origin: str,
        panel: Panel,
        pace: Pace,
        second_line: Callable[[Checkpoint], bytes] = lambda _: b"",
        measures: Measures | None = None,
    ) -> None:
        """Wire the publisher; nothing is asked or signed yet.

        *second_line* signs as the log besides, with a key of another kind: only ever
        what the lock has signed before, so it can fork nothing.
        """
        self._storage = storage
        self._sequencer = sequencer
        self._opening = opening
        self._roots = roots
        self._lock = lock
        self._origin = origin
        self._panel = panel
        self._pace = pace
        self._measures = measures or Measures()
        self._covered: int | None = None  # not known before the first turn
        self._signed: bytes | None = None  # by us in this term, or confirmed
        self._rooted: int | None = None  # a root in the log that is not signed over
        self._second_line = second_line
        self._signed_at = 0.0
        self._said = ""

    async def run(self) -> None:
        """Publish until cancelled; a failure is said once and tried again.

        A full disk is a failure like any other: reads go on, and so does this loop.
        """
        while True:
            try:
                await self.step()
                self._said = ""
            except WalletError as error:
                self._complain(str(error))
            except (OSError, sqlite3.Error) as error:
                self._complain(f"the disk: {type(error).__name__}")
            try:
                await asyncio.sleep(self._pace.interval)
            except asyncio.CancelledError:
                await self._last_step()
                raise

    async def _last_step(self) -> None:
        """Try once more before the end, so that what was answered is also shown."""
        with suppress(WalletError, OSError, sqlite3.Error, TimeoutError):
            async with asyncio.timeout(_LAST):
                if self._sequencer.is_open:
                    await self.step()

    async def step(self) -> None:
        """One turn: ask at the start, sign what is new, publish what has a quorum."""
        if self._covered is None:
            await self._opening.ask()
            self._signed = await asyncio.to_thread(self._lock.confirmed)
            await asyncio.to_thread(self._roots.check, _size(self._signed))
            self._sequencer.open()
            published = await asyncio.to_thread(lambda: self._storage.published)
            self._covered = _size(published)
        loop = asyncio.get_running_loop()
        size = await asyncio.to_thread(self._storage.integrate)
        signed = self._signed
        idle = loop.time() - self._signed_at >= self._pace.idle
        if size > _size(signed) or (idle and self._signed_at) or signed is None:
            self._signed = signed = await self._sign(size)
            self._signed_at = loop.time()
        elif not self._signed_at:
            self._signed_at = loop.time()
        if _size(signed) > self._covered:
            await self._publish(signed)
            self._covered = _size(signed)

    async def _sign(self, size: int) -> bytes:
        """Sign exactly what the newest root covers, and the root itself.

        A root that could not be signed over is taken again while it is the last of
        *size* entries: a lock that fails for an hour must not fill the log with roots.
        """
        if self._rooted is None or self._rooted != size - 1:
            self._rooted = await asyncio.to_thread(self._roots.append)
            await asyncio.to_thread(self._storage.integrate)
        here = await asyncio.to_thread(self._here, self._rooted + 1)
        note = await asyncio.to_thread(self._lock.sign, here, self._storage.tree)
        self._rooted = None
        return note

    async def _publish(self, signed: bytes) -> None:
        lines = await self._panel.ask(
            lambda one: one.cosign(signed, self._storage.tree), until=self._panel.enough
        )
        if not self._panel.enough(lines.keys()):
            asked = len(self._panel.cosigners)
            self._measures.quorum_short += 1
            raise RefusedError(Reason.NO_QUORUM, f"{len(lines)} of {asked} signed")
        own = self._second_line(parse_note(signed).checkpoint)
        note = signed + own + b"".join(lines.values())
        # Nobody is shown what this log's own readers would refuse.
        self._panel.policy.accept(parse_note(note))
        await asyncio.to_thread(self._storage.publish, note)
        self._measures.publications += 1
        self._measures.visible(_size(note))

    def _here(self, size: int) -> Checkpoint:
        root = fresh_root(self._storage, signed=_size(self._signed), size=size)
        return Checkpoint(self._origin, size, root)

    def _complain(self, said: str) -> None:
        if said != self._said:
            _LOG.warning("nothing published: %s", said)
        self._said = said


def _size(note: bytes | None) -> int:
    return 0 if note is None else parse_note(note).checkpoint.size
