"""Unpacks what a stranger compressed (zlib, RFC 1950): never more than was expected."""

from __future__ import annotations

import zlib

from wallet.errors import RefusedError
from wallet.verdict import Reason


def inflate(data: bytes, *, cap: int, place: str) -> bytes:
    """Unpack one zlib stream of at most *cap* bytes.

    Never holds more than *cap* bytes and one more, whatever the stream would give.

    Raises:
        RefusedError: ``malformed``: it gives more, is damaged or cut short, or
            something follows it.
    """
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, cap + 1)
    except zlib.error:
        raise RefusedError(Reason.MALFORMED, place) from None
    if len(out) > cap or not stream.eof or stream.unused_data:
        raise RefusedError(Reason.MALFORMED, place)
    return out
