"""Reads FHIR in JSON, as bundles, single resources or lines: bytes in, records out.

The release is told for each resource by what it says, and for the file where single
ones do not; another one is mapped to R4, with its own bytes kept beside. Nothing is
lost: what is no record or not readable comes out too, with its bytes and its place.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from wallet.records import formats, labels
from wallet.records.fhir.facts import Names, facts_of
from wallet.records.fhir.flaw_tally import FlawTally
from wallet.records.fhir.pieces import Cutter
from wallet.records.fhir.release import release_of, release_of_all
from wallet.records.fhir.releases import READERS, as_document, to_r4
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.findings import Cause, Finding
from wallet.records.found import PART, Found, to_json, unread, words_in
from wallet.records.json_stream import Stream, to_bytes
from wallet.records.reader import Late
from wallet.records.receipt import Outcome
from wallet.records.sameness import sameness
from wallet.records.sensitivity import by_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.fhir.piece import Piece
    from wallet.records.reader import Given

_LOOKED_AT = 256
_AS_DOCUMENT = "fhir-document 1"


def reader(given: Given) -> FhirJson:
    """Read *given* as FHIR in JSON."""
    return FhirJson(given)


class FhirJson:
    """One file being read; see `reader.Reader`."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._names = Names()
        self._flaws = FlawTally()
        self._patients: set[str] = set()
        self._cutter: Cutter | None = None
        self._release: str | None = None
        self._mapped: set[str] = set()
        self.format = "json"
        self.findings: list[Finding] = []
        self.tail = b""

    @property
    def late(self) -> tuple[Late, ...]:
        """Labels of bundles that stood behind their entries."""
        found = self._cutter.late if self._cutter else ()
        return tuple(Late(place=place, labels=labels) for place, labels in found)

    def name_of(self, reference: str) -> str:
        """What a resource of this file is called; empty if it holds none."""
        return self._names.of(reference)

    def found(self) -> Iterator[Found]:
        """Every piece of the file in its order."""
        head = self._given.file.read(formats.HEAD)
        self._given.file.seek(0)
        stream = Stream(self._given.file, on_bytes=self._given.on_bytes)
        if formats.has_mark(head):
            self.findings.append(Finding(place="/", cause=Cause.BYTE_ORDER_MARK))
            stream.more()
            stream.at = 1
        cutter = self._cutter = Cutter(stream)
        pieces = cutter.pieces()
        first = _first(pieces)
        typed = [
            piece.resource
            for piece in first
            if piece.resource and isinstance(piece.resource.get("resourceType"), str)
        ]
        self._release = release_of_all(typed)
        for piece in chain(first, pieces):
            yield self._read(piece)
        self.tail = to_bytes(cutter.tail())
        self.format = cutter.shape.removeprefix("fhir-")
        if typed or cutter.bundled:
            release = (self._release or "R4").lower()
            self.format = f"fhir-{release}-{self.format}"
        self.findings += self._translated()
        self.findings += cutter.findings
        self.findings += self._flaws.findings()

    def _translated(self) -> Iterator[Finding]:
        """One remark for a whole release, not one for each record."""
        for release in sorted(self._mapped):
            yield Finding(place="/", cause=Cause.TRANSLATED, detail=f"FHIR {release}")

    def _read(self, piece: Piece) -> Found:
        resource, cause, detail = piece.resource, piece.cause, ""
        rtype = resource.get("resourceType") if resource else None
        if resource is None:
            cause = cause or Cause.NOT_A_RECORD
        elif not isinstance(rtype, str) or not rtype:
            cause = Cause.NOT_A_RECORD
        elif release := self._release or release_of(resource):
            held = to_r4(resource, release)
            if held is not None and held["resourceType"] in CATEGORY:
                self._mapped.add(release)
                # Where nothing had to change, the source's own bytes are R4.
                reader = READERS[release] if held != resource else ""
                return self._record(piece, held, reader=reader)
            cause, detail = Cause.OTHER_RELEASE, f"FHIR {release}"
        elif rtype in CATEGORY:
            self._flaws.look(resource, piece.place)
            return self._record(piece, resource)
        else:
            cause = Cause.UNKNOWN_TYPE
        if not piece.goes_on:
            finding = Finding(place=piece.place, cause=cause, detail=detail)
            self.findings.append(finding)
        if resource is not None and cause is not Cause.NOT_A_RECORD:
            return self._shown(piece, resource)
        gap, raw = to_bytes(piece.gap), to_bytes(piece.text)
        return unread(piece.place, cause, gap=gap, raw=raw, goes_on=piece.goes_on)

    def _shown(self, piece: Piece, resource: dict[str, object]) -> Found:
        """What has no R4, as a document that can be looked at."""
        body = to_bytes(piece.text[piece.first : piece.last])
        held = as_document(resource, body)
        found = self._record(piece, held, reader=_AS_DOCUMENT)
        assert found.facts is not None  # noqa: S101 a record has facts
        return found._replace(
            outcome=Outcome.KEPT_RAW,
            facts=found.facts._replace(category="other"),
            words=words_in(body.decode("utf-8", "replace"), found.facts, {}),
        )

    def _record(
        self, piece: Piece, resource: dict[str, object], *, reader: str = ""
    ) -> Found:
        """A record of *resource*, which *reader* made of the piece, if anybody did."""
        facts = facts_of(resource, self._names)
        self._names.learn(resource, piece.full_url, facts.title)
        if facts.rtype == "Patient":
            self._count_person(piece.place, resource)
        raw = to_bytes(piece.text)
        derived = to_json(resource) if reader else b""
        body = derived.decode() if reader else piece.text[piece.first : piece.last]
        said = words_in(body, facts, resource)
        found = labels.beside(labels.labels_of(resource), piece.inherited)
        found = labels.with_rules(
            (*found, *self._given.labels),
            by_rule(resource, f"{facts.title} {said}", text=body),
        )
        return Found(
            piece.place,
            to_bytes(piece.gap),
            raw,
            None,
            (0, len(derived)) if reader else _span(piece, raw),
            facts,
            sameness(resource, full_url=piece.full_url, salt=self._given.salt),
            found,
            said,
            goes_on=False,
            derived=derived,
            reader=reader,
        )

    def _count_person(self, place: str, resource: dict[str, object]) -> None:
        known = len(self._patients)
        self._patients.add(str(resource.get("id")))
        if known == 1 < len(self._patients):  # the second one is the news
            self.findings.append(Finding(place=place, cause=Cause.OTHER_PERSON))


def _span(piece: Piece, raw: bytes) -> tuple[int, int]:
    """Where the resource lies in *raw*, and how long it is, in bytes."""
    if len(raw) == len(piece.text):
        return piece.first, piece.last - piece.first
    first = len(to_bytes(piece.text[: piece.first]))
    return first, len(to_bytes(piece.text[piece.first : piece.last]))


def _first(pieces: Iterator[Piece]) -> list[Piece]:
    """Enough pieces to tell the release by, and no more than memory likes."""
    first: list[Piece] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece.text)
        if len(first) >= _LOOKED_AT or size >= PART:
            break
    return first
