"""Waits until the published note covers an entry, and proves that it does.

Whoever publishes may be another process: the note is looked up, for all who wait at
once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wallet.ledger.checkpoint import parse_note
from wallet.ledger.proof import write

if TYPE_CHECKING:
    from wallet.server.log.storage import Storage

PATIENCE = 20.0  # seconds
LOOK_EVERY = 0.1
MAX_WAITING = 256  # who comes after them is answered without a proof


class Published:
    """The newest published note of a log, as far as it is waited for."""

    def __init__(self, storage: Storage, *, patience: float = PATIENCE) -> None:
        """*patience* is how long one waits, in seconds."""
        self._storage = storage
        self._patience = patience
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None
        self._note, self._size = b"", 0

    async def proof(self, index: int) -> bytes | None:
        """A tlog-proof of the entry at *index*; None: it was not published in time."""
        if self._waiting >= MAX_WAITING:
            return None
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                while self._size <= index:
                    await asyncio.shield(self._look())
        except TimeoutError:
            return None
        finally:
            self._waiting -= 1
        return await asyncio.to_thread(self._prove, index, self._note, self._size)

    def _look(self) -> asyncio.Task[None]:
        """One look for everybody; it ends a moment after it has looked."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_once())
        return self._looking

    async def _look_once(self) -> None:
        note = await asyncio.to_thread(lambda: self._storage.published)
        if note is not None and note != self._note:
            self._note, self._size = note, parse_note(note).checkpoint.size
        else:
            await asyncio.sleep(LOOK_EVERY)

    def _prove(self, index: int, note: bytes, size: int) -> bytes:
        return write(index, self._storage.tree.inclusion(index, size), note)
