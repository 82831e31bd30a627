"""Deterministic CBOR (RFC 8949 4.2.1): one value, one encoding, strictly read.

cbor2's own canonical form sorts keys length-first (RFC 7049), so the encoder is
ours; its decoder is used, and whatever it lets pass is caught by encoding again.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, TypeAlias

import cbor2

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "int | bytes | str | bool | list[Any] | dict[int, Any] | None"

MAX_STATEMENT = 1 << 20
_MAX_DEPTH = 8
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}


def encode(value: Value) -> bytes:
    """Encode integers, bytes, NFC text, lists, integer-keyed maps, bool and null.

    Raises:
        ValueError: *value* holds anything else, or is nested deeper than 8.
    """
    out = bytearray()
    _write(out, value, 0)
    return bytes(out)


def decode(data: bytes, *, cap: int = MAX_STATEMENT, place: str = "cbor") -> Value:
    """Read one value that is encoded exactly as `encode` would.

    Raises:
        RefusedError: ``malformed``: longer than *cap* bytes, trailing bytes,
            another encoding of the same value, or a type outside the list.
    """
    value: Value = loosely(data, cap=cap, place=place)
    try:
        same = encode(value) == data
    except (ValueError, TypeError, RecursionError, OverflowError):
        same = False
    if not same:
        raise RefusedError(Reason.MALFORMED, place)
    return value


def loosely(data: bytes, *, cap: int, place: str) -> Any:  # noqa: ANN401
    """Read CBOR as cbor2 does: only to look at a version before judging the rest.

    Raises:
        RefusedError: ``malformed``: not CBOR at all, or longer than *cap* bytes.
    """
    if len(data) > cap:
        raise RefusedError(Reason.MALFORMED, place)
    try:
        return cbor2.loads(data)
    except Exception:  # noqa: BLE001 any fault on hostile bytes is a refusal
        raise RefusedError(Reason.MALFORMED, place) from None


def _write(out: bytearray, value: object, depth: int) -> None:
    if value is None or isinstance(value, bool):
        out += _SIMPLE[value]
    elif isinstance(value, int):
        _write_int(out, value)
    elif isinstance(value, bytes):
        _head(out, 2, len(value))
        out += value
    elif isinstance(value, str):
        if not unicodedata.is_normalized("NFC", value):
            raise ValueError("text is not NFC")
        text = value.encode()
        _head(out, 3, len(text))
        out += text
    elif isinstance(value, (list, tuple)):
        _deeper(depth)
        _head(out, 4, len(value))
        for item in value:
            _write(out, item, depth + 1)
    elif isinstance(value, dict):
        _deeper(depth)
        _write_map(out, value, depth)
    else:
        raise TypeError(f"{type(value).__name__} has no encoding here")


def _write_int(out: bytearray, value: int) -> None:
    if not _LOWEST <= value <= _HIGHEST:
        raise ValueError("integer outside 64 bits")
    if value >= 0:
        _head(out, 0, value)
    else:
        _head(out, 1, -1 - value)


def _write_map(out: bytearray, value: Mapping[object, object], depth: int) -> None:
    encoded: list[tuple[bytes, object]] = []
    for key, item in value.items():
        if type(key) is not int:
            raise TypeError("map keys are integers")
        encoded.append((encode(key), item))
    encoded.sort(key=lambda pair: pair[0])
    _head(out, 5, len(encoded))
    for head, item in encoded:
        out += head
        _write(out, item, depth + 1)


def _deeper(depth: int) -> None:
    if depth >= _MAX_DEPTH:
        raise ValueError("more than 8 containers inside one another")


def _head(out: bytearray, major: int, number: int) -> None:
    top = major << 5
    if number < 24:  # noqa: PLR2004 RFC 8949 3: short counts sit in the first byte
        out.append(top | number)
        return
    for extra, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * width):
            out.append(top | extra)
            out += number.to_bytes(width, "big")
            return
