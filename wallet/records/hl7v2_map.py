"""HL7 v2 segments as FHIR R4 resources: results, vaccines, visits, orders, letters.

After the v2-to-FHIR implementation guide (HL7, STU1) where it is plain, in our own few
types; ORU, VXU, ADT, ORM, OML, RDE, MDM, SIU and REF messages and batches of them. A
segment that gives no record is named and counted; its line is in the original.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from wallet.records import hl7v2_values as values
from wallet.records.documents import Derived, Document
from wallet.records.hl7v2 import MOST_SEGMENTS, Segment, segments
from wallet.records.hl7v2_labels import Access
from wallet.records.receipt import Cause

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
_OBSERVED = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_STATUS = {
    "F": "final", "P": "preliminary", "C": "corrected", "A": "amended",
    "I": "registered", "S": "preliminary", "R": "preliminary", "X": "cancelled",
    "D": "entered-in-error", "W": "entered-in-error", "U": "final", "O": "registered",
    "B": "final", "V": "final", "N": "cancelled",
}  # fmt: skip
_REPORT = {**_STATUS, "Y": "registered", "Z": "registered"}
_VITAL = re.compile(
    r"8867-4|9279-1|8310-5|8302-2|29463-7|39156-5|8480-6|8462-4|59408-5"
)
_VISITS = {
    "I": ("IMP", "Hospital stay"),
    "O": ("AMB", "Outpatient visit"),
    "E": ("EMER", "Emergency visit"),
    "P": ("PRENC", "Visit before admission"),
}
_SEVERITY = {"MI": "mild", "MO": "moderate", "SV": "severe"}
_KINDS = {"DA": "medication", "FA": "food", "EA": "environment"}
_GENDER = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown"}
_BOOKED = {"S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled",
           "S16": "cancelled", "S17": "cancelled", "S26": "noshow"}  # fmt: skip


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
        waiting = message.take(segment)
    if waiting is not None:
        yield waiting


class Message:
    """What the segments before this one said: who, when, by whom, how private."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.kind = self.event = self.zone = self.sender = self.sent = ""
        self.subject: Json = {}
        self.order: Segment | None = None
        self.report: Segment | None = None
        self.access = Access()

    def take(self, segment: Segment) -> Derived | None:
        """The record of one segment; None where it only helps to read others."""
        place = f"line {segment.number} {segment.name}".strip()
        if segment.name == "MSH":
            self._begin(segment)
        elif segment.name == "ORC":
            self.order = segment
        self.access.hear(segment)
        if segment.name in SUPPORTING:
            return None
        make = _RECORDS.get(segment.name)
        resource = make(self, segment) if make else None
        if resource is None:
            cause = Cause.UNKNOWN_TYPE if segment.name else Cause.TRAILING
            return Derived(place, cause=cause, detail=segment.name)
        if "subject" in resource and not resource["subject"]:
            del resource["subject"]
        return Derived(
            place,
            resource,
            labels=self.access.labels(),
            stable=_stable(self, segment, resource),
        )

    def _begin(self, head: Segment) -> None:
        self._reset()
        self.kind, self.event = head.part(9, 1), head.part(9, 2)
        self.sent = head.part(7)
        self.zone = values.zone_of(self.sent)
        self.sender = head.part(4) or head.part(3)

    def when(self, segment: Segment, *fields: int) -> str:
        """The first time that is one."""
        for field in fields:
            if said := values.moment(segment.part(field), zone=self.zone):
                return said
        return ""


def _person(message: Message, segment: Segment) -> Json:
    found: Json = {"resourceType": "Patient"}
    numbers = values.identifiers(segment, 3) or values.identifiers(segment, 2)
    names = [n for w in segment.repeats(5) if (n := values.name(segment, w))]
    if numbers:
        found["identifier"] = numbers
    if names:
        found["name"] = names
    if gender := _GENDER.get(segment.part(8)):
        found["gender"] = gender
    # A birth date is a day wherever the message was written.
    if born := values.moment(segment.part(7)[:8]):
        found["birthDate"] = born
    addresses = [a for w in segment.repeats(11) if (a := _address(segment, w))]
    if addresses:
        found["address"] = addresses
    shown = (
        " ".join([*names[0].get("given", ()), names[0].get("family", "")]).strip()
        if names
        else ""
    )
    message.subject = {
        **({"identifier": numbers[0]} if numbers else {}),
        **({"display": shown} if shown else {}),
    }
    return found


