"""When a log may begin to write: nobody may have seen more of it. PROTOCOL.md 9.

What somebody has seen under our signature is first fetched back (`refill`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wallet.errors import HistoryMissingError, RefusedError
from wallet.ledger.checkpoint import LOG_KIND, Checkpoint, parse_note, vkey_for
from wallet.server.log.sign_lock import check_extends
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.server.log.panel import Panel
    from wallet.server.log.refill import Refill
    from wallet.server.log.sign_lock import SignLock
    from wallet.server.log.storage import Storage


class Opening:
    """Asks the witnesses what they have seen; more than we hold must not exist."""

    def __init__(
        self,
        *,
        storage: Storage,
        lock: SignLock,
        log_public: bytes,
        origin: str,
        panel: Panel,
        refill: Refill | None = None,
    ) -> None:
        """*log_public* is the only key that says how large this log is.

        *refill* fetches what a restored database has lost; without it nothing comes
        back by itself.
        """
        self._storage = storage
        self._lock = lock
        self._vkey = vkey_for(origin, LOG_KIND, log_public)
        self._origin = origin
        self._panel = panel
        self._refill = refill

    async def ask(self) -> None:
        """Return once nobody can have seen more than we hold.

        Raises:
            HistoryMissingError: somebody has, it bears our signature, and no mirror
                gives the entries of it that are missing here.
            LedgerForkedError: somebody has seen another history under our signature.
            RefusedError: ``no_quorum``: too few answer.
        """
        last = await asyncio.to_thread(self._lock.last)
        if last is None and self._panel.policy.warns and await self._is_restored():
            # Nobody can say what was signed after the copy was made.
            raise RefusedError(Reason.NO_QUORUM, "a restored copy, and no witness")
        seen = await self._panel.ask(
            lambda one: one.seen(self._origin), until=self._panel.could_know_all
        )
        # Looked up after the answers: another front end may be publishing meanwhile.
        own = await asyncio.to_thread(self._here)
        ours = [note for note in (last, *seen.values()) if note and self._is_ours(note)]
        largest = max(ours, key=_size, default=None)
        if largest is not None and _size(largest) > own.size:
            await asyncio.to_thread(self._bring_back, largest, own.size)
            own = await asyncio.to_thread(self._here)
        tree = self._storage.tree
        if last is not None:
            await asyncio.to_thread(check_extends, last, own, tree)
        answered = set()
        for name, note in seen.items():
            # Nothing but our own signature says how large this log is.
            if note is not None and not self._is_ours(note):
                continue
            if note is not None:
                await asyncio.to_thread(check_extends, note, own, tree)
            answered.add(name)
        if not self._panel.could_know_all(answered):
            raise RefusedError(Reason.NO_QUORUM, "witnesses that answered at the start")

    def _bring_back(self, note: bytes, held: int) -> None:
        if self._refill is None:
            raise HistoryMissingError(signed=_size(note), held=held)
        self._refill.up_to(note)

    async def _is_restored(self) -> bool:
        """Whether there is something that was published, as there is in a copy."""
        return await asyncio.to_thread(lambda: self._storage.published) is not None

    def _here(self) -> Checkpoint:
        size = self._storage.integrate()
        return Checkpoint(self._origin, size, self._storage.tree.root(size))

    def _is_ours(self, note: bytes) -> bool:
        try:
            parse_note(note).verify_log(self._vkey)
        except RefusedError:
            return False
        return True


def _size(note: bytes) -> int:
    return parse_note(note).checkpoint.size
