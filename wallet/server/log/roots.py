"""The operator's word on all states, logged exactly at the size it covers.

PROTOCOL.md 3: covered size = index of the root entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import SHAPES, build_status_root
from wallet.server.log.fresh_root import changes_of
from wallet.server.log.states import States
from wallet.statement import Name, may_be, parse

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

    def check(self, size: int) -> None:
        """Compare the table of changes with the root that was signed last, at *size*.

        Where they differ the entries decide: a root that was untrue stays in the log,
        for everybody to see, but the next one can be true.

        Raises:
            StoreDamagedError: the table is not what the entries say: no further root
                would be true.
        """
        if not size:
            return
        covered = size - 1
        self._follow(covered)
        data = self._storage.entry(covered)
        if data is None or not may_be(data, Name.STATUS_ROOT):
            raise StoreDamagedError("the root that was signed last is missing")
        told = parse(data, name=Name.STATUS_ROOT, fields=SHAPES[Name.STATUS_ROOT])
        if told.key(5) != self._states.root(covered) and not self._is_true(covered):
            raise StoreDamagedError("the table of changes is not what was signed over")

    def _is_true(self, size: int) -> bool:
        """Whether the table of changes is what the first *size* entries say."""
        said = changes_of(0, self._storage.entries(0, size))
        return said == [*self._storage.changes_between(0, size)]

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