def _address(segment: Segment, written: str) -> Json:
    lines = [line for at in (1, 2) if (line := segment.within(written, at))]
    found: Json = {"line": lines} if lines else {}
    for key, at in (("city", 3), ("state", 4), ("postalCode", 5), ("country", 6)):
        if said := segment.within(written, at):
            found[key] = said
    return found


def _visit(message: Message, segment: Segment) -> Json | None:
    code, title = _VISITS.get(segment.part(2), ("", "Visit"))
    started, ended = message.when(segment, 44), message.when(segment, 45)
    found: Json = {
        "resourceType": "Encounter",
        "status": "finished" if ended or message.event == "A03" else "unknown",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": code or "AMB",
        },
        "type": [{"text": title}],
        "subject": message.subject,
    }
    period = {k: v for k, v in (("start", started), ("end", ended)) if v}
    if period:
        found["period"] = period
    if numbers := values.identifiers(segment, 19):
        found["identifier"] = numbers
    if who := values.called(segment, 7) or values.called(segment, 17):
        found["participant"] = [{"individual": {"display": who}}]
    where = segment.part(3, 4) or message.sender
    if where:
        found["serviceProvider"] = {"display": where}
    return found


def _report(message: Message, segment: Segment) -> Json:
    message.report = segment
    found: Json = {
        "resourceType": "DiagnosticReport",
        "status": _REPORT.get(segment.part(25), "unknown"),
        "code": values.concept_of(segment, 4) or {"text": "Report"},
        "subject": message.subject,
    }
    if not segment.part(25) and message.kind in ("ORM", "OML", "OMG"):
        return _asked(message, segment, found)
    if when := message.when(segment, 7, 22, 6):
        found["effectiveDateTime"] = when
    if numbers := values.identifiers(segment, 3) or _filler(message):
        found["identifier"] = numbers
    if who := values.called(segment, 32) or message.sender:
        found["performer"] = [{"display": who}]
    return found


def _asked(message: Message, segment: Segment, report: Json) -> Json:
    """An order that has no result yet."""
    found: Json = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": report["code"],
        "subject": message.subject,
    }
    if when := message.when(segment, 6, 7, 36) or _ordered(message):
        found["authoredOn"] = when
    if numbers := values.identifiers(segment, 2) or values.identifiers(segment, 3):
        found["identifier"] = numbers
    if who := values.called(segment, 16):
        found["requester"] = {"display": who}
    return found


def _filler(message: Message) -> list[Json]:
    return values.identifiers(message.order, 3) if message.order else []


def _ordered(message: Message) -> str:
    return message.when(message.order, 9, 15) if message.order else ""


def _observation(message: Message, segment: Segment) -> Json | None:
    code = values.concept_of(segment, 3)
    if not code:
        return None
    category = "vital-signs" if _VITAL.fullmatch(segment.part(3)) else "laboratory"
    unit = values.unit_of(segment, 6)
    found: Json = {
        "resourceType": "Observation",
        "status": _STATUS.get(segment.part(11), "unknown"),
        "category": [{"coding": [{"system": _CATEGORY, "code": category}]}],
        "code": code,
        "subject": message.subject,
        **_value(message, segment, unit),
    }
    when = message.when(segment, 14, 19)
    if not when and message.report is not None:
        when = message.when(message.report, 7, 22)
    if when:
        found["effectiveDateTime"] = when
    if limits := values.reference_range(segment.text(7), unit):
        found["referenceRange"] = limits
    flags = [segment.within(w) for w in segment.repeats(8)]
    if flags:
        found["interpretation"] = [
            {"coding": [{"system": _OBSERVED, "code": flag}]} for flag in flags if flag
        ]
    if who := segment.part(23) or values.called(segment, 15) or message.sender:
        found["performer"] = [{"display": who}]
    return found


def _value(message: Message, segment: Segment, unit: Json) -> Json:
    """OBX-5 by its type (OBX-2); what does not fit its type comes as text."""
    said = segment.repeats(5)
    if not said:
        reason = {"system": _ABSENT, "code": "unknown"}
        return {"dataAbsentReason": {"coding": [reason]}}
    make = _VALUES.get(segment.part(2))
    found = make(message, segment, unit) if make and len(said) == 1 else None
    if found:
        return found
    words = segment.text(5).replace(segment.signs.component, " ")
    return {"valueString": " ".join(f"{words} {unit.get('unit', '')}".split())}


