"""What a shard still takes, and what belongs into another log of its network.

What the server can know: the time, an entry's type, and that it is well signed. What
it cannot know: when a permission ends. That stands in the body behind the commitment,
which only the reader is shown. So it never judges whether a permission is in the right
shard: readers do (PROTOCOL.md 11, Share 2: an end after the shard's last day is
malformed). It refuses by the clock alone, and only what can do no good any more:

    until the last day's end   everything, withdrawals first as always
    a week longer              no new permission: whatever its end, it has passed;
                               receipts of what was opened offline, and changes
    then                       nothing: all that stood here has ended by time

What is logged already is answered with its index at any time. The time is that of the
witnesses as well as this computer's: a clock that runs ahead refuses nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.shard import LATE, REGISTRY, Phase, Shard
from wallet.server.log.admission import Admission
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wallet.ledger.policy import Policy
    from wallet.server.log.difficulty import Difficulty
    from wallet.server.log.storage import Storage

_ELSEWHERE = {
    Name.ACCREDITATION: "a licence belongs into the register of this network",
    Name.GRANT: "a permission belongs into a consent shard, not into the register",
    Name.RECEIPT: "a receipt belongs beside its permission, not into the register",
}


class ShardClock:
    """The time of one log: never later than its witnesses' or this computer's."""

    def __init__(
        self, storage: Storage, *, policy: Policy, clock: Callable[[], datetime]
    ) -> None:
        """*policy* says whose cosignatures tell the time of what was published."""
        self._storage, self._policy, self._clock = storage, policy, clock

    def __call__(self) -> datetime:
        """The earlier of both clocks; this computer's where nobody witnesses."""
        here, note = self._clock(), self._storage.published
        if note is None or self._policy.warns:
            return here
        try:
            seen = self._policy.accept(parse_note(note))
        except RefusedError:  # published under other witnesses, before a restart
            seen = None
        return here if seen is None else min(here, seen)

    def phase(self, origin: str) -> Phase:
        """What the log *origin* still takes; the notes are read only if it matters."""
        half_year = Shard.read(origin).half_year
        if half_year is None or half_year.phase(self._clock()) is Phase.OPEN:
            return Phase.OPEN
        return half_year.phase(self())


class ShardAdmission(Admission):
    """The rules of a ledger, and those of its place in a network."""

    def __init__(
        self,
        storage: Storage,
        *,
        origin: str,
        difficulty: Difficulty,
        phase: Callable[[], Phase],
        elsewhere: frozenset[Name] = frozenset(),
    ) -> None:
        """*elsewhere* are the types that another log of the network takes."""
        super().__init__(storage, origin=origin, difficulty=difficulty)
        self._phase, self._elsewhere = phase, elsewhere
        self._shard = Shard.read(origin)

    def refusal(self, data: bytes) -> str | None:
        """Why this log does not take it (any more), in a sentence."""
        for name in self._elsewhere:
            if may_be(data, name):
                return _ELSEWHERE[name]
        phase = self._phase()
        if self._shard.half_year is None or phase is Phase.OPEN:
            return None
        after = self._shard.at(self._shard.half_year.next).path
        if phase is Phase.READ_ONLY:
            days = LATE.days
            return f"this ledger is read-only since {days} days after its last day"
        if may_be(data, Name.GRANT):
            return f"every permission here has ended; a new one belongs into {after}"
        return None


def elsewhere(origin: str, family: frozenset[str]) -> frozenset[Name]:
    """The types that *origin* leaves to the other logs of its family.

    Where a network has no register, its shards take licences too.
    """
    purposes = {Shard.read(one).purpose for one in family}
    if REGISTRY not in purposes or len(family) == 1:
        return frozenset()
    if Shard.read(origin).purpose == REGISTRY:
        return frozenset({Name.GRANT, Name.RECEIPT})
    return frozenset({Name.ACCREDITATION})
