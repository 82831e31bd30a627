"""Reads FHIR in XML: the same resources as in JSON, by the R4 table of elements.

FHIR R4 2.6.1 "XML representation". The parser is expat with nothing but elements: a
document type, and with it every entity of its own, is refused, and nothing is fetched.
Entries of a bundle come one by one; what comes before damage is kept.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from wallet.records.documents import Derived, Document
from wallet.records.fhir.elements import kind_of, row_of
from wallet.records.fhir.flaw_tally import FlawTally
from wallet.records.fhir.release import release_of, release_of_all
from wallet.records.fhir.releases import READERS, as_document, to_r4
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.findings import Cause, Finding
from wallet.records.found import to_json
from wallet.records.json_stream import MOST_DEPTH, FaultError
from wallet.records.labels import beside, labels_of, passed_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.fhir.elements import Row
    from wallet.records.reader import Given, Reader
    from wallet.records.record import Label

FHIR = "http://hl7.org/fhir"
_XHTML = "http://www.w3.org/1999/xhtml"
_CHUNK = 1 << 16
_LOOKED_AT = 256
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]+)[\"']")
_KNOWN = {"utf-8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "utf8": "utf-8"}
_LATIN = frozenset({"iso-8859-1", "latin1", "latin-1", "windows-1252"})
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")


def reader(given: Given) -> Reader:
    """Read *given* as FHIR in XML."""
    return Document(given, form="fhir-xml", version=1, parse=resources_in)


class _Read(NamedTuple):
    """One resource of the file."""

    place: str
    full_url: str
    resource: dict[str, Any]
    inherited: tuple[Label, ...]


def resources_in(data: bytes, _given: Given) -> Iterator[Derived | Finding]:
    """Every resource of *data*, as R4."""
    read = _resources(_utf8(data))
    first: list[_Read] = []
    fault: FaultError | None = None
    try:
        first += islice(read, _LOOKED_AT)
    except FaultError as found:
        fault = found
    whole = release_of_all(one.resource for one in first)
    mapped: set[str] = set()
    flaws = FlawTally()
    for one in chain(first, read):
        yield _derived(one, whole, mapped, flaws)
    yield from flaws.findings()
    for release in sorted(mapped):
        yield Finding(place="/", cause=Cause.TRANSLATED, detail=f"FHIR {release}")
    if fault is not None:
        raise fault


def _derived(
    read: _Read, whole: str | None, mapped: set[str], flaws: FlawTally
) -> Derived:
    place, full_url, resource, inherited = read
    release = whole or release_of(resource)
    held = to_r4(resource, release) if release else resource
    cause = detail = None
    if held is None or held["resourceType"] not in CATEGORY:
        cause = Cause.OTHER_RELEASE if release else Cause.UNKNOWN_TYPE
        detail = f"FHIR {release}" if release else ""
        held = as_document(resource, to_json(resource))
    elif release in READERS:
        mapped.add(release)
    else:
        flaws.look(held, place)
    return Derived(
        place,
        held,
        labels=beside(labels_of(held), inherited),
        cause=cause,
        detail=detail or "",
        full_url=full_url,
    )


def _utf8(data: bytes) -> bytes:
    """The file in UTF-8, in which narrative is cut out by the byte.

    Raises:
        FaultError: it is in no encoding that FHIR files come in.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(data, "utf-16")
    found = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    named = found[1].decode().lower() if found else "utf-8"
    if named in _LATIN:
        return _decoded(data, "cp1252" if named.startswith("w") else "latin-1")
    if named not in _KNOWN:
        raise FaultError(Cause.NOT_UTF8)
    return data


def _decoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError:
        raise FaultError(Cause.NOT_UTF8) from None


@dataclass(slots=True)
class _Node:
    """An element: its name without the namespace, attributes, and what is in it."""

    name: str
    given: dict[str, str]
    inner: list[_Node] = field(default_factory=list)
    narrative: str = ""