def _numeric(_message: Message, segment: Segment, unit: Json) -> Json | None:
    amount = values.quantity(segment.part(5), unit)
    return {"valueQuantity": amount} if amount else None


def _structured(_message: Message, segment: Segment, unit: Json) -> Json | None:
    if segment.part(5, 3):  # a ratio or a range
        return None
    amount = values.quantity(segment.part(5, 1) + segment.part(5, 2), unit)
    return {"valueQuantity": amount} if amount else None


def _coded(_message: Message, segment: Segment, _unit: Json) -> Json | None:
    found = values.concept_of(segment, 5)
    return {"valueCodeableConcept": found} if found else None


def _dated(message: Message, segment: Segment, _unit: Json) -> Json | None:
    when = values.moment(segment.part(5), zone=message.zone)
    return {"valueDateTime": when} if when else None


def _written(_message: Message, segment: Segment, unit: Json) -> Json | None:
    plain = segment.text(5)
    amount = values.quantity(plain, unit)
    return {"valueQuantity": amount} if amount else {"valueString": plain}


def _enclosed(_message: Message, _segment: Segment, _unit: Json) -> Json | None:
    return {"valueString": "A file, kept with the original"}


_VALUES: dict[str, Callable[[Message, Segment, Json], Json | None]] = {
    "NM": _numeric,
    "SN": _structured,
    **dict.fromkeys(("CE", "CWE", "CNE", "CF"), _coded),
    **dict.fromkeys(("DT", "DTM", "TS"), _dated),
    **dict.fromkeys(("ST", "TX", "FT"), _written),
    **dict.fromkeys(("ED", "RP"), _enclosed),
}


def _vaccine(message: Message, segment: Segment) -> Json:
    code = values.concept_of(segment, 5)
    given = segment.part(20)
    refused = given in ("RE", "NA") or bool(segment.repeats(18))
    found: Json = {
        "resourceType": "Immunization",
        "status": "not-done" if refused else "completed",
        "vaccineCode": code or {"text": "Vaccine"},
        "patient": message.subject,
    }
    when = message.when(segment, 3)
    if when:
        found["occurrenceDateTime"] = when
    else:
        found["occurrenceString"] = "no date"
    if not message.subject:
        del found["patient"]
    if lot := segment.part(15):
        found["lotNumber"] = lot
    if until := values.moment(segment.part(16)[:8]):
        found["expirationDate"] = until
    if maker := segment.part(17, 2):
        found["manufacturer"] = {"display": maker}
    dose = values.number(segment.part(6))
    # 999 says that nobody knows the amount (CDC guide for version 2.5.1).
    if dose is not None and segment.part(6) != "999":
        found["doseQuantity"] = {"value": dose, **values.unit_of(segment, 7)}
    who = values.called(segment, 10) or segment.part(11, 4) or message.sender
    if who:
        found["performer"] = [{"actor": {"display": who}}]
    return found


def _allergy(message: Message, segment: Segment) -> Json:
    found: Json = {
        "resourceType": "AllergyIntolerance",
        "code": values.concept_of(segment, 3) or {"text": "Allergy"},
        "patient": message.subject,
    }
    if not message.subject:
        del found["patient"]
    if kind := _KINDS.get(segment.part(2)):
        found["category"] = [kind]
    reactions = [segment.within(w) for w in segment.repeats(5)]
    if reactions:
        reaction: Json = {"manifestation": [{"text": r} for r in reactions if r]}
        if severity := _SEVERITY.get(segment.part(4)):
            reaction["severity"] = severity
        found["reaction"] = [reaction]
    if when := message.when(segment, 6):
        found["onsetDateTime"] = when
    return found


def _diagnosis(message: Message, segment: Segment) -> Json:
    code = values.concept_of(segment, 3)
    if said := segment.part(4):
        code = {**code, "text": said}
    found: Json = {
        "resourceType": "Condition",
        "code": code or {"text": "Diagnosis"},
        "subject": message.subject,
    }
    if when := message.when(segment, 5, 19):
        found["recordedDate"] = when
    if who := values.called(segment, 16):
        found["asserter"] = {"display": who}
    return found


