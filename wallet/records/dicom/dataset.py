"""The head of a DICOM file: its data elements up to the picture, which is not read.

DICOM PS3.5 7.1 (data elements) and PS3.10 7 (file meta information), little endian,
explicit or implicit. Lengths come from a stranger: every one is held against what is
there, sequences are stepped over, and nothing is kept but short texts.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError

MOST_HEAD = 4 << 20
_PREAMBLE = 132
_UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN"})
_LONGER = _LONG | {b"UR", b"UT", b"SV", b"UV"}
_TEXTS = frozenset(
    {b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN", b"SH"}
    | {b"ST", b"TM", b"UI", b"UC", b"UT"}
)
_MOST_TEXT = 10_240
_MOST_ELEMENTS = 20_000
_PIXELS = 0x7FE00010
_SYNTAX = 0x00020010
_CHARSET = 0x00080005
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_IMPLICIT = "1.2.840.10008.1.2"
_BIG = "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_CHARSETS = {
    "ISO_IR 192": "utf-8",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 148": "iso8859-9",
    "GB18030": "gb18030",
    "": "ascii",
}
# Implicit files do not say what an element is; of these it is known.
TAGS = {
    0x00020002: "media_class",
    0x00080016: "sop_class",
    0x00080018: "sop",
    0x00080020: "study_date",
    0x00080021: "series_date",
    0x00080030: "study_time",
    0x00080050: "accession",
    0x00080060: "modality",
    0x00080080: "institution",
    0x00080090: "referrer",
    0x00080201: "zone",
    0x00081030: "study",
    0x0008103E: "series",
    0x00100010: "patient",
    0x00100020: "patient_id",
    0x00100030: "born",
    0x00100040: "sex",
    0x00180015: "body_part",
    0x0020000D: "study_uid",
    0x0020000E: "series_uid",
    0x00200011: "series_number",
    0x00200013: "number",
    0x00400254: "step",
}


class _Element(NamedTuple):
    tag: int
    kind: bytes
    start: int
    length: int


def read_head(data: bytes) -> dict[str, str]:
    """The named texts of a file's head, as far as it can be read.

    Raises:
        FaultError: it is no DICOM file, or in a form that is not read here.
    """
    if data[128:_PREAMBLE] != b"DICM":
        raise FaultError(Cause.UNKNOWN_FORMAT)
    found: dict[int, bytes] = {}
    at = _elements(data, _PREAMBLE, explicit=True, found=found, last=0x0002FFFF)
    syntax = _text(found.get(_SYNTAX, b""), "ascii")
    if syntax in (_BIG, _DEFLATED):
        raise FaultError(Cause.UNKNOWN_TYPE)
    _elements(data, at, explicit=syntax != _IMPLICIT, found=found, last=_PIXELS - 1)
    named = _text(found.get(_CHARSET, b""), "ascii").split("\\")
    charset = _CHARSETS.get(named[-1], "latin-1")
    return {
        name: text
        for tag, name in TAGS.items()
        if (text := _text(found.get(tag, b""), charset))
    }


def raw_elements(data: bytes, wanted: frozenset[int]) -> tuple[str, dict[int, bytes]]:
    """The transfer syntax and the bytes of the elements in *wanted*, picture included.

    Of a compressed picture the fragments, put together.

    Raises:
        FaultError: it is no DICOM file, or in a form that is not read here.
    """
    if data[128:_PREAMBLE] != b"DICM":
        raise FaultError(Cause.UNKNOWN_FORMAT)
    head: dict[int, bytes] = {}
    at = _elements(data, _PREAMBLE, explicit=True, found=head, last=0x0002FFFF)
    syntax = _text(head.get(_SYNTAX, b""), "ascii")
    if syntax in (_BIG, _DEFLATED):
        raise FaultError(Cause.UNKNOWN_TYPE)
    explicit = syntax != _IMPLICIT
    found: dict[int, bytes] = {}
    for _ in range(_MOST_ELEMENTS):
        element = _element(data, at, explicit=explicit)
        if element is None:
            break
        if element.tag == _PIXELS and element.length == _UNDEFINED:
            if _PIXELS in wanted:
                found.setdefault(_PIXELS, _fragments(data, element.start))
            break
        end = _end(data, element, explicit=explicit)
        if element.tag in wanted and element.length != _UNDEFINED:
            found.setdefault(element.tag, data[element.start : end])
        if element.tag >= _PIXELS:
            break
        at = end
    return syntax, found


def _fragments(data: bytes, at: int) -> bytes:
    """What the items of a compressed picture hold, without the table before them.

    PS3.5 A.4: the first item is the Basic Offset Table, and may be empty.
    """
    held: list[bytes] = []
    for number in range(_MOST_ELEMENTS):
        if at + 8 > len(data):
            break
        group, element, length = struct.unpack_from("<HHI", data, at)
        if group << 16 | element != _ITEM or length == _UNDEFINED:
            break
        at += 8
        if number:
            held.append(data[at : at + length])
        at += length
    return b"".join(held)


def _elements(
    data: bytes, at: int, *, explicit: bool, found: dict[int, bytes], last: int
) -> int:
    """Read elements up to tag *last*; answers where the next one begins."""
    for _ in range(_MOST_ELEMENTS):
        element = _element(data, at, explicit=explicit)
        if element is None or element.tag > last:
            return at
        end = _end(data, element, explicit=explicit)
        wanted = element.tag in TAGS or element.tag in (_SYNTAX, _CHARSET)
        if wanted and element.length <= _MOST_TEXT and element.kind in _TEXTS:
            found.setdefault(element.tag, data[element.start : end])
        at = end
    return at


def _element(data: bytes, at: int, *, explicit: bool) -> _Element | None:
    if at + 8 > len(data):
        return None
    group, number = struct.unpack_from("<HH", data, at)
    tag = group << 16 | number
    if not explicit or group == 0xFFFE:  # noqa: PLR2004 items never say a kind
        (length,) = struct.unpack_from("<I", data, at + 4)
        kind = b"LO" if tag in TAGS or tag == _CHARSET else b"UN"
        return _Element(tag, kind, at + 8, length)
    kind = data[at + 4 : at + 6]
    if kind not in _LONGER:
        (length,) = struct.unpack_from("<H", data, at + 6)
        return _Element(tag, kind, at + 8, length)
    if at + 12 > len(data):
        return None
    (length,) = struct.unpack_from("<I", data, at + 8)
    return _Element(tag, kind, at + 12, length)


def _end(data: bytes, element: _Element, *, explicit: bool) -> int:
    """Where an element ends; one of unknown length is stepped through, item by item."""
    if element.length != _UNDEFINED:
        return min(element.start + element.length, len(data))
    at, open_ends = element.start, 1
    for _ in range(_MOST_ELEMENTS):
        inner = _element(data, at, explicit=explicit)
        if inner is None:
            return len(data)
        at = inner.start
        if inner.tag in (_SEQUENCE_END, _ITEM_END):
            open_ends -= 1
            if open_ends == 0:
                return at
        elif inner.length == _UNDEFINED:
            open_ends += 1
        elif inner.tag != _ITEM:
            at = min(at + inner.length, len(data))
    return len(data)


def _text(raw: bytes, charset: str) -> str:
    return raw.decode(charset, "replace").strip("\0 \r\n")
