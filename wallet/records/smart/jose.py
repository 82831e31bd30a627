"""Compact JOSE texts, read strictly: base64url, JSON of a bounded size, raw DEFLATE.

RFC 7515 3.1 and appendix C, RFC 7516 3.1, RFC 1951. One text has one reading here: no
padding, no stray bits, no second key of a name, nothing behind the end.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

from wallet.records.json_stream import FaultError, check_piece, read_whole

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_WINDOW = -15  # of zlib: DEFLATE without a head


class BrokenError(Exception):
    """A text breaks a rule of its format; ``rule`` says which, in plain words."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def from_base64url(text: str, *, what: str) -> bytes:
    """The bytes of one unpadded base64url part; *what* names it.

    Raises:
        BrokenError: another letter, padding, or bits that stand for nothing.
    """
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise BrokenError(f"{what} is not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(data) != text:
        raise BrokenError(f"{what} is not base64url")
    return data


def to_base64url(data: bytes) -> str:
    """The other way round."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_object(data: bytes, *, what: str, most: int) -> dict[str, Any]:
    """Read *data* as one JSON object of at most *most* bytes.

    Raises:
        BrokenError: it is larger, no UTF-8, no JSON, or no object.
    """
    if len(data) > most:
        raise BrokenError(f"{what} is too large")
    try:
        text = data.decode()
        check_piece(text)
        first = len(text) - len(text.lstrip(" \t\r\n"))
        value = read_whole(text, first, len(text.rstrip(" \t\r\n")))
    except (FaultError, UnicodeDecodeError):
        raise BrokenError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise BrokenError(f"{what} is not a JSON object")
    return value


def inflate(data: bytes, *, what: str, most: int) -> bytes:
    """Unpack raw DEFLATE to at most *most* bytes, with nothing behind its end.

    Raises:
        BrokenError: as said.
    """
    unpacking = zlib.decompressobj(_WINDOW)
    try:
        plain = unpacking.decompress(data, most + 1)
    except zlib.error:
        raise BrokenError(f"{what} is not packed as it should be") from None
    if len(plain) > most:
        raise BrokenError(f"{what} is too large when unpacked")
    if not unpacking.eof:
        raise BrokenError(f"{what} is cut off")
    if unpacking.unused_data:
        raise BrokenError(f"{what} has something behind its end")
    return plain
