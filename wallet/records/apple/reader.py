"""Apple Health's export.xml, streamed: millions of readings become records by the day.

The file is read once, in parts, and kept as it is; nothing of it is held but sums. Its
document type, which some versions of iOS write wrongly, is not read at all, so no
entity can be declared. Behind a damaged element the reading goes on at the next line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from wallet.records.apple.days import Days
from wallet.records.fhir.facts import Names
from wallet.records.findings import Cause, Finding
from wallet.records.found import PART, derived_record, original, unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.found import Found
    from wallet.records.reader import Given, Late

_READER = "apple-health 1"
_MOST_FAULTS = 1_000
_MOST_HEAD = 1 << 20
_NEXT = re.compile(rb"\n ?<(?=[A-Z])")
_SEX = {"HKBiologicalSexFemale": "female", "HKBiologicalSexMale": "male"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def reader(given: Given) -> AppleHealth:
    """See `reader.Reader`."""
    return AppleHealth(given)


class AppleHealth:
    """One export.xml being read; see `reader.Reader`."""

    late: tuple[Late, ...] = ()
    tail = b""
    format = "apple-health"

    def __init__(self, given: Given) -> None:
        self._given = given
        self._names = Names()
        self._days = Days()
        self._person: dict[str, Any] = {}
        self.findings: list[Finding] = []

    def name_of(self, reference: str) -> str:
        """What a resource of this file is called."""
        return self._names.of(reference)

    def found(self) -> Iterator[Found]:
        """The file in parts, then what it adds up to."""
        feed = _Feed(self._element)
        parts = 0
        while part := self._given.file.read(PART):
            self._given.on_bytes(len(part))
            yield original(part, form=self.format, goes_on=parts > 0)
            parts += 1
            feed.take(part)
        feed.end()
        for place, cause in feed.faults:
            self.findings.append(Finding(place=place, cause=cause))
            yield unread(place, cause)
        if self._days.is_full:
            self.findings.append(Finding(place="/", cause=Cause.TOO_LARGE))
        if self._person:
            yield self._record("Me", {"resourceType": "Patient", **self._person}, "")
        for place, resource, stable in self._days.resources():
            yield self._record(place, resource, stable)

    def _record(self, place: str, resource: dict[str, Any], stable: str) -> Found:
        return derived_record(
            resource,
            place=place,
            reader=_READER,
            salt=self._given.salt,
            names=self._names,
            labels=self._given.labels,
            stable=stable,
        )

    def _element(self, name: str, held: dict[str, str]) -> None:
        if name == "Record":
            self._days.reading(held)
        elif name == "Workout":
            self._days.workout(held)
        elif name == "Me":
            self._me(held)

    def _me(self, held: dict[str, str]) -> None:
        born = held.get("HKCharacteristicTypeIdentifierDateOfBirth", "")
        sex = _SEX.get(held.get("HKCharacteristicTypeIdentifierBiologicalSex", ""))
        if _DAY.fullmatch(born):
            self._person["birthDate"] = born
        if sex:
            self._person["gender"] = sex
        blood = held.get("HKCharacteristicTypeIdentifierBloodType", "")
        if blood and not blood.endswith("NotSet"):
            said = blood.removeprefix("HKBloodType")
            for word in ("Negative", "Positive"):
                said = said.replace(word, f" {word.lower()}")
            self._days.once("Blood type", said)


class _Feed:
    """Gives an XML parser the file in parts, past its document type and its faults."""

    def __init__(self, on_element: Any) -> None:  # noqa: ANN401 expat's own signature
        self._on_element = on_element
        self._parser = self._new()
        self._head: bytes | None = b""
        self._lost = b""
        self.faults: list[tuple[str, Cause]] = []
        self._seen = 0
        self._is_lost = False

    def _new(self) -> Any:  # noqa: ANN401 expat has no public parser type
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._opened
        parser.EndElementHandler = self._closed
        self._depth = 0
        parser.EntityDeclHandler = _no_entities
        return parser

    def _opened(self, name: str, held: dict[str, str]) -> None:
        # What stands inside a correlation stands by itself too (Apple's own note).
        if self._depth == 1:
            self._on_element(name, held)
        self._depth += 1

    def _closed(self, _name: str) -> None:
        self._depth -= 1

    def take(self, part: bytes) -> None:
        """Read one more part."""
        if self._head is not None:
            self._head += part
            text = _without_type(self._head)
            if text is None and len(self._head) < _MOST_HEAD:
                return
            part, self._head = text if text is not None else self._head, None
        self._parse(part)

    def end(self) -> None:
        """Say that there is no more."""
        if self._head is not None:
            self._parse(self._head)
            self._head = None
        try:
            self._parser.Parse(b"", True)  # noqa: FBT003 expat knows no keywords
        except expat.ExpatError:
            if not self._is_lost:
                self.faults.append((self._place(), Cause.CUT_OFF))

    def _parse(self, part: bytes) -> None:
        while part:
            if self._is_lost:
                part = self._found_again(part)
                continue
            try:
                self._parser.Parse(part, False)  # noqa: FBT003 expat's own signature
            except expat.ExpatError:
                at = max(0, self._parser.ErrorByteIndex - self._seen)
                self.faults.append((self._place(), Cause.NOT_XML))
                self._is_lost, self._lost = True, b""
                part = part[at:]
            else:
                self._seen += len(part)
                return

    def _found_again(self, part: bytes) -> bytes:
        """What follows the next line that begins an element; nothing while none is."""
        held = self._lost + part
        found = _NEXT.search(held)
        if found is None or len(self.faults) >= _MOST_FAULTS:
            self._lost = held[-4:]
            return b""
        self._parser = self._new()
        start = b"<HealthData>"
        self._parser.Parse(start, False)  # noqa: FBT003 expat's own signature
        self._seen, self._is_lost = len(start), False
        return held[found.start() :]

    def _place(self) -> str:
        return f"element behind fault {len(self.faults)}" if self.faults else "XML"


def _no_entities(*_: object) -> None:
    raise expat.ExpatError


def _without_type(head: bytes) -> bytes | None:
    """The first bytes without the document type; None while it has not ended."""
    start = head.find(b"<!DOCTYPE")
    body = head.find(b"<HealthData")
    if start < 0 or (0 <= body < start):
        return head if body >= 0 else None
    end = head.find(b"]>", start)
    body = head.find(b"<HealthData", end if end >= 0 else start)
    if end < 0 or body < 0:
        return None
    return head[:start] + head[body:]
