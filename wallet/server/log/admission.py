"""Who may append: spam control only, readers judge every entry again. PROTOCOL.md 3."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger import stamp as stamps
from wallet.ledger.entry import (
    MAX_ENTRY,
    State,
    check_change,
    leaf_hash,
    parse_entry,
)
from wallet.server.log.storage import Admitted
from wallet.statement import Name, may_be, peek
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.entry import Entry
    from wallet.server.log.difficulty import Difficulty
    from wallet.server.log.storage import Storage

FREE_CHANGES = 16


class Admission:
    """The rules of one ledger; there is no switch that turns them off."""

    def __init__(
        self, storage: Storage, *, origin: str, difficulty: Difficulty
    ) -> None:
        """*difficulty* is how many zero bits a stamp must show."""
        self._storage = storage
        self._origin = origin
        self._difficulty = difficulty

    @property
    def difficulty(self) -> int:
        """What a stamp made now should be worth."""
        return self._difficulty.asked()

    def judge(self, data: bytes, *, stamp: bytes) -> Admitted | int:
        """What to append, or the index where it stands already.

        A second end of one entry is answered with the first one's index.

        Raises:
            TurnedAwayError: 400, 403, 404 (target) or 413.
        """
        if len(data) > MAX_ENTRY:
            raise TurnedAwayError(413, "entry too long")
        leaf = leaf_hash(data)
        if (known := self._storage.index_of(leaf)) is not None:
            return known
        try:
            if not may_be(data, Name.STATUS):
                self._check_stamp(leaf, stamp)
            entry = parse_entry(data, origin=self._origin)
            if entry.name is Name.STATUS:
                return self._judge_change(entry, stamp=stamp)
        except RefusedError as refused:
            wrong = refused.reason is Reason.SIGNATURE_WRONG
            raise TurnedAwayError(403 if wrong else 400, str(refused)) from None
        if entry.name in (Name.STATUS_ROOT, Name.SHARD_LINK):
            said = f"a {entry.name.value.replace('-', ' ')} is the operator's to write"
            raise TurnedAwayError(403, said)
        return Admitted(data=data)

    def _judge_change(self, entry: Entry, *, stamp: bytes) -> Admitted | int:
        change = entry.change
        found = self._storage.entry(change.index)
        if found is None:
            raise TurnedAwayError(404, "no such target")
        check_change(
            entry, parse_entry(found, origin=self._origin), origin=self._origin
        )
        admitted = Admitted(
            data=entry.raw, target=change.index, state=change.state, seq=change.seq
        )
        if change.state is State.ENDED:
            ended = self._storage.ended_by(change.index)
            return admitted if ended is None else ended
        if self._is_stamped(leaf_hash(entry.raw), stamp):
            return admitted
        if self._storage.changes(change.index) >= FREE_CHANGES:
            raise TurnedAwayError(403, "stamp")
        # Many may have been judged at once: the storage counts again.
        return replace(admitted, most=FREE_CHANGES)

    def _check_stamp(self, leaf: bytes, stamp: bytes) -> None:
        if not self._is_stamped(leaf, stamp):
            raise TurnedAwayError(403, "stamp")

    def _is_stamped(self, leaf: bytes, stamp: bytes) -> bool:
        return stamps.check(leaf, stamp, self._difficulty.good())


def is_end(data: bytes) -> bool:
    """Whether this claims to be a change that ends an entry; nothing is verified."""
    if len(data) > MAX_ENTRY or not may_be(data, Name.STATUS):
        return False
    try:
        return peek(data, cap=MAX_ENTRY).get(6) == State.ENDED
    except RefusedError:
        return False
