"""Results in HL7 v2 messages as FHIR R4: reports, single values, orders, letters.

OBR, OBX and TXA of HL7 v2.5.1 chapters 4, 7 and 9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.hl7v2 import values

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.records.hl7v2.message import Message
    from wallet.records.hl7v2.syntax import Segment

Json = dict[str, Any]

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


def report(message: Message, segment: Segment) -> Json:
    """OBR: a report, or, in an order without a result, the order."""
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
    if numbers := values.identifiers(segment, 3) or message.filler:
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
    if when := message.when(segment, 6, 7, 36) or message.ordered:
        found["authoredOn"] = when
    if numbers := values.identifiers(segment, 2) or values.identifiers(segment, 3):
        found["identifier"] = numbers
    if who := values.called(segment, 16):
        found["requester"] = {"display": who}
    return found


def observation(message: Message, segment: Segment) -> Json | None:
    """OBX: one value, with its range, marks, time and laboratory."""
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


def letter(message: Message, segment: Segment) -> Json:
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
