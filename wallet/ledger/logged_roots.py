"""Judge the status roots that an operator logged by recomputing each. PROTOCOL.md 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wallet.errors import RefusedError
from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import State, parse_entry
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP = 4_096  # entries held at once
_KEPT = 4_096  # good roots remembered; every wrong one is


class Copy(Protocol):
    """A verified copy of a log, as far as its states are recomputed from it."""

    @property
    def origin(self) -> str:
        """Its log."""

    @property
    def size(self) -> int:
        """How many entries it holds."""

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        """Entries from *start* to before *end*."""

    def leaf_hash(self, index: int) -> bytes:
        """The leaf hash of an entry."""

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""

    def state(self, index: int, *, size: int | None = None) -> State:
        """The state of an entry after the first *size* entries."""


@dataclass(frozen=True, slots=True)
class LoggedRoot:
    """One status root in the log: where, by whose key, and whether it is so."""

    index: int
    operator: bytes
    right: bool


class LoggedRoots:
    """Follows a copy as it grows; each entry is read once."""

    def __init__(self, copy: Copy) -> None:
        """Start before the first entry; `advance` reads."""
        self._copy = copy
        self._chunks = Chunks()
        self._read = 0
        self._found: dict[int, LoggedRoot] = {}

    @property
    def read(self) -> int:
        """How many entries were read."""
        return self._read

    def advance(self) -> list[LoggedRoot]:
        """Judge the roots among entries that were not read yet, in ledger order."""
        found: list[LoggedRoot] = []
        while self._read < self._copy.size:
            end = min(self._read + _STEP, self._copy.size)
            for index, entry in enumerate(
                self._copy.entries(self._read, end), self._read
            ):
                if may_be(entry, Name.STATUS_ROOT):
                    found += self._judge(index, entry)
                self._chunks.grow(index + 1)
                self._apply(index, entry)
            self._read = end
        for root in found:
            self._remember(root)
        return found

    def at(self, size: int) -> LoggedRoot | None:
        """The root that covers all of the first *size* entries but itself.

        None where the last of them is no root, which breaks PROTOCOL.md 3 ("logged
        before each publication"), or it is too far back to be remembered.
        """
        return self._found.get(size - 1)

    def _judge(self, index: int, entry: bytes) -> list[LoggedRoot]:
        try:
            said = parse_entry(entry, origin=self._copy.origin).statement
        except RefusedError:
            return []  # no root at all: nobody signed it
        right = said.count(4) == index and said.key(5) == self._chunks.root()
        return [LoggedRoot(index, said.key(6), right)]

    def _apply(self, index: int, entry: bytes) -> None:
        if self._copy.first_index(self._copy.leaf_hash(index)) != index:
            self._chunks.put(index, State.ENDED)
        elif may_be(entry, Name.STATUS):
            try:
                target = parse_entry(entry, origin=self._copy.origin).change.index
            except RefusedError:
                return
            if target < index:
                state = self._copy.state(target, size=index + 1)
                self._chunks.put(target, state)

    def _remember(self, root: LoggedRoot) -> None:
        self._found[root.index] = root
        if len(self._found) > 2 * _KEPT:
            good = [index for index, one in self._found.items() if one.right]
            for index in good[:-_KEPT]:
                del self._found[index]
