"""Files without a name that nobody can read off the disk, not even after a crash.

What does not fit in memory while records are packed or opened lies here, under
AES-256-CTR with a key that is drawn for the one file and never leaves memory. Nothing
is authenticated: whatever is taken from here is held against a digest afterwards.
"""

from __future__ import annotations

import io
import os
import secrets
import tempfile
import weakref
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BLOCK = 16
_PIECE = 1 << 16


class ScratchFile:
    """Written once from its start, then read as often as needed; gone with the last."""

    def __init__(self, folder: Path) -> None:
        """Make one in *folder*, which is private."""
        with tempfile.TemporaryFile(dir=folder) as made:
            self._descriptor = os.dup(made.fileno())
        weakref.finalize(self, os.close, self._descriptor)
        self._key = secrets.token_bytes(32)
        self._encrypt = Cipher(AES(self._key), CTR(bytes(_BLOCK))).encryptor()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Add all of *data*."""
        rest = memoryview(self._encrypt.update(data))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self.size += len(data)
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Add each of *lines*."""
        for line in lines:
            self.write(line)

    def read_at(self, start: int, count: int) -> bytes:
        """At most *count* bytes from *start* on; fewer only at the end."""
        skipped = start % _BLOCK
        sealed = os.pread(self._descriptor, count + skipped, start - skipped)
        counter = (start // _BLOCK).to_bytes(_BLOCK, "big")
        opened = Cipher(AES(self._key), CTR(counter)).decryptor().update(sealed)
        return opened[skipped:]

    def reader(self) -> BinaryIO:
        """A reader of its own, from the first byte."""
        return io.BufferedReader(_Reader(self), _PIECE)


class _Reader(io.RawIOBase):
    """Reads a file without moving anybody else's place."""

    def __init__(self, held: ScratchFile) -> None:
        self._held = held
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._held.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
