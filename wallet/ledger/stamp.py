"""A stamp: a little work in front of an entry, against floods. PROTOCOL.md 3."""

from __future__ import annotations

import hashlib

SIZE = 8
MAX_BITS = 22
_LABEL = b"heartwood/1/stamp\0"


def find(leaf: bytes, bits: int) -> bytes:
    """Search the stamp of a leaf hash; 2**bits hashes on average.

    Raises:
        ValueError: A ledger may not ask for so much.
    """
    if not 0 <= bits <= MAX_BITS:
        raise ValueError("no such difficulty")
    start, limit, number = hashlib.sha256(_LABEL + leaf), 1 << 256 - bits, 0
    while True:
        stamp = number.to_bytes(SIZE, "big")
        attempt = start.copy()
        attempt.update(stamp)
        if int.from_bytes(attempt.digest(), "big") < limit:
            return stamp
        number += 1


def check(leaf: bytes, stamp: bytes, bits: int) -> bool:
    """Whether the stamp is worth *bits* for this leaf hash."""
    digest = hashlib.sha256(_LABEL + leaf + stamp).digest()
    return len(stamp) == SIZE and int.from_bytes(digest, "big") < 1 << 256 - bits
