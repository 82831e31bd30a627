"""Deterministic CBOR (RFC 8949 4.2.1): one value, one encoding, strictly read.

Reader and writer are ours. The library's canonical form sorts keys length-first
(RFC 7049), and its reader follows the tags that share a value: a few hundred hostile
bytes would stand for billions of items.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, TypeAlias

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "int | bytes | str | bool | list[Any] | dict[int, Any] | None"

MAX_STATEMENT = 1 << 20
_MAX_DEPTH = 8
_MAX_LOOK = 32  # a newer writer may nest deeper: its version is still to be seen
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
_READ_SIMPLE = {0xF4: False, 0xF5: True, 0xF6: None}
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_SMALL = tuple(bytes((number,)) for number in range(24))


def encode(value: Value) -> bytes:
    """Encode integers, bytes, NFC text, lists, integer-keyed maps, bool and null.

    Raises:
        ValueError: *value* holds anything else, or is nested deeper than 8.
    """
    out = bytearray()
    _write(out, value, 0)
    return bytes(out)


def byte_string(data: bytes) -> bytes:
    """Encode bytes alone, as `encode` would; most are 24 to 255 long."""
    size = len(data)
    if 24 <= size < 256:  # noqa: PLR2004 RFC 8949 3: a length of one byte
        return b"\x58%c%b" % (size, data)
    return b"%c%b" % (0x40 | size, data) if size < 24 else encode(data)  # noqa: PLR2004


def decode(data: bytes, *, cap: int = MAX_STATEMENT, place: str = "cbor") -> Value:
    """Read one value that is encoded exactly as `encode` would.

    Raises:
        RefusedError: ``malformed``: longer than *cap* bytes, trailing bytes,
            another encoding of the same value, or a type outside the list.
    """
    value: Value = loosely(data, cap=cap, place=place)
    hold(value, data, place=place)
    return value


def hold(value: Value, data: bytes, *, place: str) -> None:
    """Hold what was read loosely to the one encoding it may have had.

    Raises:
        RefusedError: ``malformed``: *data* is another encoding of *value*, or a type
            outside the list.
    """
    try:
        same = encode(value) == data
    except (ValueError, TypeError):
        same = False
    if not same:
        raise RefusedError(Reason.MALFORMED, place)


def loosely(data: bytes, *, cap: int, place: str) -> Any:  # noqa: ANN401
    """Read CBOR of any writer: only to look at a version before judging the rest.

    What has no place here (tags, floats, other simple values) is passed over and
    stands in the result as something that `encode` refuses.

    Raises:
        RefusedError: ``malformed``: not one item of definite length, longer than
            *cap* bytes, or containers more than 32 deep.
    """
    if len(data) > cap:
        raise RefusedError(Reason.MALFORMED, place)
    try:
        value, end = _read(data, 0, 0)
    except (ValueError, IndexError):
        raise RefusedError(Reason.MALFORMED, place) from None
    if end != len(data):
        raise RefusedError(Reason.MALFORMED, place)
    return value


class _Foreign:
    """Stands where an item has no place in a statement."""


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """One item and where it ends; every length is checked before it is believed."""
    first = data[at]
    number, at = _read_head(data, at)
    value: Any
    match first >> 5:
        case 0:
            value = number
        case 1:
            value = -1 - number
        case 2:
            value, at = _piece(data, at, number), at + number
        case 3:
            value, at = _piece(data, at, number).decode(), at + number
        case 7:
            value = _READ_SIMPLE.get(first, _Foreign())
        case _ if depth >= _MAX_LOOK:
            raise ValueError("too deep")
        case 4:
            value, at = _read_list(data, at, number, depth)
        case 5:
            value, at = _read_map(data, at, number, depth)
        case _:  # a tag and what it is on
            value, at = _Foreign(), _read(data, at, depth + 1)[1]
    return value, at


def _read_head(data: bytes, at: int) -> tuple[int, int]:
    """The number in an item's first bytes (RFC 8949 3), and where it ends."""
    number, at = data[at] & 31, at + 1
    if number < 24:  # noqa: PLR2004 it stands in the first byte itself
        return number, at
    width = _WIDTHS.get(number)
    if width is None or at + width > len(data):
        raise ValueError("no definite length, or cut short")
    return int.from_bytes(data[at : at + width], "big"), at + width


def _piece(data: bytes, at: int, size: int) -> bytes:
    if size > len(data) - at:
        raise ValueError("cut short")
    return data[at : at + size]


def _read_list(data: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    for _ in range(count):
        item, at = _read(data, at, depth + 1)
        found.append(item)
    return found, at


def _read_map(
    data: bytes, at: int, count: int, depth: int
) -> tuple[dict[Any, Any], int]:
    found: dict[Any, Any] = {}
    for _ in range(count):
        key, at = _read(data, at, depth + 1)
        item, at = _read(data, at, depth + 1)
        found[key if isinstance(key, (int, str, bytes)) else _Foreign()] = item
    return found, at


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
    if 0 <= value < len(_SMALL):
        out += _SMALL[value]
    elif not _LOWEST <= value <= _HIGHEST:
        raise ValueError("integer outside 64 bits")
    elif value >= 0:
        _head(out, 0, value)
    else:
        _head(out, 1, -1 - value)


def _write_map(out: bytearray, value: Mapping[object, object], depth: int) -> None:
    encoded: list[tuple[bytes, object]] = []
    for key, item in value.items():
        if type(key) is not int:
            raise TypeError("map keys are integers")
        small = 0 <= key < len(_SMALL)
        encoded.append((_SMALL[key] if small else encode(key), item))
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
