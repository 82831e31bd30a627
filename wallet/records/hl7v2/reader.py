"""HL7 v2 segments as FHIR R4 resources: results, vaccines, visits, orders, letters.

After the v2-to-FHIR implementation guide (HL7, STU1) where it is plain, in our own few
types; ORU, VXU, ADT, ORM, OML, RDE, MDM, SIU and REF messages and batches of them. A
segment that gives no record is named and counted; its line is in the original.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause
from wallet.records.hl7v2 import care, results
from wallet.records.hl7v2.message import Message
from wallet.records.hl7v2.syntax import MOST_SEGMENTS, Segment, segments
from wallet.records.hl7v2.values import concept_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.reader import Given

Json = dict[str, Any]

VERSION = 1
# They frame a message or say something about the segment before them.
SUPPORTING = frozenset(
    {"MSH", "FHS", "BHS", "BTS", "FTS", "SFT", "EVN", "UAC", "DSC", "ADD", "ARV"}
    | {"NTE", "RXR", "ORC", "PD1", "PV2", "IN2"}
)


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    return Document(given, form="hl7v2", version=VERSION, parse=parse)


def parse(data: bytes, _given: Given) -> Iterator[Derived]:
    """Every record of a file of messages."""
    message = Message()
    waiting: Derived | None = None
    for count, segment in enumerate(segments(data)):
        if count >= MOST_SEGMENTS:
            if waiting is not None:
                yield waiting
            yield Derived(f"line {segment.number}", cause=Cause.TOO_LARGE)
            return
        add = _NOTES.get(segment.name) if waiting is not None else None
        if waiting is not None and segment.name == "OBX" and _is_letter(waiting):
            add = _with_text
        if waiting is not None and add is not None:
            waiting = add(waiting, segment)
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        waiting = _record(message, segment)
    if waiting is not None:
        yield waiting


def _record(message: Message, segment: Segment) -> Derived | None:
    """The record of one segment; None where it only helps to read others."""
    place = f"line {segment.number} {segment.name}".strip()
    if segment.name == "MSH":
        message.begin(segment)
    elif segment.name == "ORC":
        message.order = segment
    message.access.hear(segment)
    if segment.name in SUPPORTING:
        return None
    make = _RECORDS.get(segment.name)
    resource = make(message, segment) if make else None
    if resource is None:
        cause = Cause.UNKNOWN_TYPE if segment.name else Cause.TRAILING
        return Derived(place, cause=cause, detail=segment.name)
    if "subject" in resource and not resource["subject"]:
        del resource["subject"]
    return Derived(
        place,
        resource,
        labels=message.access.labels(),
        stable=_stable(message, segment, resource),
    )


_RECORDS: dict[str, Callable[[Message, Segment], Json | None]] = {
    "PID": care.person,
    "PV1": care.visit,
    "OBR": results.report,
    "OBX": results.observation,
    "RXA": care.vaccine,
    "AL1": care.allergy,
    "DG1": care.diagnosis,
    "PR1": care.procedure,
    "RXE": care.medicine,
    "RXO": care.medicine,
    "RXD": care.medicine,
    "TXA": results.letter,
    "SCH": care.appointment,
    "NK1": care.relative,
    "IN1": care.insurance,
}


def _stable(message: Message, segment: Segment, resource: Json) -> str:
    """What the sender calls this very thing in every message it sends of it."""
    by = message.sender
    if not by:
        return ""
    numbers = resource.get("identifier") or message.filler
    first = numbers[0].get("value", "") if numbers else ""
    if segment.name in ("OBR", "SCH", "PID") and first:
        return f"{by}|{resource['resourceType']}|{first}"
    if segment.name == "RXA" and first and message.order is not None:
        return f"{by}|RXA|{first}|{segment.part(5)}"
    return ""


def _with_note(found: Derived, segment: Segment) -> Derived:
    text = segment.text(3)
    if not text or found.resource is None:
        return found
    # A Patient, a report and a letter have no place for notes; search has.
    words = f"{found.words} {text}".strip()
    if found.resource["resourceType"] in _NOTED:
        notes = [*found.resource.get("note", ()), {"text": text}]
        return found._replace(resource={**found.resource, "note": notes}, words=words)
    return found._replace(words=words)


def _with_route(found: Derived, segment: Segment) -> Derived:
    if found.resource is None or found.resource["resourceType"] != "Immunization":
        return found
    extra = {
        key: said
        for key, field in (("route", 1), ("site", 2))
        if (said := concept_of(segment, field))
    }
    return found._replace(resource={**found.resource, **extra})


def _is_letter(found: Derived) -> bool:
    held = found.resource
    return held is not None and held["resourceType"] == "DocumentReference"


def _with_text(found: Derived, segment: Segment) -> Derived:
    """A line of a letter, or a file in it (RFC 4648 letters, as the sender wrote)."""
    assert found.resource is not None  # noqa: S101 a letter has one
    contents = list(found.resource["content"])
    if segment.part(2) == "ED":
        data = "".join(segment.part(5, 5).split())
        kind = _MEDIA.get(segment.part(5, 3).upper(), "application/octet-stream")
        attachment = {"contentType": kind, "data": data}
        if segment.part(5, 4).upper() != "BASE64" or not _BASE64.fullmatch(data):
            return found
    else:
        line = segment.text(5)
        last = contents[-1]["attachment"] if contents else {}
        plain = last.get("contentType", "").startswith("text/plain")
        held = contents.pop()["attachment"]["data"] if plain else ""
        text = "\n".join(filter(None, (base64.b64decode(held).decode(), line)))
        data = base64.b64encode(text.encode()).decode()
        attachment = {"contentType": "text/plain; charset=utf-8", "data": data}
    contents.append({"attachment": attachment})
    return found._replace(resource={**found.resource, "content": contents})


_MEDIA = {"PDF": "application/pdf", "JPEG": "image/jpeg", "PNG": "image/png"}
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_NOTED = frozenset(
    {"Observation", "Immunization", "AllergyIntolerance", "Condition", "Procedure"}
    | {"MedicationRequest", "ServiceRequest"}
)
_NOTES: dict[str, Callable[[Derived, Segment], Derived]] = {
    "NTE": _with_note,
    "RXR": _with_route,
}
