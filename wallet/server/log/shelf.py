"""Reads a log out of its tables: tiles, bundles, entries, indices, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import State
from wallet.ledger.tiles import WIDTH, decode_bundle
from wallet.server.log import statements
from wallet.server.log.storage import LoggedChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HASH = 32
_AT_ONCE = 500  # values in one statement


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes of a tile, as many as are whole."""
    ends = range(HASH, len(tile) + 1, HASH)
    return [tile[end - HASH : end] for end in ends]


class Ask(Protocol):
    """Runs one statement that reads, outside of any transaction."""

    def __call__(self, statement: str, *values: int | bytes) -> Sequence[Any]:
        """All rows of the answer."""


class Shelf:
    """What anybody may read of a log; a partial is cut when it is asked for."""

    def __init__(self, ask: Ask) -> None:
        """*ask* runs a statement of `statements`."""
        self._ask = ask

    @property
    def size(self) -> int:
        """How many entries the tree holds."""
        return int(self._ask(statements.SIZE)[0][0])

    @property
    def published(self) -> bytes | None:
        """The note that was published last."""
        note: bytes | None = self._ask(statements.NOTE)[0][0]
        return note

    def whole_tile(self, level: int, n: int) -> bytes:
        """As many hashes as there are."""
        return self._data(statements.TILE, level, n)

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes, or None where there are not so many."""
        data = self.whole_tile(level, n)[: width * HASH]
        return data if len(data) == width * HASH else None

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, or None where there are not so many."""
        data = self._data(statements.BUNDLE, n)
        here, last = 0, len(data) - 1
        for _ in range(width):
            if here >= last:  # no room for a length of two bytes
                return None
            here += 2 + (data[here] << 8 | data[here + 1])
        return data[:here]

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries from *start* to before *end*, a bundle at a time."""
        while start < end:
            n, skip = divmod(start, WIDTH)
            whole = decode_bundle(self._data(statements.BUNDLE, n))
            found = whole[skip : skip + end - start]
            if not found:
                return
            yield from found
            start += len(found)

    def entry(self, index: int) -> bytes | None:
        """One entry, if there is one."""
        return next(self.entries(index, index + 1), None)

    def index_of(self, leaf: bytes) -> int | None:
        """Where a leaf hash stands."""
        return self._number(statements.INDEX_OF, leaf)

    def indices_of(self, leaves: Sequence[bytes]) -> dict[bytes, int]:
        """Where those of these leaf hashes stand that do."""
        found: dict[bytes, int] = {}
        for at in range(0, len(leaves), _AT_ONCE):
            some = leaves[at : at + _AT_ONCE]
            rows = self._ask(statements.indices_of(len(some)), *some)
            found.update((bytes(leaf), int(index)) for leaf, index in rows)
        return found

    def ended_by(self, target: int) -> int | None:
        """Index of the logged change that ended *target*."""
        return self._number(statements.ENDED_BY, target, int(State.ENDED))

    def changes(self, target: int) -> int:
        """How many changes of *target* are logged."""
        return self._number(statements.COUNT_CHANGES, target) or 0

    def changes_between(self, low: int, high: int) -> list[LoggedChange]:
        """Status changes logged at *low* to before *high*, in ledger order."""
        rows = self._ask(statements.CHANGES_BETWEEN, low, high)
        try:
            return [LoggedChange(at, of, State(s), seq) for at, of, s, seq in rows]
        except ValueError:
            raise StoreDamagedError("a logged change has no state") from None

    def _number(self, statement: str, *values: int | bytes) -> int | None:
        rows = self._ask(statement, *values)
        return None if not rows or rows[0][0] is None else int(rows[0][0])

    def _data(self, statement: str, *values: int) -> bytes:
        rows = self._ask(statement, *values)
        return bytes(rows[0][0]) if rows else b""
