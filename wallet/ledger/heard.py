"""Checkpoints that others showed and this copy has not reached yet. PROTOCOL.md 9.

What was heard is compared at once, or after the next sync. One that contradicts the
copy stays here: together with a note of the copy it is the evidence.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.gossip import hear
from wallet.ledger.sources import origin_hash

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.replica import Replica

_MOST = 16  # of one log; nobody but the ledger can make one


class Heard:
    """A folder of notes, each under the hash of its log and its own."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which is made when there is something to keep."""
        self._folder = folder

    def take(self, replica: Replica, data: bytes) -> None:
        """Compare a note, or keep it until it can be compared.

        Raises:
            RefusedError: the ledger never signed it.
            LedgerForkedError: the ledger has signed two histories; it is kept.
        """
        try:
            known = hear(replica, data)
        except LedgerForkedError:
            self._keep(replica.origin, data)
            raise
        if not known:
            self._keep(replica.origin, data)

    def compare(self, replica: Replica) -> None:
        """Compare what waits with a copy that may have grown.

        Raises:
            LedgerForkedError: the ledger has signed two histories.
        """
        forked = None
        for path in self._of(replica.origin):
            try:
                if hear(replica, path.read_bytes()):
                    path.unlink()
            except RefusedError:
                path.unlink()
            except LedgerForkedError as fork:
                forked = fork
        if forked is not None:
            raise forked

    def _keep(self, origin: str, data: bytes) -> None:
        held = self._of(origin)
        path = (
            self._folder / f"{origin_hash(origin)}-{hashlib.sha256(data).hexdigest()}"
        )
        if path in held or len(held) >= _MOST:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def _of(self, origin: str) -> list[Path]:
        return sorted(self._folder.glob(f"{origin_hash(origin)}-*"))