def _procedure(message: Message, segment: Segment) -> Json:
    code = values.concept_of(segment, 3)
    if said := segment.part(4):
        code = {**code, "text": said}
    found: Json = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": code or {"text": "Procedure"},
        "subject": message.subject,
    }
    if when := message.when(segment, 5):
        found["performedDateTime"] = when
    if who := values.called(segment, 11) or values.called(segment, 8):
        found["performer"] = [{"actor": {"display": who}}]
    return found


def _medicine(message: Message, segment: Segment) -> Json | None:
    field = {"RXE": 2, "RXO": 1, "RXD": 2}[segment.name]
    code = values.concept_of(segment, field)
    if not code:
        return None
    found: Json = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": code,
        "subject": message.subject,
    }
    if segment.name == "RXD":
        found |= {"resourceType": "MedicationDispense", "status": "completed"}
        del found["intent"]
        if when := message.when(segment, 3):
            found["whenHandedOver"] = when
        return found
    if when := _ordered(message) or values.moment(message.sent, zone=message.zone):
        found["authoredOn"] = when
    how = segment.text(7)
    words = " ".join(how.replace(segment.signs.component, " ").split())
    if words:
        found["dosageInstruction"] = [{"text": words}]
    return found


def _letter(message: Message, segment: Segment) -> Json:
    """The head of a document; its text comes in the lines behind it."""
    title = segment.part(2, 2) or (
        values.concept_of(message.report, 4).get("text", "") if message.report else ""
    )
    found: Json = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"text": title or "Letter"},
        "subject": message.subject,
        "content": [],
    }
    if when := message.when(segment, 4, 6):
        found["context"] = {"period": {"start": when}}
    if who := values.called(segment, 9) or values.called(segment, 5):
        found["author"] = [{"display": who}]
    if numbers := values.identifiers(segment, 12):
        found["masterIdentifier"] = numbers[0]
    return found


def _appointment(message: Message, segment: Segment) -> Json:
    found: Json = {
        "resourceType": "Appointment",
        "status": _BOOKED.get(message.event, "proposed"),
        "description": segment.part(7, 2) or segment.part(7) or "Appointment",
        "participant": [{"status": "needs-action", "actor": message.subject}]
        if message.subject
        else [{"status": "needs-action"}],
    }
    first = next(iter(segment.repeats(11)), "")
    for key, at in (("start", 4), ("end", 5)):
        when = values.moment(segment.within(first, at), zone=message.zone)
        if "T" in when:
            found[key] = when
    if numbers := values.identifiers(segment, 1) or values.identifiers(segment, 2):
        found["identifier"] = numbers
    return found


def _relative(message: Message, segment: Segment) -> Json:
    found: Json = {"resourceType": "RelatedPerson", "patient": message.subject}
    if not message.subject:
        del found["patient"]
    names = [n for w in segment.repeats(2) if (n := values.name(segment, w))]
    if names:
        found["name"] = names
    if kind := values.concept_of(segment, 3):
        found["relationship"] = [kind]
    return found


def _insurance(message: Message, segment: Segment) -> Json:
    found: Json = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": message.subject,
        "payor": [{"display": segment.part(4) or segment.part(3) or "Insurance"}],
        "type": {"text": segment.part(4) or segment.part(2, 2) or "Insurance"},
    }
    if not message.subject:
        del found["beneficiary"]
    period = {
        key: when
        for key, field in (("start", 12), ("end", 13))
        if (when := message.when(segment, field))
    }
    if period:
        found["period"] = period
    if number := segment.part(36):
        found["subscriberId"] = number
    return found


_RECORDS: dict[str, Callable[[Message, Segment], Json | None]] = {
    "PID": _person,
    "PV1": _visit,
    "OBR": _report,
    "OBX": _observation,
    "RXA": _vaccine,
    "AL1": _allergy,
    "DG1": _diagnosis,
    "PR1": _procedure,
    "RXE": _medicine,
    "RXO": _medicine,
    "RXD": _medicine,
    "TXA": _letter,
    "SCH": _appointment,
    "NK1": _relative,
    "IN1": _insurance,
}


def _stable(message: Message, segment: Segment, resource: Json) -> str:
    """What the sender calls this very thing in every message it sends of it."""
    by = message.sender
    if not by:
        return ""
    numbers = resource.get("identifier") or _filler(message)
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
        if (said := values.concept_of(segment, field))
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
