"""Cuts FHIR JSON into resources: bundles of every kind, nested ones, single, by line.

Every byte of the file belongs to one piece or to the gap before one, so the file can
be put together again, and one piece can go without the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.ndjson import end_of_line, is_lines, long_line
from wallet.records.fhir.piece import REST, Piece, piece_of
from wallet.records.findings import Cause, Finding
from wallet.records.json_stream import FaultError, Stream, read_whole
from wallet.records.labels import labels_of, passed_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.record import Label

_BUNDLE = re.compile(r'\{\s*"resourceType"\s*:\s*"Bundle"')
_MOST_NESTED = 8
_WITHOUT = frozenset({"request", "response", "link", "search"})


@dataclass(slots=True)
class Cutter:
    """Cuts one stream; what it learns on the way is in its fields.

    ``late`` is what bundles said of themselves behind their entries: how the places
    of those begin, and the labels.
    """

    stream: Stream
    shape: str = "fhir-json"
    findings: list[Finding] = field(default_factory=list)
    late: list[tuple[str, tuple[Label, ...]]] = field(default_factory=list)
    bundled: bool = False
    _nested: int = 0
    _next: str = ""
    _cut: bool = False

    def pieces(self) -> Iterator[Piece]:
        """Every piece, in the order of the file."""
        if is_lines(self.stream):
            self.shape = "fhir-ndjson"
            yield from self._lines()
            return
        if self.stream.peek() == "[":
            self.shape = "fhir-json-list"
            yield from self._list()
        else:
            yield from self._object("", ())
            yield from self._further()
        if self.stream.peek():
            yield from self._rest(f"line {self.stream.line}", Cause.TRAILING)

    def _further(self) -> Iterator[Piece]:
        """More objects behind the first, which was too long or too tall for a line."""
        stream = self.stream
        while stream.peek() == "{":
            self.shape = "fhir-ndjson"
            place = f"line {stream.line}"
            if _BUNDLE.match(stream.text, stream.at):
                yield from self._object(f"{place} ", ())
            else:
                yield from self._element(place, ())
            stream.let_go()

    def tail(self) -> str:
        """What lies behind the last piece."""
        while self.stream.more():
            pass
        gap, _ = self.stream.claim(len(self.stream.text), len(self.stream.text))
        return gap

    def _lines(self) -> Iterator[Piece]:
        stream, number = self.stream, 0
        while True:
            number += 1
            end = end_of_line(stream)
            if end is None:
                yield from long_line(stream, f"line {number}")
            else:
                start = stream.at
                if stream.text[start:end].strip():
                    yield from self._line(f"line {number}", start, end)
                stream.at = min(end + 1, len(stream.text))
            if stream.at >= len(stream.text) and not stream.more():
                return
            stream.let_go()

    def _line(self, place: str, start: int, end: int) -> Iterator[Piece]:
        stream = self.stream
        line = stream.text[start:end]
        first = len(line) - len(line.lstrip())
        last = len(line.rstrip())
        try:
            value = read_whole(line, first, last)
        except FaultError as fault:
            gap, text = stream.claim(start, end)
            yield Piece(place=place, gap=gap, text=text, cause=fault.cause)
            return
        if _is_bundle(value):
            stream.at = start + first
            yield from self._bundle_inside(f"{place} ", ())
            return
        gap, text = stream.claim(start, end)
        yield piece_of(place, gap, text, (first, last), value)

    def _list(self) -> Iterator[Piece]:
        stream = self.stream
        stream.take("[")
        number = 0
        try:
            while not stream.take("]"):
                yield from self._element(f"/{number}", ())
                number += 1
                stream.next_of("]")
                self._let_go()
        except FaultError as fault:
            yield from self._rest(f"/{number}", fault.cause)

    def _element(self, place: str, inherited: tuple[Label, ...]) -> Iterator[Piece]:
        """One resource that is a value of its own."""
        stream = self.stream
        stream.peek()
        start = stream.at
        try:
            value = stream.value()
        except FaultError as fault:
            yield from self._bad(place, start, fault.cause)
            return
        gap, text = stream.claim(start, stream.at)
        yield piece_of(place, gap, text, (0, len(text)), value, inherited=inherited)

    def _object(self, place: str, inherited: tuple[Label, ...]) -> Iterator[Piece]:
        """A bundle, whose entries come one by one, or a single resource."""
        stream = self.stream
        stream.peek()
        start = stream.at
        outer: dict[str, Any] = {}
        opened = False
        early: tuple[Label, ...] = ()
        try:
            stream.take("{")
            while (key := stream.key()) is not None:
                if key == "entry" and stream.peek() == "[" and self._are_entries(outer):
                    opened = True
                    early = passed_on(labels_of(outer))
                    yield from self._entries(place, (*inherited, *early))
                elif key in outer:
                    raise FaultError(Cause.DUPLICATE_KEY)  # noqa: TRY301
                else:
                    outer[key] = stream.value()
                stream.next_of("}")
        except FaultError as fault:
            if opened:
                yield from self._rest(self._next, fault.cause)
            else:
                stream.at = start
                yield from self._bad(place, start, fault.cause)
            return
        if opened or outer.get("resourceType") == "Bundle":
            self.bundled = True
            labels = passed_on(labels_of(outer))
            if opened and labels != early:
                self.late.append((f"{place}/entry/", labels))
            return
        gap, text = stream.claim(start, stream.at)
        yield piece_of(place, gap, text, (0, len(text)), outer, inherited=inherited)

    def _are_entries(self, outer: dict[str, Any]) -> bool:
        """Whether ``entry`` is a bundle's; a List has entries of another kind."""
        named = outer.get("resourceType")
        if named is not None:
            return bool(named == "Bundle")
        stream, at = self.stream, self.stream.at
        try:
            stream.take("[")
            if stream.peek() == "]":
                return False
            first = stream.value()
        except FaultError:
            return True
        finally:
            stream.at = at
        return isinstance(first, dict) and "item" not in first

    def _entries(self, place: str, inherited: tuple[Label, ...]) -> Iterator[Piece]:
        stream = self.stream
        stream.take("[")
        number = 0
        while not stream.take("]"):
            here = f"{place}/entry/{number}"
            stream.peek()
            start = stream.at
            try:
                yield from self._entry(here, inherited)
            except FaultError as fault:
                # What a nested bundle gave already stays given.
                stream.at = start = max(start, stream.claimed)
                yield from self._bad(here, start, fault.cause)
            number += 1
            self._next = f"{place}/entry/{number}"
            stream.next_of("]")
            self._let_go()

    def _let_go(self) -> None:
        # Places inside an open entry are counted from the window's start.
        if self._nested == 0:
            self.stream.let_go()

    def _entry(self, place: str, inherited: tuple[Label, ...]) -> Iterator[Piece]:
        stream = self.stream
        start = stream.at
        if not stream.take("{"):
            raise FaultError(Cause.NOT_JSON if stream.peek() else Cause.CUT_OFF)
        held: dict[str, Any] = {}
        first = last = 0
        nested = False
        while (key := stream.key()) is not None:
            if key in held:
                raise FaultError(Cause.DUPLICATE_KEY)
            stream.peek()
            before = stream.at
            if key == "resource" and _BUNDLE.match(stream.text, before):
                yield from self._bundle_inside(f"{place}/resource", inherited)
                nested = True
                held[key] = None
            else:
                held[key] = stream.value()
                if key == "resource" and _is_bundle(held[key]):
                    stream.at = before
                    yield from self._bundle_inside(f"{place}/resource", inherited)
                    nested = True
            if key == "resource":
                first, last = before - start, stream.at - start
            stream.next_of("}")
        if nested:
            return
        if held.get("resource") is None:
            if not held.keys() & _WITHOUT:
                self.findings.append(Finding(place=place, cause=Cause.NO_RECORD))
            return
        gap, text = stream.claim(start, stream.at)
        url = held.get("fullUrl")
        yield piece_of(
            place,
            gap,
            text,
            (first, last),
            held["resource"],
            full_url=url if isinstance(url, str) else "",
            inherited=inherited,
        )

    def _bundle_inside(
        self, place: str, inherited: tuple[Label, ...]
    ) -> Iterator[Piece]:
        if self._nested >= _MOST_NESTED:
            raise FaultError(Cause.TOO_DEEP)
        self._nested += 1
        yield from self._object(place, inherited)
        self._nested -= 1

    def _bad(self, place: str, start: int, cause: Cause) -> Iterator[Piece]:
        """A value that was refused, in parts of bounded size."""
        self._cut |= cause is Cause.CUT_OFF
        stream, place, goes_on = self.stream, place or "/", False
        for _ in stream.leave(REST):
            gap, text = stream.claim(stream.claimed if goes_on else start, stream.at)
            yield Piece(place=place, gap=gap, text=text, cause=cause, goes_on=goes_on)
            goes_on = True
            self._let_go()
        gap, text = stream.claim(stream.claimed if goes_on else start, stream.at)
        if text or not goes_on:
            yield Piece(place=place, gap=gap, text=text, cause=cause, goes_on=goes_on)

    def _rest(self, place: str, cause: Cause) -> Iterator[Piece]:
        """Everything that is left, in parts of bounded size."""
        stream = self.stream
        goes_on = False
        if not stream.peek() and not self._cut:
            self.findings.append(Finding(place=place, cause=cause))
        while stream.peek():
            while len(stream.text) - stream.at < REST and stream.more():
                pass
            end = min(len(stream.text), stream.at + REST)
            gap, text = stream.claim(stream.at, end)
            yield Piece(place=place, gap=gap, text=text, cause=cause, goes_on=goes_on)
            stream.at = end
            self._let_go()
            goes_on = True


def _is_bundle(value: object) -> bool:
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"
