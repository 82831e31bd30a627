"""Reads FHIR in JSON, as bundles, single resources or lines: bytes in, records out.

Nothing is lost: what is no R4, no record or not readable comes out too, with its bytes
and its place.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from wallet.records import formats, labels
from wallet.records.fhir_facts import Names, facts_of
from wallet.records.fhir_types import CATEGORY
from wallet.records.found import PART, Found, unread, words_in
from wallet.records.json_stream import Stream, to_bytes
from wallet.records.pieces import Cutter, Piece
from wallet.records.reader import Late
from wallet.records.receipt import Cause, Finding
from wallet.records.release import release_of, release_of_all
from wallet.records.sameness import sameness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.reader import Given

_LOOKED_AT = 256


def reader(given: Given) -> FhirJson:
    """Read *given* as FHIR in JSON."""
    return FhirJson(given)


class FhirJson:
    """One file being read; see `reader.Reader`."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._names = Names()
        self._patients: set[str] = set()
        self._cutter: Cutter | None = None
        self.format = "json"
        self.findings: list[Finding] = []
        self.tail = b""

    @property
    def late(self) -> tuple[Late, ...]:
        """Labels of the whole bundle that stood behind its entries."""
        found = self._cutter.late if self._cutter else ()
        return (Late(place="", labels=found),) if found else ()

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
        release = release_of_all(
            piece.resource
            for piece in first
            if piece.resource and isinstance(piece.resource.get("resourceType"), str)
        )
        self.format = cutter.shape.replace(
            "fhir-", f"fhir-{(release or 'R4').lower()}-"
        )
        if release:
            place = Finding(
                place="/", cause=Cause.OTHER_RELEASE, detail=f"FHIR {release}"
            )
            self.findings.append(place)
        for piece in chain(first, pieces):
            yield self._read(piece, release)
        self.tail = to_bytes(cutter.tail())
        self.findings += cutter.findings

    def _read(self, piece: Piece, release: str | None) -> Found:
        cause, detail = _judge(piece, release)
        if cause is None and piece.resource is not None:
            return self._record(piece, piece.resource)
        cause = cause or Cause.NOT_A_RECORD
        # A whole file in another release is one remark, not one for each record.
        if not piece.goes_on and not (release and cause is Cause.OTHER_RELEASE):
            finding = Finding(place=piece.place, cause=cause, detail=detail)
            self.findings.append(finding)
        gap, raw = to_bytes(piece.gap), to_bytes(piece.text)
        return unread(piece.place, cause, gap=gap, raw=raw, goes_on=piece.goes_on)

    def _record(self, piece: Piece, resource: dict[str, object]) -> Found:
        facts = facts_of(resource, self._names)
        self._names.learn(resource, piece.full_url, facts.title)
        if facts.rtype == "Patient":
            self._count_person(piece.place, resource)
        raw = to_bytes(piece.text)
        body = piece.text[piece.first : piece.last]
        found = labels.labels_of(resource)
        return Found(
            piece.place,
            to_bytes(piece.gap),
            raw,
            None,
            _span(piece, raw),
            facts,
            sameness(resource, full_url=piece.full_url, salt=self._given.salt),
            # A container bears the highest marks of its parts: they speak for the
            # parts that bear none, and only for those.
            (found or piece.inherited) + self._given.labels,
            words_in(body, facts, resource),
            goes_on=False,
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


def _judge(piece: Piece, release: str | None) -> tuple[Cause | None, str]:
    """Why a piece is no record of R4, if it is none."""
    if piece.resource is None:
        return piece.cause, ""
    rtype = piece.resource.get("resourceType")
    if not isinstance(rtype, str) or not rtype:
        return Cause.NOT_A_RECORD, ""
    if other := release or release_of(piece.resource):
        return Cause.OTHER_RELEASE, f"FHIR {other}"
    return (None, "") if rtype in CATEGORY else (Cause.UNKNOWN_TYPE, "")
