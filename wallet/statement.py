"""The signed envelope: COSE_Sign1 over deterministic CBOR, its types, strict reading.

Nothing here signs or verifies; `wallet.keys.signing` does. PROTOCOL.md 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from wallet.cbor import MAX_STATEMENT, Value, byte_string, decode, encode, hold, loosely
from wallet.errors import RefusedError
from wallet.verdict import Reason

ED25519 = -19  # RFC 9864: the fully specified algorithm
VERSION = 1
LAST_SECOND = 253_402_300_799  # of the year 9999, the last a calendar here can name
_SIGN1_TAG = b"\xd2"
_HEADER = encode({1: ED25519, 4: bytes(8)})[:-8]
_SIGNATURE1 = b"\x84" + encode("Signature1")
_BEFORE_KID = _SIGN1_TAG + b"\x84\x4d" + _HEADER  # 84: four parts, 4d: 13 bytes
_KID_END = len(_BEFORE_KID) + 8


class Name(StrEnum):
    """What a statement is; part of the signed bytes, so none passes for another."""

    STATUS_ROOT = "status-root"
    STATUS = "status"
    SHARD_LINK = "shard-link"
    GRANT = "grant"
    RECEIPT = "receipt"
    ACCREDITATION = "accreditation"
    CARD = "card"
    PERMISSION = "permission"
    MANIFEST = "manifest"
    DETAILS = "details"
    ORDER = "order"
    NOTICE = "notice"


NUMBER: Mapping[Name, int] = {
    Name.STATUS_ROOT: 2,
    Name.STATUS: 3,
    Name.SHARD_LINK: 5,
    Name.GRANT: 20,
    Name.RECEIPT: 30,
    Name.ACCREDITATION: 40,
    Name.CARD: 100,
    Name.PERMISSION: 101,
    Name.MANIFEST: 102,
    Name.DETAILS: 103,
    Name.ORDER: 104,
    Name.NOTICE: 105,
}
_LENGTH = {b"\x58": 2, b"\x59": 3, b"\x5a": 5}  # bytes before a long byte string
_FIRST = {
    name: b"\1" + encode(number) + b"\2" + encode(VERSION)
    for name, number in NUMBER.items()
}

Test: TypeAlias = Callable[[Value], bool]
Fields: TypeAlias = Mapping[int, Test]


def is_int(value: Value) -> bool:
    """Any integer; booleans are not integers here."""
    return type(value) is int


def is_count(value: Value) -> bool:
    """An integer of zero or more."""
    return type(value) is int and value >= 0


def is_time(value: Value) -> bool:
    """POSIX seconds, or a number of seconds, that calendars and clocks can hold."""
    return type(value) is int and 0 <= value <= LAST_SECOND


def is_text(value: Value) -> bool:
    """Text (NFC is seen to by the encoding)."""
    return isinstance(value, str)


def is_bytes(value: Value) -> bool:
    """Bytes of any length."""
    return isinstance(value, bytes)


def is_bool(value: Value) -> bool:
    """True or false."""
    return isinstance(value, bool)


def bytes_of(size: int) -> Test:
    """Make a test for bytes of exactly *size*."""
    return lambda value: isinstance(value, bytes) and len(value) == size


def or_null(test: Test) -> Test:
    """Make a test that lets null pass as well."""
    return lambda value: value is None or test(value)


KEY = bytes_of(32)
ID = bytes_of(16)
_ALWAYS: Fields = {1: is_int, 2: is_int, 15: ID}


class Statement(NamedTuple):
    """A well-formed statement whose signature has NOT been looked at.

    A tuple, since every entry of a ledger becomes one: half of a frozen dataclass.
    """

    name: Name
    kid: bytes
    fields: Mapping[int, Value]
    payload: bytes
    protected: bytes
    signature: bytes
    raw: bytes

    def __repr__(self) -> str:
        """Nothing of what it says beyond its fields."""
        return f"Statement(name={self.name!r}, kid={self.kid!r}, fields={self.fields})"

    def key(self, number: int) -> bytes:
        """A bytes field; its shape was tested while reading."""
        value = self.fields[number]
        assert isinstance(value, bytes)  # noqa: S101 narrowing: tested while reading
        return value

    def count(self, number: int, /) -> int:
        """An integer field; its shape was tested while reading."""
        value = self.fields[number]
        assert isinstance(value, int)  # noqa: S101 narrowing: tested while reading
        return value

    def text(self, number: int) -> str:
        """A text field; its shape was tested while reading."""
        value = self.fields[number]
        assert isinstance(value, str)  # noqa: S101 narrowing: tested while reading
        return value


def protected_header(kid: bytes) -> bytes:
    """Encode ``{1: -19, 4: kid}``, the only protected header there is."""
    return encode({1: ED25519, 4: kid})


def to_be_signed(*, name: Name, origin: str, protected: bytes, payload: bytes) -> bytes:
    """Build the Sig_structure (RFC 9052 4.4), bound to a type and to one ledger."""
    bound = _bound_to(name, origin)
    return b"".join((_SIGNATURE1, byte_string(protected), bound, byte_string(payload)))


@lru_cache(maxsize=64)
def _bound_to(name: Name, origin: str) -> bytes:
    """The third part of a Sig_structure, the same for all that one ledger signs."""
    return encode(f"heartwood/1/{name.value}/{origin}".encode())


def assemble(*, protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put the four parts together under tag 18."""
    return _SIGN1_TAG + encode([protected, {}, payload, signature])


