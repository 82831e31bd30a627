"""What is known of runs of 65,536 leaf hashes, so that each is hashed up only once.

A row says of one run, in the order of the tree: bytes with this SHA-256 have this root
(64 bytes: root, digest). That is true of bytes whatever ledger they are of, so a row
never replaces the comparison with the root that is trusted: it stands for the 65,535
hashes between the two. A row that does not fit costs the hashes again, and no answer.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from wallet.ledger.merkle import HASH_SIZE
from wallet.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = WIDTH * WIDTH  # in a run: what one hash of level 2 stands for
RUN = LEAVES * HASH_SIZE  # bytes
_ROW = 2 * HASH_SIZE


class JudgedBlocks:
    """Reads and extends the file of one replica."""

    def __init__(self, path: Path) -> None:
        """Use *path*, which need not be there yet."""
        self._path = path
        self._rows: list[bytes] | None = None
        self._changed = False

    def knows(self, n: int, data: bytes | bytearray | memoryview, root: bytes) -> bool:
        """Whether the hashes of run *n* were found to have this root before."""
        rows = self._read()
        return n < len(rows) and rows[n] == root + hashlib.sha256(data).digest()

    def learn(self, n: int, data: bytes | bytearray | memoryview, root: bytes) -> None:
        """Remember what was hashed up; `save` makes it last."""
        rows = self._read()
        if n <= len(rows):
            rows[n : n + 1] = [root + hashlib.sha256(data).digest()]
            self._changed = True

    def save(self) -> None:
        """Write what was learnt, in one step; a disk that takes nothing costs time."""
        if not self._changed:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        with suppress(OSError):
            with fresh.open("wb") as out:
                out.write(b"".join(self._read()))
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._path)
        self._changed = False

    def _read(self) -> list[bytes]:
        if self._rows is None:
            try:
                data = self._path.read_bytes()
            except FileNotFoundError:
                data = b""
            whole = len(data) - len(data) % _ROW
            self._rows = [data[at : at + _ROW] for at in range(0, whole, _ROW)]
        return self._rows
