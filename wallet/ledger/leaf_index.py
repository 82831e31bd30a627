"""Where each leaf hash stands first, for logs of millions of entries.

Leaf hashes lie one after another in one piece of memory; a map of their first eight
bytes finds them for those who ask often. Two that begin alike (somebody may look for
such a pair) are told apart by the whole hash, so that this costs time and never an
answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from wallet.ledger.merkle import HASH_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP = 1 << 16
_LOOKS = 64  # then a map is made


class Hashes(Sequence[bytes]):
    """Hashes of 32 bytes in one piece of memory."""

    def __init__(self, data: bytes | bytearray = b"") -> None:
        """Start with those in *data*."""
        self._data = bytearray(data)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._data) // HASH_SIZE

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...
    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        """One of them, or a list."""
        places = range(len(self))[at]
        if isinstance(places, int):
            return bytes(self._data[places * HASH_SIZE : (places + 1) * HASH_SIZE])
        if places.step == 1:
            data = bytes(self._data[places.start * HASH_SIZE : places.stop * HASH_SIZE])
            starts = range(0, len(data), HASH_SIZE)
            return [data[start : start + HASH_SIZE] for start in starts]
        return [self[place] for place in places]

    def extend(self, data: bytes | bytearray) -> None:
        """Append what lies in *data*."""
        self._data += data

    def find(self, wanted: bytes) -> int | None:
        """The first place of a hash, by looking through all of them."""
        at = self._data.find(wanted)
        while at % HASH_SIZE and at >= 0:
            at = self._data.find(wanted, at + 1)
        return None if at < 0 else at // HASH_SIZE

    def part(self, first: int, last: int) -> bytes:
        """Those from *first* to before *last*, one after another."""
        return bytes(self._data[first * HASH_SIZE : last * HASH_SIZE])

    def starts(self, first: int, last: int) -> list[int]:
        """The first eight bytes of each from *first* to before *last*."""
        with memoryview(self._data) as view:
            part = view[first * HASH_SIZE : last * HASH_SIZE]
            with part, part.cast("Q") as words, words[:: HASH_SIZE // 8] as every:
                return every.tolist()


class LeafIndex:
    """First places of leaf hashes; read when somebody asks for one.

    A few questions are answered by looking through all of them, five milliseconds for
    a million; the map, which costs a hundred times that, is made for those who go on
    asking.
    """

    def __init__(self, load: Callable[[], bytes | bytearray] = bytes) -> None:
        """*load* gives the hashes there are already, one after another."""
        self._load = load
        self._hashes: Hashes | None = None
        self._map: dict[int, int] | None = None
        self._looked = 0

    @property
    def hashes(self) -> Hashes:
        """All of them in their order."""
        if self._hashes is None:
            self._hashes = Hashes(self._load())
        return self._hashes

    def first(self, leaf: bytes) -> int | None:
        """Where a leaf hash stands first."""
        if len(leaf) != HASH_SIZE:
            return None
        hashes = self.hashes
        if self._map is None and self._may_look(1):
            return hashes.find(leaf)
        place = self._first.get(Hashes(leaf).starts(0, 1)[0])
        if place is None or hashes[place] == leaf:
            return place
        return hashes.find(leaf)

    def extend(self, data: bytes | bytearray) -> list[int]:
        """Append leaf hashes; the places of those that are copies of earlier ones."""
        hashes = self.hashes
        begin, count = len(hashes), len(data) // HASH_SIZE
        if self._map is None and self._may_look(count):
            hashes.extend(data)
            places = range(begin, len(hashes))
            return [at for at in places if hashes.find(hashes[at]) != at]
        known = self._first  # made before there is more
        hashes.extend(data)
        copies: list[int] = []
        for at in range(begin, len(hashes), _STEP):
            end = min(at + _STEP, len(hashes))
            found = map(known.setdefault, hashes.starts(at, end), range(at, end))
            twice = [
                (place, first)
                for place, first in enumerate(found, at)
                if place != first
            ]
            copies += [
                place
                for place, first in twice
                if hashes[place] == hashes[first] or hashes.find(hashes[place]) != place
            ]
        return copies

    def _may_look(self, times: int) -> bool:
        """Whether so many questions more are cheaper looked through than mapped."""
        self._looked += times
        return self._looked <= _LOOKS

    @property
    def _first(self) -> dict[int, int]:
        """Where each first eight bytes stand first."""
        if self._map is None:
            hashes, first = self.hashes, dict[int, int]()
            for at in range(0, len(hashes), _STEP):
                end = min(at + _STEP, len(hashes))
                starts = hashes.starts(at, end)
                for start, place in zip(starts, range(at, end), strict=True):
                    first.setdefault(start, place)
            self._map = first
        return self._map
