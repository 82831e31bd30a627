"""People and care in HL7 v2 messages as FHIR R4: visits, vaccines, medicines, more.

PID, NK1, PV1, IN1, RXA, RXE, AL1, DG1, PR1 and SCH of HL7 v2.5.1 chapters 3, 4, 6, 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.hl7v2 import values

if TYPE_CHECKING:
    from wallet.records.hl7v2.message import Message
    from wallet.records.hl7v2.syntax import Segment

Json = dict[str, Any]

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


def person(message: Message, segment: Segment) -> Json:
    """PID: the patient; what follows in the message is of this person."""
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


def visit(message: Message, segment: Segment) -> Json | None:
    """PV1: a visit or a stay, with its period where the times are told."""
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


def vaccine(message: Message, segment: Segment) -> Json:
    """RXA: a vaccine that was given, or refused and then not shown as given."""
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


def allergy(message: Message, segment: Segment) -> Json:
    """AL1: an allergy with its reaction."""
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


def diagnosis(message: Message, segment: Segment) -> Json:
    """DG1: a diagnosis, in the words of the sender."""
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


def procedure(message: Message, segment: Segment) -> Json:
    """PR1: something that was done."""
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


def medicine(message: Message, segment: Segment) -> Json | None:
    """RXE, RXO: a medicine that was ordered; RXD: one handed over."""
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
    if when := message.ordered or values.moment(message.sent, zone=message.zone):
        found["authoredOn"] = when
    how = segment.text(7)
    words = " ".join(how.replace(segment.signs.component, " ").split())
    if words:
        found["dosageInstruction"] = [{"text": words}]
    return found


def appointment(message: Message, segment: Segment) -> Json:
    """SCH: an appointment; its state is that of the event."""
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


def relative(message: Message, segment: Segment) -> Json:
    """NK1: next of kin."""
    found: Json = {"resourceType": "RelatedPerson", "patient": message.subject}
    if not message.subject:
        del found["patient"]
    names = [n for w in segment.repeats(2) if (n := values.name(segment, w))]
    if names:
        found["name"] = names
    if kind := values.concept_of(segment, 3):
        found["relationship"] = [kind]
    return found


def insurance(message: Message, segment: Segment) -> Json:
    """IN1: an insurance and when it holds."""
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
