"""HWP1: files of any size in authenticated chunks, released only when whole.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizar) over AES-256-GCM, 64 KiB chunks, with a
key commitment, because one GCM ciphertext can open under two keys. PROTOCOL.md 11,
steps 11 to 13; the same bytes open in a browser with WebCrypto.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.errors import RefusedError
from wallet.keys.derivation import extract_and_expand
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65_536
_MAGIC = b"HWP1"
_VERSION = 1
_TAG = 16
_HEAD = 41
_SMALLEST = 65_536


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int:
        """Take all of *data*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Size and SHA-256 of an encrypted stream."""

    size: int
    digest: bytes


def padme(length: int) -> int:
    """Smallest PADME size (Nikitin et al. 2019) that holds *length*, >= 65,536."""
    if length <= _SMALLEST:
        return _SMALLEST
    exponent = length.bit_length() - 1
    significant = exponent.bit_length()
    step = 1 << (exponent - significant)
    return -(-length // step) * step


def encrypt(
    content_key: bytes, source: BinaryIO, sink: Sink, *, salt: bytes | None = None
) -> Sealed:
    """Encrypt all of *source* into *sink* under a key used for nothing else."""
    head = (
        _MAGIC
        + bytes([_VERSION])
        + CHUNK.to_bytes(4, "big")
        + (salt if salt is not None else secrets.token_bytes(32))
    )
    key, commitment = _keys(content_key, head)
    digest, size = hashlib.sha256(), 0
    for piece in _encrypted(AESGCM(key), head + commitment, source):
        sink.write(piece)
        digest.update(piece)
        size += len(piece)
    return Sealed(size=size, digest=digest.digest())


def decrypt(content_key: bytes, source: BinaryIO, sink: Sink) -> int:
    """Decrypt *source* into *sink*, a private place, and return the plain size.

    The caller must publish nothing of *sink* before this returns.

    Raises:
        RefusedError: ``unknown_version`` or ``package_altered``.
    """
    head = source.read(_HEAD)
    if len(head) < _HEAD:
        raise RefusedError(Reason.PACKAGE_ALTERED, "stream head")
    if head[:4] != _MAGIC or head[4] != _VERSION:
        raise RefusedError(Reason.UNKNOWN_VERSION, "stream version")
    if int.from_bytes(head[5:9], "big") != CHUNK:
        raise RefusedError(Reason.PACKAGE_ALTERED, "stream chunk size")
    key, commitment = _keys(content_key, head)
    if not hmac.compare_digest(source.read(32), commitment):
        raise RefusedError(Reason.PACKAGE_ALTERED, "stream key commitment")
    size = 0
    for piece in _decrypted(AESGCM(key), source):
        sink.write(piece)
        size += len(piece)
    return size


def _keys(content_key: bytes, head: bytes) -> tuple[bytes, bytes]:
    both = extract_and_expand(content_key, salt=head[9:], info=head, length=64)
    return both[:32], both[32:]


def _nonce(counter: int, *, last: bool) -> bytes:
    return bytes(7) + counter.to_bytes(4, "big") + bytes([last])


def _pieces(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Full pieces and whether each is the last; an empty source is one empty piece."""
    here = _read_full(source, size)
    while True:
        following = _read_full(source, size) if len(here) == size else b""
        yield here, not following
        if not following:
            return
        here = following


def _read_full(source: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        piece = source.read(size)
        if not piece:
            break
        parts.append(piece)
        size -= len(piece)
    return b"".join(parts)


def _encrypted(cipher: AESGCM, start: bytes, source: BinaryIO) -> Iterator[bytes]:
    yield start
    for counter, (piece, last) in enumerate(_pieces(source, CHUNK)):
        yield cipher.encrypt(_nonce(counter, last=last), piece, None)


def _decrypted(cipher: AESGCM, source: BinaryIO) -> Iterator[bytes]:
    for counter, (piece, last) in enumerate(_pieces(source, CHUNK + _TAG)):
        try:
            plain = cipher.decrypt(_nonce(counter, last=last), piece, None)
        except (InvalidTag, ValueError):
            raise RefusedError(Reason.PACKAGE_ALTERED, f"chunk {counter}") from None
        if counter and not plain:
            # A full last chunk carries the flag itself (PROTOCOL.md 11, Share 12).
            raise RefusedError(Reason.PACKAGE_ALTERED, f"chunk {counter}")
        yield plain
