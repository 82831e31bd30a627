"""Sealed details, given out by the bucket: nobody learns whose. PROTOCOL.md 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.server.relay.storage import RelayStorage

_LEAST = 256
_MAX_BITS = 16


class Buckets:
    """The details that lie here, divided as far as many stay together."""

    def __init__(self, storage: RelayStorage) -> None:
        """Divide what is in *storage*."""
        self._storage = storage
        self._divided = (0, 0)  # the newest details counted, and the bits they gave

    def bits(self) -> int:
        """How many first bits of R name a bucket: every bucket has >= 256 items.

        0 while there are too few to divide, so that asking tells nothing.
        """
        newest = self._storage.newest_details()
        if newest != self._divided[0]:
            keys, bits = self._storage.detail_keys(), 0
            while bits < _MAX_BITS and self._smallest(keys, bits + 1) >= _LEAST:
                bits += 1
            self._divided = (newest, bits)
        return self._divided[1]

    def within(self, bits: int, prefix: int) -> list[tuple[bytes, bytes]]:
        """Every (R, sealed details) of one bucket.

        Raises:
            RefusedError: ``malformed``: a bucket narrower than the present ones.
        """
        if not 0 <= bits <= self.bits() or not 0 <= prefix < 1 << bits:
            raise RefusedError(Reason.MALFORMED, "bucket")
        low = (prefix << (256 - bits)).to_bytes(32, "big")
        high = (((prefix + 1) << (256 - bits)) - 1).to_bytes(32, "big")
        return self._storage.details_between(low, high)

    @staticmethod
    def _smallest(keys: list[bytes], bits: int) -> int:
        counts = [0] * (1 << bits)
        for key in keys:
            counts[int.from_bytes(key[:2], "big") >> (16 - bits)] += 1
        return min(counts)