class _Tree:
    """Builds one resource after another out of what the parser tells."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[_Node] = []
        self._narrative = 0
        self._begun = 0
        self.ready: deque[tuple[str, _Node]] = deque()
        self.bundle: _Node | None = None
        self.entries = 0
        self.parser = parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_said: object) -> None:
        raise FaultError(Cause.BROKEN_XML)

    def _start(self, name: str, given: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._narrative:
            self._narrative += 1
        elif space == _XHTML:
            self._narrative, self._begun = 1, self.parser.CurrentByteIndex
        elif space != FHIR:
            raise FaultError(Cause.NOT_A_RECORD)
        else:
            node = _Node(local, given)
            if not self._open and local == "Bundle":
                self.bundle = node
            self._open.append(node)
        if len(self._open) + self._narrative > MOST_DEPTH:
            raise FaultError(Cause.TOO_DEEP)

    def _end(self, _name: str) -> None:
        if self._narrative:
            self._narrative -= 1
            if not self._narrative and self._open:
                end = self._data.find(b">", self.parser.CurrentByteIndex) + 1
                div = self._data[self._begun : end].decode("utf-8", "replace")
                self._open[-1].inner.append(_Node("div", {}, narrative=div))
            return
        node = self._open.pop()
        if not self._open:
            if node is not self.bundle:
                self.ready.append(("/", node))
        elif len(self._open) == 1 and self._open[0] is self.bundle:
            if node.name == "entry":
                self.entries += 1
                self.ready.append((f"entry {self.entries}", node))
            else:
                self.bundle.inner.append(node)
        else:
            self._open[-1].inner.append(node)


def _resources(data: bytes) -> Iterator[_Read]:
    tree = _Tree(data)
    for at in range(0, len(data), _CHUNK):
        try:
            tree.parser.Parse(data[at : at + _CHUNK], at + _CHUNK >= len(data))
        except expat.ExpatError:
            yield from _ready(tree)
            raise FaultError(Cause.BROKEN_XML) from None
        except FaultError:
            yield from _ready(tree)
            raise
        yield from _ready(tree)


def _ready(tree: _Tree) -> Iterator[_Read]:
    while tree.ready:
        place, node = tree.ready.popleft()
        if tree.bundle is None:
            yield from _opened(_Read(place, "", _resource(node), ()))
            continue
        around = labels_of(_object(tree.bundle, row_of("Bundle")))
        entry = _object(node, row_of("Bundle.entry"))
        if isinstance(entry.get("resource"), dict):
            url = entry.get("fullUrl")
            url = url if isinstance(url, str) else ""
            inherited = passed_on(around)
            yield from _opened(_Read(place, url, entry["resource"], inherited))


def _opened(read: _Read) -> Iterator[_Read]:
    """A bundle in a bundle is what its entries are."""
    resource = read.resource
    if resource["resourceType"] != "Bundle":
        yield read
        return
    inherited = (*read.inherited, *passed_on(labels_of(resource)))
    for number, entry in enumerate(resource.get("entry", ()), start=1):
        held = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(held, dict):
            place, url = f"{read.place} entry {number}", entry.get("fullUrl")
            url = url if isinstance(url, str) else ""
            yield from _opened(_Read(place, url, held, inherited))


def _resource(node: _Node) -> dict[str, Any]:
    return {"resourceType": node.name, **_object(node, row_of(node.name))}


def _object(node: _Node, row: Row) -> dict[str, Any]:
    made: dict[str, Any] = {
        key: node.given[key] for key in ("id", "url") if key in node.given
    }
    for child in node.inner:
        names = frozenset(inner.name for inner in child.inner)
        kind = kind_of(child.name, row, names)
        value, beside = _value(child, kind.removeprefix("*"))
        _put(made, child.name, value, many=kind.startswith("*"))
        if beside is not None or f"_{child.name}" in made:
            _put_beside(made, child.name, beside)
    return made


def _put(made: dict[str, Any], name: str, value: object, *, many: bool) -> None:
    if name in made and not isinstance(made[name], list):
        made[name] = [made[name]]  # it came twice after all
    if many or isinstance(made.get(name), list):
        made.setdefault(name, []).append(value)
    elif value is not None:
        made[name] = value


def _put_beside(made: dict[str, Any], name: str, beside: object) -> None:
    """What JSON writes under the name with an underscore: ids and extensions."""
    held = made.get(name)
    if not isinstance(held, list):
        made[f"_{name}"] = beside
        return
    others = made.get(f"_{name}")
    others = others if isinstance(others, list) else []
    made[f"_{name}"] = [*others, *[None] * (len(held) - 1 - len(others)), beside]


def _value(node: _Node, kind: str) -> tuple[Any, dict[str, Any] | None]:
    """What an element is in JSON, and what stands beside it if it is no object."""
    if node.narrative:
        return node.narrative, None
    if kind == "R":
        return (_resource(node.inner[0]) if node.inner else None), None
    only = all(inner.name == "extension" for inner in node.inner)
    if "value" in node.given and only:
        beside = _object(_Node(node.name, {}, node.inner), row_of("Element"))
        if "id" in node.given:
            beside["id"] = node.given["id"]
        return _primitive(node.given["value"], kind), beside or None
    if kind in ("s", "b", "i", "d") and only:
        return None, _object(node, row_of("Element")) or None
    return _object(node, row_of(kind)), None


def _primitive(written: str, kind: str) -> object:
    if kind == "b" and written in ("true", "false"):
        return written == "true"
    if kind == "i" and _INTEGER.fullmatch(written):
        return int(written)
    if kind == "d" and _DECIMAL.fullmatch(written):
        return int(written) if _INTEGER.fullmatch(written) else Decimal(written)
    return written