def parse(
    data: bytes, *, name: Name, fields: Fields, cap: int = MAX_STATEMENT
) -> Statement:
    """Read a statement of one type with exactly *fields* besides 1, 2 and 15.

    Version and algorithm are looked at first, so that a newer writer is
    ``unknown_version`` and not ``malformed``.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``, naming the place.
    """
    return _hold_to(_open(data, name=name, cap=cap), name=name, fields=fields)


class Layout:
    """The one way to write a statement whose fields all have a fixed size.

    Deterministic encoding leaves no choice: what matches byte for byte is what `parse`
    would have read, and anything else is for `parse` to refuse. Most entries of a
    ledger are of this kind, and reading them costs a fifth.
    """

    def __init__(self, name: Name, numbers: Sequence[int]) -> None:
        """*numbers* are the fields besides 1, 2 and 15, each a `KEY`."""
        self._name = name
        self._keys = (1, 2, *sorted([*numbers, 15]))
        self._type = NUMBER[name]
        blanks = {number: bytes((0xC0 + number,)) * 32 for number in numbers}
        blanks[15] = b"\xcf" * 16
        kid, signature = b"\xbd" * 8, b"\xbe" * 64
        payload = encode({1: NUMBER[name], 2: VERSION, **blanks})
        sample = assemble(
            protected=protected_header(kid), payload=payload, signature=signature
        )
        self.size = len(sample)
        self._payload = slice(sample.index(payload), -66)
        pattern = re.escape(sample)
        for blank in (kid, *blanks.values(), signature):
            there = b"(.{%d})" % len(blank)
            pattern = pattern.replace(re.escape(blank), there, 1)
        self._pattern = re.compile(pattern, re.DOTALL)

    def read(self, data: bytes) -> Statement | None:
        """The statement, or None where *data* is not written so."""
        found = self._pattern.fullmatch(data)
        if found is None:
            return None
        kid, *values, signature = found.groups()
        return Statement(
            self._name,
            kid,
            # Every group of the pattern is one of these fields.
            dict(zip(self._keys, (self._type, VERSION, *values), strict=True)),
            data[self._payload],
            _HEADER + kid,
            signature,
            data,
        )


def layouts(shapes: Mapping[Name, Fields]) -> Mapping[int, Sequence[Layout]]:
    """Those of *shapes* that have one, by the size of such a statement."""
    found: dict[int, list[Layout]] = {}
    for name, fields in shapes.items():
        if all(test is KEY for test in fields.values()):
            layout = Layout(name, list(fields))
            found.setdefault(layout.size, []).append(layout)
    return found


def parse_one_of(
    data: bytes,
    *,
    shapes: Mapping[Name, Fields],
    laid_out: Mapping[int, Sequence[Layout]],
    cap: int = MAX_STATEMENT,
) -> Statement:
    """Read a statement of whichever of some types it says it is.

    *laid_out* are the `layouts` of these *shapes*, tried first.

    Raises:
        RefusedError: as `parse`; another type is ``unknown_version``.
    """
    for layout in laid_out.get(len(data), ()):
        if (read := layout.read(data)) is not None:
            return read
    opened = _open(data, name=None, cap=cap)
    name = next((one for one in shapes if NUMBER[one] == opened.kind), None)
    if name is None:
        raise RefusedError(Reason.UNKNOWN_VERSION, "statement type")
    return _hold_to(opened, name=name, fields=shapes[name])


