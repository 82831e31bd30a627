"""The first picture of a DICOM file, small: plain, or compressed as JPEG or JPEG 2000.

DICOM PS3.3 C.7.6.3 (image pixel), C.11.2 (window); PS3.5 A.4 (compressed). Runs only
in a confined process: the numbers come from a stranger, and every one is held against
what is there.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.records.dicom.dataset import raw_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_SIDE = 512
_MOST_POINTS = 64 << 20
_PLAIN = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"})
_COMPRESSED = {
    "1.2.840.10008.1.2.4.50": "JPEG",
    "1.2.840.10008.1.2.4.51": "JPEG",
    "1.2.840.10008.1.2.4.90": "JPEG2000",
    "1.2.840.10008.1.2.4.91": "JPEG2000",
}
_SAMPLES, _PHOTOMETRIC, _PLANES = 0x00280002, 0x00280004, 0x00280006
_ROWS, _COLUMNS, _BITS = 0x00280010, 0x00280011, 0x00280100
_STORED, _SIGNED = 0x00280101, 0x00280103
_CENTRE, _WIDTH = 0x00281050, 0x00281051
_INTERCEPT, _SLOPE = 0x00281052, 0x00281053
_PIXELS = 0x7FE00010
_WANTED = frozenset(
    {_SAMPLES, _PHOTOMETRIC, _PLANES, _ROWS, _COLUMNS, _BITS, _STORED, _SIGNED}
    | {_CENTRE, _WIDTH, _INTERCEPT, _SLOPE, _PIXELS}
)
_COLOURS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture as rows of red, green and blue bytes."""

    width: int
    height: int
    pixels: bytes


def first_picture(data: bytes) -> Shown | None:
    """The first picture of a file; None where it is odd, not there or not for us."""
    syntax, held = raw_elements(data, _WANTED)
    if syntax in _COMPRESSED:
        return _unpacked(held, _COMPRESSED[syntax])
    wide, high = _number(held, _COLUMNS), _number(held, _ROWS)
    bits, samples = _number(held, _BITS), _number(held, _SAMPLES) or 1
    raw = held.get(_PIXELS, b"")
    need = wide * high * samples * bits // 8
    plain = syntax in _PLAIN and bits in (8, 16) and samples in (1, _COLOURS)
    if not plain or not 0 < wide * high <= _MOST_POINTS or len(raw) < need:
        return None
    step = max(1, -(-max(wide, high) // MOST_SIDE))
    places = [
        row * wide + column
        for row in range(0, high, step)
        for column in range(0, wide, step)
    ]
    size = (len(range(0, wide, step)), len(range(0, high, step)))
    if samples == _COLOURS:
        if bits != 8 or _number(held, _PLANES):  # noqa: PLR2004 bits of a byte
            return None
        pixels = b"".join(
            raw[_COLOURS * at : _COLOURS * at + _COLOURS] for at in places
        )
    else:
        read = _reader(raw, held)
        grey = _grey([read(at) for at in places], held)
        pixels = bytes(one for one in grey for _ in range(_COLOURS))
    return Shown(width=size[0], height=size[1], pixels=pixels)


def _unpacked(held: Mapping[int, bytes], form: str) -> Shown | None:
    """A compressed picture, by the library that also reads photographs."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 confined process

    try:
        raw = io.BytesIO(held.get(_PIXELS, b""))
        with Image.open(raw, formats=(form,)) as picture:
            if picture.width * picture.height > _MOST_POINTS:
                return None
            deep = picture.mode.startswith("I")
            whole = picture.convert("I" if deep else "RGB")
    except (OSError, SyntaxError, ValueError, MemoryError, UnidentifiedImageError):
        return None
    whole.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.NEAREST)
    wide, high = whole.size
    if not deep:
        return Shown(width=wide, height=high, pixels=whole.tobytes())
    stored = struct.unpack(f"={wide * high}i", whole.tobytes())
    grey = _grey([float(one) for one in stored], held)
    pixels = bytes(one for one in grey for _ in range(_COLOURS))
    return Shown(width=wide, height=high, pixels=pixels)


def _grey(stored: Sequence[float], held: Mapping[int, bytes]) -> bytes:
    """Points as they are stored, from dark to light in the window the file asks for."""
    slope, intercept = _decimal(held, _SLOPE, 1.0), _decimal(held, _INTERCEPT, 0.0)
    values = [one * slope + intercept for one in stored]
    width = _decimal(held, _WIDTH, 0.0)
    low, high = min(values), max(values)
    if width > 0:
        centre = _decimal(held, _CENTRE, 0.0)
        low, high = centre - width / 2, centre + width / 2
    span = (high - low) or 1.0
    found = bytes(int(255 * min(1.0, max(0.0, (one - low) / span))) for one in values)
    dark = held.get(_PHOTOMETRIC, b"").strip(b"\0 ") == b"MONOCHROME1"
    return bytes(255 - one for one in found) if dark else found


def _reader(raw: bytes, held: Mapping[int, bytes]) -> Callable[[int], int]:
    if _number(held, _BITS) == 8:  # noqa: PLR2004 bits of a byte
        return lambda at: raw[at]
    stored = min(max(_number(held, _STORED) or 16, 1), 16)
    mask, sign = (1 << stored) - 1, 1 << (stored - 1)
    signed = _number(held, _SIGNED) == 1

    def read(at: int) -> int:
        value = struct.unpack_from("<H", raw, 2 * at)[0] & mask
        return value - (1 << stored) if signed and value & sign else int(value)

    return read


def _number(held: Mapping[int, bytes], tag: int) -> int:
    raw = held.get(tag, b"")
    return int.from_bytes(raw[:2], "little")


def _decimal(held: Mapping[int, bytes], tag: int, usual: float) -> float:
    text = held.get(tag, b"").decode("ascii", "replace").split("\\")[0].strip("\0 ")
    try:
        found = float(text)
    except ValueError:
        return usual
    return found if abs(found) < 1e9 else usual  # noqa: PLR2004 also no nan
