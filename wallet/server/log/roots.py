"""The operator's word on all states, logged exactly at the size it covers.

PROTOCOL.md 3: covered size = index of the root entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.entry import build_status_root
from wallet.server.log.states import States

if TYPE_CHECKING:
    from wallet.keys.signing import Signer
    from wallet.server.log.storage import Storage


class Roots:
    """Follows the logged changes and appends status roots; one caller at a time."""

    def __init__(self, storage: Storage, *, operator: Signer, origin: str) -> None:
        """*operator* signs the roots of *origin*."""
        self._storage = storage
        self._operator = operator
        self._origin = origin
        self._states, self._followed = States(), 0

    def append(self) -> int:
        """Log a root over everything before it; its index."""
        # Most is read before the writer has to wait for us.
        self._follow(self._storage.size)
        return self._storage.append_at(self._entry)

    def _entry(self, covered: int) -> bytes:
        self._follow(covered)
        return build_status_root(
            self._operator,
            origin=self._origin,
            covered=covered,
            root=self._states.root(covered),
            epoch=covered,
        )

    def _follow(self, size: int) -> None:
        changes = self._storage.changes_between(self._followed, size)
        self._states.follow(changes)
        self._followed = max(self._followed, size)
