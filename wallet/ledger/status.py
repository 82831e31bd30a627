"""What each entry is worth now, recomputed from the entries alone. PROTOCOL.md 3."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import RefusedError
from wallet.keys.signing import check_signature
from wallet.ledger.chunks import PER_CHUNK, Chunks
from wallet.ledger.entry import Entry, State, leaf_hash, parse_entry
from wallet.ledger.leaf_index import LeafIndex
from wallet.ledger.merkle import HASH_SIZE
from wallet.ledger.status_root import read_status_root
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def about_status(entry: bytes) -> bool:
    """Whether an entry could speak of states; most cannot, and need no reading."""
    return may_be(entry, Name.STATUS) or may_be(entry, Name.STATUS_ROOT)


class Change(NamedTuple):
    """A verified status change: which entry said it, of which, and what."""

    by: int
    target: int
    state: State
    seq: int
    applied: bool


class Told(NamedTuple):
    """What a log found out about states, which takes verifying to find again."""

    changes: Sequence[Change]
    copies: Sequence[int]
    wrong_roots: Sequence[int]


def counts(now: State, last: int, *, state: State, seq: int) -> bool:
    """Whether a verified change to *state* applies to an entry that is *now* that.

    *last* is the number of the change that was applied last, 0 before any.
    """
    if now is State.ENDED:
        return False
    if state is State.HELD:
        return seq >= last
    return state is State.ENDED or seq > last


class StatusLog:
    """The states of a log, entry by entry, and how they came about.

    *lookup* gives back an entry below the present one; without it, entries are held
    here. *leaves* finds leaf hashes. Only status changes and what they aim at are ever
    verified: nothing else can move a state.
    """

    def __init__(
        self,
        lookup: Callable[[int], bytes] | None = None,
        leaves: LeafIndex | None = None,
    ) -> None:
        """Start before the first entry."""
        self._held: dict[int, bytes] | None = {} if lookup is None else None
        self._lookup = lookup or self._held_entry
        self._leaves = LeafIndex() if leaves is None else leaves
        self._controls: dict[int, bytes | None] = {}
        self._chunks = Chunks()
        self._changes: list[Change] = []
        self._by_target: dict[int, list[Change]] = {}
        self._applied: dict[int, Change] = {}
        self._copies: dict[int, None] = {}
        self._wrong_roots: list[int] = []
        self._size = 0

    @property
    def size(self) -> int:
        """How many entries were applied."""
        return self._size

    @property
    def changes(self) -> Sequence[Change]:
        """Every verified change so far, in ledger order."""
        return self._changes

    @property
    def wrong_roots(self) -> tuple[int, ...]:
        """Indices of the root entries that are not the root over the states here.

        Each is the operator's signed word, in its own log, that is not so: evidence
        that needs nothing else. States never follow it.
        """
        return tuple(self._wrong_roots)

    @property
    def found(self) -> tuple[int, int, int]:
        """How many changes, copies and wrong roots there are so far."""
        return len(self._changes), len(self._copies), len(self._wrong_roots)

    def told(self, since: tuple[int, int, int] = (0, 0, 0)) -> Told:
        """All of them, or what came after there were so many as *since*."""
        changes, copies, wrong = since
        return Told(
            self._changes[changes:],
            [*islice(self._copies, copies, None)],
            self._wrong_roots[wrong:],
        )

    def restore(self, size: int, told: Told) -> None:
        """Take up what an earlier log had verified, without verifying it.

        The index of leaves this one was made with already covers *size* entries.
        """
        self._cover(size, told.copies)
        for change in told.changes:
            self._note(change)
        self._wrong_roots += told.wrong_roots

    def apply(self, index: int, entry: bytes, origin: str) -> None:
        """Take the next entry; one that does not verify changes nothing."""
        if index != self._size:
            raise ValueError("entries are applied in order")
        if may_be(entry, Name.STATUS_ROOT):
            self._compare(index, entry, origin)
        self.grow(leaf_hash(entry))
        if self._held is not None:
            self._held[index] = entry
        if index in self._copies or not may_be(entry, Name.STATUS):
            return
        with suppress(RefusedError):
            self._change(index, parse_entry(entry, origin=origin), origin)

    def grow(self, leaves: bytes | bytearray) -> None:
        """Take entries that are not `about_status` by their leaf hashes alone."""
        copies = self._leaves.extend(leaves)
        self._cover(self._size + len(leaves) // HASH_SIZE, copies)

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""
        return self._leaves.first(leaf)

    def state(self, index: int, *, size: int | None = None) -> State:
        """The state of an entry, or what it was after the first *size* entries."""
        covered = self._size if size is None else min(size, self._size)
        if not 0 <= index < covered:
            return State.UNKNOWN
        for change in reversed(self._by_target.get(index, ())):
            if change.applied and change.by < covered:
                return change.state
        return State.ENDED if index in self._copies else State.STANDS

    def highest_seq(self, index: int, *, size: int | None = None) -> int:
        """The highest number a verified change of this entry bore, or 0."""
        covered = self._size if size is None else size
        told = self._by_target.get(index, ())
        return max((change.seq for change in told if change.by < covered), default=0)

    def root(self) -> bytes:
        """RFC 6962 root over the chunks; slots past the size are 3."""
        return self._chunks.root()

    def proof(self, index: int, *, size: int) -> tuple[bytes, list[bytes]]:
        """The chunk with the state of *index*, and its path, over *size* entries.

        As `Chunks.proof`: no state below *size* may have changed since.
        """
        return self._chunks.proof(index // PER_CHUNK, size=size)

    def _compare(self, index: int, entry: bytes, origin: str) -> None:
        """Hold a logged root against the states of exactly the entries before it."""
        with suppress(RefusedError):
            told = read_status_root(entry, origin=origin, index=index)
            if told.root != self._chunks.root():
                self._wrong_roots.append(index)

    def _cover(self, size: int, copies: Iterable[int]) -> None:
        """Add slots; a copy is ended for good."""
        self._size = size
        self._chunks.grow(size)
        for index in copies:
            self._copies[index] = None
            self._chunks.put(index, State.ENDED)

    def _change(self, by: int, read: Entry, origin: str) -> None:
        told = read.change
        if told.index >= by or self._leaves.first(told.leaf) != told.index:
            return
        control = self._control(told.index, origin)
        if control is None:
            return
        check_signature(read.statement, origin=origin, public=control)
        applied = self._counts(told.index, told.state, told.seq)
        self._note(Change(by, told.index, told.state, told.seq, applied))

    def _control(self, index: int, origin: str) -> bytes | None:
        if index not in self._controls:
            self._controls[index] = None
            with suppress(RefusedError):
                entry = parse_entry(self._lookup(index), origin=origin)
                self._controls[index] = entry.control_key
        return self._controls[index]

    def _held_entry(self, index: int) -> bytes:
        return (self._held or {})[index]

    def _counts(self, index: int, state: State, seq: int) -> bool:
        newest = self._applied.get(index)
        if newest is None:
            return counts(State.STANDS, 0, state=state, seq=seq)
        return counts(newest.state, newest.seq, state=state, seq=seq)

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        self._by_target.setdefault(change.target, []).append(change)
        if change.applied:
            self._applied[change.target] = change
            self._chunks.put(change.target, change.state)
