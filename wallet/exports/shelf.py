"""What a dress needs again later, in another order: put aside, taken back, checked.

In memory while it is little; past 4 MiB in a file nobody else can read.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from wallet.errors import RefusedError
from wallet.keys.scratch import ScratchFile
from wallet.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

_IN_MEMORY = 1 << 22
_CHECK = 16  # bytes of SHA-256


class Place(NamedTuple):
    """Where something lies, and what it must be."""

    start: int
    size: int
    check: bytes


class Shelf:
    """Takes bytes, and gives them back by their place as often as needed."""

    def __init__(self, scratch: Path) -> None:
        """Use a file in *scratch*, which is private, where there is too much."""
        self._scratch = scratch
        self._memory = bytearray()
        self._file: ScratchFile | None = None

    def put(self, data: bytes) -> Place:
        """Put *data* aside."""
        start = len(self._memory) if self._file is None else self._file.size
        if self._file is None and start + len(data) > _IN_MEMORY:
            self._file = ScratchFile(self._scratch)
            self._file.write(bytes(self._memory))
            self._memory = bytearray()
        if self._file is None:
            self._memory += data
        else:
            self._file.write(data)
        return Place(start, len(data), _check(data))

    def take(self, place: Place) -> bytes:
        """What was put there.

        Raises:
            RefusedError: ``package_altered``; somebody changed the file meanwhile.
        """
        if self._file is None:
            return bytes(self._memory[place.start : place.start + place.size])
        data = self._file.read_at(place.start, place.size)
        if _check(data) != place.check:
            raise RefusedError(Reason.PACKAGE_ALTERED, "put aside")
        return data

    def open(self, place: Place) -> BinaryIO:
        """The same, to be read as a file."""
        return io.BytesIO(self.take(place))


def _check(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_CHECK]
