"""The ledgers a relay follows: its own verified copy of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.sources import origin_hash
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wallet.ledger.entry import State


class LedgerCopy(Protocol):
    """The relay's own replica of one origin, as far as a relay needs it."""

    @property
    def size(self) -> int:
        """Entries under the newest quorum checkpoint."""

    @property
    def quorum_time(self) -> datetime | None:
        """Time of that checkpoint."""

    @property
    def note(self) -> bytes | None:
        """That checkpoint itself."""

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash."""

    def state(self, index: int) -> State:
        """What the entries read so far leave an entry in."""

    def check_proof(self, data: bytes, *, leaf: bytes) -> int:
        """The index at which a quorum checkpoint shows *leaf*; refuses otherwise."""


class Followed:
    """The copies by the origin of their ledger."""

    def __init__(self, copies: Mapping[str, LedgerCopy]) -> None:
        """*copies* may gain origins later: a family of shards grows."""
        self._copies = copies

    def copy(self, origin: str) -> LedgerCopy:
        """The copy of one ledger.

        Raises:
            RefusedError: ``malformed``: it is not followed here.
        """
        copy = self._copies.get(origin)
        if copy is None:
            raise RefusedError(Reason.MALFORMED, "origin not followed here")
        return copy

    def first_index(self, origin: str, leaf: bytes) -> int:
        """Where an entry stands in the copy.

        Raises:
            RefusedError: ``not_in_copy``: nowhere yet.
        """
        copy = self.copy(origin)
        index = copy.first_index(leaf)
        if index is None or index >= copy.size:
            raise RefusedError(Reason.NOT_IN_COPY, "entry not logged yet")
        return index

    def checkpoint(self, name: str) -> bytes:
        """The checkpoint of the ledger whose origin hashes to *name*, for comparison.

        Raises:
            RefusedError: ``not_in_copy``: it has not been read yet.
            TurnedAwayError: 404, no such ledger is followed.
        """
        for origin, copy in list(self._copies.items()):
            if origin_hash(origin) == name:
                if copy.note is None:
                    raise RefusedError(Reason.NOT_IN_COPY, "ledger")
                return copy.note
        raise TurnedAwayError(404, "no such ledger here")
