"""Who may append: spam control only, readers judge every entry again. PROTOCOL.md 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wallet.errors import RefusedError, StoreDamagedError, TurnedAwayError
from wallet.ledger import stamp as stamps
from wallet.ledger.entry import (
    MAX_ENTRY,
    State,
    check_change,
    leaf_hash,
    own_signature,
    parse_entry,
    read_entry,
)
from wallet.server.log.storage import Admitted
from wallet.statement import Name, may_be, peek

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.keys.signing import Signed
    from wallet.ledger.entry import Entry
    from wallet.server.log.difficulty import Difficulty
    from wallet.server.log.storage import Storage

FREE_CHANGES = 16
_STATUS = Name.STATUS  # looked up once: every entry is compared with it
_OPERATORS = frozenset({Name.STATUS_ROOT, Name.SHARD_LINK})


class Asked(NamedTuple):
    """An entry as it was sent, and the stamp in front of it."""

    data: bytes
    stamp: bytes


class _Look(NamedTuple):
    """What was read without a look at the signature."""

    entry: Entry
    leaf: bytes
    stamped: bool
    signed: Signed | RefusedError | None  # what `own_signature` said of it


class WronglySignedError(TurnedAwayError):
    """Turned away after the dearest check there is."""


Judged: TypeAlias = "Admitted | int | TurnedAwayError"


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
            StoreDamagedError: the index of leaves does not say what the log holds.
        """
        (judged,) = self.judge_many([Asked(data, stamp)], most_wrong=1)
        if isinstance(judged, TurnedAwayError):
            raise judged
        return judged

    def judge_many(self, asked: Sequence[Asked], *, most_wrong: int) -> list[Judged]:
        """Judge each; where `judge` raises, its error stands in the place.

        Those that stand already are looked up with one question. After *most_wrong*
        wrong signatures no further one is looked at.
        """
        leaves = [leaf_hash(one.data) for one in asked]
        known = self._storage.indices_of(leaves)
        bits = self._difficulty.good()
        looks = [
            self._standing(one, known[leaf])
            if leaf in known
            else self._look(one, leaf=leaf, bits=bits)
            for one, leaf in zip(asked, leaves, strict=True)
        ]
        # All are read before any signature is checked: the two in turns cost a tenth
        # more, since each drives the other out of the nearest memory.
        answers: list[Judged] = []
        for look in looks:
            if not isinstance(look, _Look):
                answers.append(look)
            elif most_wrong <= 0:
                answers.append(TurnedAwayError(403, "too many wrong signatures"))
            else:
                answers.append(self._verify(look))
                most_wrong -= isinstance(answers[-1], WronglySignedError)
        return answers

    def _standing(self, one: Asked, index: int) -> int:
        """Answer with *index* only what truly stands there."""
        if self._storage.entry(index) != one.data:
            raise StoreDamagedError("another entry stands where this one should")
        return index

    def refusal(self, data: bytes) -> str | None:  # noqa: ARG002 for those who do
        """Why this log takes no such entry, in a sentence; it takes every type."""
        return None

    def _look(self, one: Asked, *, leaf: bytes, bits: int) -> _Look | TurnedAwayError:
        """Everything that needs no signature."""
        if len(one.data) > MAX_ENTRY:
            return TurnedAwayError(413, "entry too long")
        if (said := self.refusal(one.data)) is not None:
            return TurnedAwayError(403, said)
        stamped = stamps.check(leaf, one.stamp, bits)
        if not stamped and not may_be(one.data, Name.STATUS):
            return TurnedAwayError(403, "stamp")
        try:
            entry = read_entry(one.data)
        except RefusedError as refused:
            return TurnedAwayError(400, str(refused))
        return _Look(entry, leaf, stamped, self._signed(entry))

    def _signed(self, entry: Entry) -> Signed | RefusedError | None:
        try:
            return own_signature(entry, origin=self._origin)
        except RefusedError as refused:
            return refused

    def _verify(self, look: _Look) -> Judged:
        entry, name = look.entry, look.entry.name
        try:
            if isinstance(look.signed, RefusedError):
                raise look.signed
            if look.signed is not None:
                look.signed.check()
            if name is _STATUS:
                return self._judge_change(look)
        except RefusedError as refused:
            return WronglySignedError(403, str(refused))
        except TurnedAwayError as turned:
            return turned
        if name in _OPERATORS:
            said = f"a {name.value.replace('-', ' ')} is the operator's to write"
            return TurnedAwayError(403, said)
        return Admitted(data=entry.raw, leaf=look.leaf)

    def _judge_change(self, look: _Look) -> Admitted | int:
        entry, change = look.entry, look.entry.change
        found = self._storage.entry(change.index)
        if found is None:
            raise TurnedAwayError(404, "no such target")
        check_change(
            entry, parse_entry(found, origin=self._origin), origin=self._origin
        )
        admitted = Admitted(
            data=entry.raw,
            leaf=look.leaf,
            target=change.index,
            state=change.state,
            seq=change.seq,
        )
        if change.state is State.ENDED:
            ended = self._storage.ended_by(change.index)
            return admitted if ended is None else ended
        if look.stamped:
            return admitted
        if self._storage.changes(change.index) >= FREE_CHANGES:
            raise TurnedAwayError(403, "stamp")
        # Many may have been judged at once: the storage counts again.
        return admitted._replace(most=FREE_CHANGES)


def is_end(data: bytes) -> bool:
    """Whether this claims to be a change that ends an entry; nothing is verified."""
    if len(data) > MAX_ENTRY or not may_be(data, Name.STATUS):
        return False
    try:
        return peek(data, cap=MAX_ENTRY).get(6) == State.ENDED
    except RefusedError:
        return False