def may_be(data: bytes, name: Name) -> bool:
    """Whether *data* begins as every statement of this type does.

    A value has one encoding, so type and version stand at a fixed place: enough to
    pass over the many that are of another type without reading them.
    """
    start = _KID_END + 1  # after the empty map of what is not protected
    start += _LENGTH.get(data[start : start + 1], 1)
    return data.startswith(_BEFORE_KID) and data.startswith(_FIRST[name], start + 1)


def peek_type(data: bytes, *, cap: int = MAX_STATEMENT) -> int:
    """Answer which type number a statement claims, before its fields are known.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    return _open(data, name=None, cap=cap).kind


class _Opened(NamedTuple):
    """A statement whose envelope, header and version were looked at."""

    raw: bytes
    protected: bytes
    kid: bytes
    payload: bytes
    signature: bytes
    kind: int
    seen: dict[int, Value]


def _open(data: bytes, *, name: Name | None, cap: int) -> _Opened:
    protected, payload, signature = _parts(data, name=name, cap=cap)
    kid = _kid(protected, name=name)
    kind, seen = _check_version(payload, name=name)
    return _Opened(data, protected, kid, payload, signature, kind, seen)


def _hold_to(opened: _Opened, *, name: Name, fields: Fields) -> Statement:
    values = opened.seen
    hold(values, opened.payload, place=f"{name.value} payload")
    wanted = {**_ALWAYS, **fields}
    if values.keys() != wanted.keys():
        raise RefusedError(Reason.MALFORMED, f"{name.value} fields")
    if values[1] != NUMBER[name]:
        raise RefusedError(Reason.MALFORMED, f"{name.value} type")
    for number, test in wanted.items():
        if not test(values[number]):
            raise RefusedError(Reason.MALFORMED, f"{name.value} field {number}")
    return Statement(
        name=name,
        kid=opened.kid,
        fields=values,
        payload=opened.payload,
        protected=opened.protected,
        signature=opened.signature,
        raw=opened.raw,
    )


def _parts(data: bytes, *, name: Name | None, cap: int) -> tuple[bytes, bytes, bytes]:
    place = f"{name.value if name else 'statement'} envelope"
    if data[:1] != _SIGN1_TAG or len(data) > cap:
        raise RefusedError(Reason.MALFORMED, place)
    match decode(data[1:], cap=cap, place=place):
        case [bytes(protected), {} as unprotected, bytes(payload), bytes(signature)]:
            if unprotected or len(signature) != 64:  # noqa: PLR2004 Ed25519
                raise RefusedError(Reason.MALFORMED, place)
            return protected, payload, signature
        case _:
            raise RefusedError(Reason.MALFORMED, place)


def _kid(protected: bytes, *, name: Name | None) -> bytes:
    if len(protected) == len(_HEADER) + 8 and protected.startswith(_HEADER):
        return protected[-8:]
    place = f"{name.value if name else 'statement'} header"
    header = loosely(protected, cap=MAX_STATEMENT, place=place)
    if isinstance(header, dict) and header.get(1, ED25519) != ED25519:
        raise RefusedError(Reason.UNKNOWN_VERSION, place)
    # A sound header would have been the one above.
    raise RefusedError(Reason.MALFORMED, place)


def _check_version(
    payload: bytes, *, name: Name | None
) -> tuple[int, dict[int, Value]]:
    place = f"{name.value if name else 'statement'} payload"
    seen = loosely(payload, cap=MAX_STATEMENT, place=place)
    if not isinstance(seen, dict) or type(seen.get(2)) is not int:
        raise RefusedError(Reason.MALFORMED, place)
    if seen[2] != VERSION:
        raise RefusedError(Reason.UNKNOWN_VERSION, place)
    if type(seen.get(1)) is not int:
        raise RefusedError(Reason.MALFORMED, place)
    return int(seen[1]), seen


def peek(data: bytes, *, cap: int = MAX_STATEMENT) -> Mapping[int, Value]:
    """Look at the payload of a statement, only to choose the shape to hold it to.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    return _open(data, name=None, cap=cap).seen
