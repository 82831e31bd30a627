"""Read an accounting of disclosures, each member strictly: see `accounting`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from wallet.errors import RefusedError
from wallet.exports.accounting import (
    ASKED,
    FIRST,
    MAX_ACCOUNTING,
    OPENED,
    VERSION,
    Accounting,
    Ended,
    Logged,
    Named,
    Opening,
    Shared,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_TEXT = 1_000  # letters of a name
_BYTES = 1 << 16
_PROOF = 1 << 18
_MOST = 100_000
_DIGEST = 32
_TOP = frozenset({"accounting", "made", "from", "to", "permissions", "openings"})
_END = frozenset({"kind", "at", "entry", "proof"})
_LICENCE = frozenset({"origin", "entry", "proof"})
_SHARED = frozenset(
    {
        *("reader", "role", "purpose", "begins", "ends", "records", "shared"),
        *("origin", "entry", "proof", "end"),
    }
)
_OPENING = frozenset(
    {
        *("permission", "kind", "at", "who", "staff", "purpose", "manner", "entry"),
        *("proof", "sealed", "details", "card", "licence"),
    }
)


def read_accounting(data: bytes) -> Accounting:
    """The accounting in *data*.

    Raises:
        RefusedError: ``unknown_version``, or ``malformed``, naming the member.
    """
    if len(data) > MAX_ACCOUNTING or not data.startswith(FIRST):
        raise RefusedError(Reason.MALFORMED, "accounting")
    try:
        said = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError(Reason.MALFORMED, "accounting") from None
    version = said.get("accounting") if isinstance(said, dict) else None
    if version != VERSION or type(version) is not int:
        raise RefusedError(Reason.UNKNOWN_VERSION, "accounting version")
    top = _Members(said, _TOP, "accounting")
    permissions = tuple(top.each("permissions", _shared))

    def opening(value: object, place: str) -> Opening:
        return _opening(value, place, permissions)

    return Accounting(
        made=top.time("made"),
        begins=top.maybe("from", top.time),
        ends=top.maybe("to", top.time),
        permissions=permissions,
        openings=tuple(top.each("openings", opening)),
    )


def _shared(value: object, place: str) -> Shared:
    here = _Members(value, _SHARED, place)
    origin = here.text("origin")
    return Shared(
        reader=here.text("reader"),
        role=here.text("role"),
        purpose=here.text("purpose"),
        begins=here.time("begins"),
        ends=here.time("ends"),
        records=here.maybe("records", here.counts),
        shared=here.time("shared"),
        logged=here.logged(origin),
        end=here.maybe("end", lambda name: _end(here.value(name), origin, place)),
    )


def _end(value: object, origin: str, place: str) -> Ended:
    here = _Members(value, _END, f"{place} end")
    kind = here.one_of("kind", "withdrawn", "replaced")
    return Ended(kind=kind, at=here.time("at"), logged=here.logged(origin))


def _opening(value: object, place: str, permissions: tuple[Shared, ...]) -> Opening:
    here = _Members(value, _OPENING, place)
    number = here.count("permission")
    if number >= len(permissions):
        raise here.wrong("permission")
    told = [here.value(name) is not None for name in _NAMED]
    if any(told) != all(told) or (not all(told) and here.value("licence") is not None):
        raise here.wrong("details")
    if here.value("who") is None and here.value("staff") is not None:
        raise here.wrong("staff")
    return Opening(
        permission=number,
        kind=here.one_of("kind", OPENED, ASKED),
        at=here.time("at"),
        logged=here.logged(permissions[number].logged.origin),
        named=_named(here, place) if all(told) else None,
    )


_NAMED = ("who", "purpose", "manner", "sealed", "details", "card")


def _named(here: _Members, place: str) -> Named:
    sealed = here.data("sealed")
    if len(sealed) != _DIGEST:
        raise here.wrong("sealed")
    return Named(
        who=here.text("who"),
        staff=here.maybe("staff", here.text),
        purpose=here.text("purpose"),
        manner=here.one_of("manner", "relay", "offline"),
        sealed=sealed,
        details=here.data("details"),
        card=here.data("card"),
        licence=here.maybe("licence", lambda name: _licence(here.value(name), place)),
    )


def _licence(value: object, place: str) -> Logged:
    here = _Members(value, _LICENCE, f"{place} licence")
    return here.logged(here.text("origin"))


class _Members:
    """The members of one object, which has exactly those it must have."""

    def __init__(self, value: object, names: frozenset[str], place: str) -> None:
        if not isinstance(value, dict) or value.keys() != names:
            raise RefusedError(Reason.MALFORMED, place)
        self._values, self._place = value, place

    def wrong(self, name: str) -> RefusedError:
        return RefusedError(Reason.MALFORMED, f"{self._place} {name}")

    def value(self, name: str) -> object:
        return self._values[name]

    def maybe(self, name: str, read: Callable[[str], _T]) -> _T | None:
        return None if self._values[name] is None else read(name)

    def text(self, name: str) -> str:
        value = self._values[name]
        if not isinstance(value, str) or not value or len(value) > _TEXT:
            raise self.wrong(name)
        if not value.isprintable():  # what a terminal or a page would obey
            raise self.wrong(name)
        return value

    def one_of(self, name: str, *known: str) -> str:
        value = self._values[name]
        if not isinstance(value, str) or value not in known:
            raise self.wrong(name)
        return value

    def count(self, name: str) -> int:
        return self._count(self._values[name], name)

    def counts(self, name: str) -> dict[str, int]:
        value = self._values[name]
        if not isinstance(value, dict) or len(value) > _TEXT:
            raise self.wrong(name)
        if not all(key.isprintable() and len(key) <= _TEXT for key in value):
            raise self.wrong(name)
        return {key: self._count(many, name) for key, many in value.items()}

    def time(self, name: str) -> datetime:
        value = self._values[name]
        if not isinstance(value, str) or _RFC3339.fullmatch(value) is None:
            raise self.wrong(name)
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(name) from None

    def data(self, name: str) -> bytes:
        value = self._values[name]
        if not isinstance(value, str) or len(value) > 2 * _BYTES:
            raise self.wrong(name)
        try:
            found = bytes.fromhex(value)
        except ValueError:
            found = b""
        if not found or found.hex() != value:  # one encoding of the same bytes
            raise self.wrong(name)
        return found

    def logged(self, origin: str) -> Logged:
        return Logged(
            origin=origin,
            entry=self.data("entry"),
            proof=self.maybe("proof", self._proof),
        )

    def each(self, name: str, read: Callable[[object, str], _T]) -> list[_T]:
        value = self._values[name]
        if not isinstance(value, list) or len(value) > _MOST:
            raise self.wrong(name)
        return [read(one, f"{name} {number}") for number, one in enumerate(value, 1)]

    def _proof(self, name: str) -> bytes:
        value = self._values[name]
        if not isinstance(value, str) or len(value) > _PROOF:
            raise self.wrong(name)
        return value.encode("utf-8", "replace")

    def _count(self, value: object, name: str) -> int:
        if not isinstance(value, int) or type(value) is not int:
            raise self.wrong(name)
        if not 0 <= value < 1 << 53:
            raise self.wrong(name)
        return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
