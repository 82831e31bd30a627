"""Reads FHIR R4 in JSON, as bundles, single resources or lines: bytes in, records out.

Nothing is lost: what is no R4, no record or not readable comes out too, with its bytes
and its place. Files of other formats come out as they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from wallet.records import formats, labels
from wallet.records.fhir_facts import Facts, Names, facts_of
from wallet.records.fhir_types import CATEGORY
from wallet.records.json_stream import Stream, to_bytes
from wallet.records.pieces import Cutter, Piece
from wallet.records.receipt import Cause, Finding, Outcome
from wallet.records.release import release_of, release_of_all
from wallet.records.sameness import Sameness, sameness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.record import Label

_LOOKED_AT = 256
_PART = 4 << 20
_MOST_WORDS = 6_000
_MOST_NOTE = 60_000
_KEPT = frozenset(
    {Cause.FOREIGN_FORMAT, Cause.NOT_A_RECORD, Cause.OTHER_RELEASE, Cause.UNKNOWN_TYPE}
)
_SAID = re.compile(
    r'"(?:display|text|title|description|name|family|given|valueString|conclusion'
    r'|comment|city|productName)"\s*:\s*(?:\[\s*)?"((?:[^"\\]++|\\.)*+)"'
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


class Found(NamedTuple):
    """One piece of a file, read as far as it can be.

    ``outcome`` is None where the vault has to say whether it is new; ``facts`` and
    ``same`` are there exactly then. ``body`` cuts the resource out of ``raw``.
    """

    place: str
    gap: bytes
    raw: bytes
    outcome: Outcome | None
    body: tuple[int, int]
    facts: Facts | None
    same: Sameness | None
    labels: tuple[Label, ...]
    words: str
    goes_on: bool


class Reading:
    """One file being read; its fields are complete when `found` has ended."""

    def __init__(
        self, file: BinaryIO, *, salt: bytes, on_bytes: Callable[[int], None]
    ) -> None:
        """Read *file* from its start; *salt* is the vault's own."""
        self._file = file
        self._salt = salt
        self._on_bytes = on_bytes
        self._names = Names()
        self._patients: set[str] = set()
        self._cutter: Cutter | None = None
        self.format = "unknown"
        self.findings: list[Finding] = []
        self.tail = b""

    @property
    def late_labels(self) -> tuple[Label, ...]:
        """Labels of the whole bundle that stood behind its entries."""
        return self._cutter.late if self._cutter else ()

    def name_of(self, reference: str) -> str:
        """What a resource of this file is called; empty if it holds none."""
        return self._names.of(reference)

    def found(self) -> Iterator[Found]:
        """Every piece of the file in its order."""
        head = self._file.read(formats.HEAD)
        self._file.seek(0)
        kind = formats.kind_of(head)
        if not head:
            self.findings.append(Finding(place="/", cause=Cause.EMPTY))
        elif kind is None:
            yield from self._whole(Cause.UNKNOWN_FORMAT)
        elif not kind.readable:
            self.format = kind.name
            yield from self._whole(Cause.FOREIGN_FORMAT)
        else:
            yield from self._json(marked=formats.has_mark(head))

    def _whole(self, cause: Cause) -> Iterator[Found]:
        """The file as it is, in parts."""
        self.findings.append(Finding(place="/", cause=cause))
        goes_on = False
        while part := self._file.read(_PART):
            self._on_bytes(len(part))
            yield _unread("/", b"", part, cause, goes_on=goes_on)
            goes_on = True

    def _json(self, *, marked: bool) -> Iterator[Found]:
        stream = Stream(self._file, on_bytes=self._on_bytes)
        if marked:
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
        return _unread(piece.place, gap, raw, cause, goes_on=piece.goes_on)

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
            sameness(resource, full_url=piece.full_url, salt=self._salt),
            # A container bears the highest marks of its parts: they speak for the
            # parts that bear none, and only for those.
            found or piece.inherited,
            _words(body, facts, resource),
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
        if len(first) >= _LOOKED_AT or size >= _PART:
            break
    return first


def _unread(
    place: str,
    gap: bytes,
    raw: bytes,
    cause: Cause,
    *,
    goes_on: bool,
) -> Found:
    outcome = Outcome.KEPT_RAW if cause in _KEPT else Outcome.FAILED
    return Found(place, gap, raw, outcome, (0, 0), None, None, (), "", goes_on)


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


def _words(body: str, facts: Facts, resource: dict[str, object]) -> str:
    """What full text search looks through: every word a person could have read."""
    said = dict.fromkeys(_SAID.findall(body))
    said[facts.value] = None
    text = " ".join(filter(None, said))
    if "\\" in text:
        text = _ESCAPE.sub(_unescape, text)
    if facts.rtype == "DocumentReference":
        text = f"{text} {_note(resource)}"
    return text[: _MOST_WORDS + _MOST_NOTE]


def _unescape(match: re.Match[str]) -> str:
    code, sign = match.groups()
    if code:
        letter = chr(int(code, 16))
        # Halves of a pair cannot be stored; such letters are not looked for.
        return " " if "\ud800" <= letter <= "\udfff" else letter
    return sign if sign in '"\\/' else " "


def _note(resource: dict[str, object]) -> str:
    """The plain text inside a document."""
    contents = resource.get("content")
    for content in contents if isinstance(contents, list) else ():
        held = content.get("attachment") if isinstance(content, dict) else None
        if not isinstance(held, dict) or not isinstance(held.get("data"), str):
            continue
        if str(held.get("contentType", "")).startswith("text/plain"):
            try:
                data = base64.b64decode(held["data"][: _MOST_NOTE // 3 * 4])
            except (binascii.Error, ValueError):
                continue
            return data.decode("utf-8", "replace")
    return ""
