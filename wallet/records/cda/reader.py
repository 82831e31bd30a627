"""C-CDA files as `Found` pieces: every part with its own bytes, whatever became of it.

A document with breaks is read around them; one that is no XML at all is kept in parts
as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.cda.document import Document
from wallet.records.cda.privacy import distinct
from wallet.records.fhir.facts import Names
from wallet.records.findings import Cause, Finding
from wallet.records.found import PART, Found, derived_record, unread
from wallet.records.reader import AsItIs, Late
from wallet.records.xml_tree import MOST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.document import Part
    from wallet.records.reader import Given

FORM = "c-cda"
VERSION = 1


def reader(given: Given) -> Reading:
    """The reader for one CDA document."""
    return Reading(given)


class Reading:
    """One document being read; see `reader.Reader`."""

    late: tuple[Late, ...] = ()

    def __init__(self, given: Given) -> None:
        """Read *given* wholly: an entry may point anywhere in the narrative."""
        self._given = given
        self._names = Names()
        self.format = FORM
        self.findings: list[Finding] = []
        self.tail = b""

    def name_of(self, reference: str) -> str:
        """What a resource of this document is called."""
        return self._names.of(reference)

    def found(self) -> Iterator[Found]:
        """Every part in its order, with the bytes before it as its gap."""
        file = self._given.file
        data = bytearray()
        while part := file.read(PART):
            if len(data) + len(part) > MOST_SIZE:
                yield from self._as_it_is(Cause.TOO_LARGE)
                return
            data += part
        document = Document(bytes(data))
        del data
        if not document.has_parts:
            breaks = document.tree.breaks
            yield from self._as_it_is(
                breaks[0].cause if breaks else Cause.FOREIGN_FORMAT
            )
            return
        yield from self._parts(document)

    def _as_it_is(self, cause: Cause) -> Iterator[Found]:
        self._given.file.seek(0)
        whole = AsItIs(self._given, self.format, cause)
        yield from whole.found()
        self.findings += whole.findings

    def _parts(self, document: Document) -> Iterator[Found]:
        own, data = document.tree.own, document.tree.data
        at = 0
        for part in document.parts():
            gap, raw = own(data[at : part.start]), own(data[part.start : part.end])
            at = part.end
            self._given.on_bytes(len(gap) + len(raw))
            yield self._one(part, gap, raw)
        self.tail = own(data[at:])
        self._given.on_bytes(len(self.tail))
        self.findings += document.findings
        if len(document.patients) > 1:
            self.findings.append(Finding(place="patient 2", cause=Cause.OTHER_PERSON))

    def _one(self, part: Part, gap: bytes, raw: bytes) -> Found:
        if part.resource is None:
            return unread(
                part.place, part.cause or Cause.UNKNOWN_ENTRY, gap=gap, raw=raw
            )
        found = derived_record(
            part.resource,
            place=part.place,
            reader=f"{FORM} {VERSION}",
            salt=self._given.salt,
            names=self._names,
            words=part.words,
        )
        # The document knows why each label is there; the resource only that it is.
        labels = distinct((*part.labels, *self._given.labels))
        return found._replace(gap=gap, raw=raw, labels=labels)
