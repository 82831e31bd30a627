"""What a replica found out about states: a file that only grows.

One record a change, 26 bytes, big-endian: by, target, state, seq, kind; of a copy or a
wrong status root, only where it stands. A mark says how many bytes count and what they
hash to; what a crash left after them is cut off.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import State
from wallet.ledger.status import Change, Told

if TYPE_CHECKING:
    from pathlib import Path

_RECORD = struct.Struct(">QQBQB")
_PASSED, _APPLIED, _COPY, _WRONG_ROOT = range(4)


class Covered(NamedTuple):
    """How many bytes of the file count, and their SHA-256."""

    length: int
    digest: bytes


NOTHING = Covered(0, hashlib.sha256(b"").digest())


class ChangeFile:
    """Reads and extends the file of one replica."""

    def __init__(self, path: Path) -> None:
        """Use *path*, which need not be there yet."""
        self._path = path

    def load(self, covered: Covered) -> Told:
        """What was found out, in ledger order.

        Raises:
            StoreDamagedError: It is not what was written.
        """
        changes: list[Change] = []
        places: dict[int, list[int]] = {_COPY: [], _WRONG_ROOT: []}
        for by, target, state, seq, kind in _RECORD.iter_unpack(self._bytes(covered)):
            if kind in places:
                places[kind].append(by)
            elif kind in {_PASSED, _APPLIED} and state < State.UNKNOWN:
                changes.append(Change(by, target, State(state), seq, kind == _APPLIED))
            else:
                raise StoreDamagedError("replica changes")
        return Told(changes, places[_COPY], places[_WRONG_ROOT])

    def append(self, covered: Covered, told: Told) -> Covered:
        """Write more after what counts, durably; what counts then."""
        more = [
            _RECORD.pack(one.by, one.target, one.state, one.seq, int(one.applied))
            for one in told.changes
        ]
        more += [_RECORD.pack(place, 0, 0, 0, _COPY) for place in told.copies]
        more += [_RECORD.pack(at, 0, 0, 0, _WRONG_ROOT) for at in told.wrong_roots]
        if not more:
            return covered
        data = b"".join(more)
        digest = hashlib.sha256(self._bytes(covered) + data).digest()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        with open(handle, "r+b") as out:  # noqa: PTH123 made where it is not there
            out.truncate(covered.length)
            out.seek(covered.length)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        return Covered(covered.length + len(data), digest)

    def _bytes(self, covered: Covered) -> bytes:
        try:
            with self._path.open("rb") as file:
                data = file.read(covered.length)
        except FileNotFoundError:
            data = b""
        whole = not covered.length % _RECORD.size
        if not whole or hashlib.sha256(data).digest() != covered.digest:
            raise StoreDamagedError("replica changes")
        return data
