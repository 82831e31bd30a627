"""What a record says beyond its title, day, result and place: rows for its page.

Reads any FHIR R4 resource with care: what is not there or not as expected is left out,
never guessed. Every row is a name in our words and what the record says; codes without
words are not said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.exports.facts import spoken_date, words
from wallet.records.plain.names import title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
"""Whatever a JSON parser returns."""
Row = tuple[str, str]
MOST_ROWS = 30
_MOST_LETTERS = 1_000
_CODE = re.compile(r"[A-Za-z]{0,4}[\d._-]+|urn:\S+|https?:\S+|\w+[_^|]\w*")


def particulars(resource: dict[str, Json]) -> tuple[Row, ...]:
    """The rows of one resource, each name once for the same words.

    >>> particulars({"resourceType": "Immunization", "lotNumber": "AAJN11K"})
    (('Lot number', 'AAJN11K'),)
    """
    read = _READERS.get(str(resource.get("resourceType")), _nothing)
    rows = ((name, _plain(said)) for name, said in read(resource))
    kept = dict.fromkeys(row for row in rows if row[1] and not _is_code(row[1]))
    return tuple(kept)[:MOST_ROWS]


def _plain(said: str) -> str:
    return " ".join(said.replace("\\n", " ").split())[:_MOST_LETTERS]


def _is_code(said: str) -> bool:
    """A value that no person reads; numbers of a person's own are rows by name."""
    return _CODE.fullmatch(said) is not None and not said.isdigit()


def _nothing(_resource: dict[str, Json]) -> Iterator[Row]:
    return iter(())


def _many(value: Json) -> list[dict[str, Json]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def _said(value: Json) -> str:
    """The words of a concept, without the code where it has no words."""
    found = words(value)
    return "" if _CODE.fullmatch(found) else title_of(found, ())


def _all(resource: dict[str, Json], name: str, key: str) -> Iterator[Row]:
    for one in _many(resource.get(key)):
        yield name, _said(one)


def _amount(value: Json) -> str:
    if not isinstance(value, dict) or "value" not in value:
        return ""
    unit = words(value.get("unit") or value.get("code") or "")
    unit = "" if _CODE.fullmatch(unit) else unit
    return f"{value.get('comparator', '')}{value['value']} {unit}".strip()


def _day(value: Json) -> str:
    return spoken_date(value) if isinstance(value, str) and value else ""


def _span(value: Json) -> str:
    if not isinstance(value, dict):
        return ""
    first, last = _day(value.get("start")), _day(value.get("end"))
    if first and last and first != last:
        return f"{first} to {last}"
    return first or (f"until {last}" if last else "")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _word(value: Json, table: dict[str, str]) -> str:
    found = value if isinstance(value, str) else ""
    for one in _many(value):
        for coding in _many(one.get("coding")):
            found = found or str(coding.get("code", ""))
    return table.get(found, "")


def _reach(resource: dict[str, Json]) -> Iterator[Row]:
    """How somebody can be reached."""
    for one in _many(resource.get("telecom")):
        name = _REACH.get(str(one.get("system")), "")
        if name:
            yield name, _text(one.get("value"))
    for one in _many(resource.get("address")):
        held = one.get("line")
        lines = [_text(line) for line in held] if isinstance(held, list) else []
        parts = (*lines, one.get("city"), one.get("state"), one.get("postalCode"))
        whole = ", ".join(part for part in map(_text, parts) if part)
        yield "Address", _text(one.get("text")) or whole


def _patient(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Born", _day(resource.get("birthDate"))
    yield "Sex", _word(resource.get("gender"), _SEX)
    yield "Died", _day(resource.get("deceasedDateTime"))
    yield "Marital status", _said(resource.get("maritalStatus"))
    for one in _many(resource.get("communication")):
        yield "Language", _said(one.get("language"))
    yield from _all(resource, "Doctor", "generalPractitioner")
    for one in _many(resource.get("contact")):
        yield "Contact", _said(one.get("name"))
    yield from _reach(resource)


def _staff(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("qualification")):
        yield "Qualification", _said(one.get("code"))
    yield from _all(resource, "Specialty", "specialty")
    yield from _all(resource, "Role", "code")
    yield from _all(resource, "Relationship", "relationship")
    yield "Works at", _said(resource.get("organization"))
    yield "Kind of place", _said(resource.get("type"))
    yield "Part of", _said(resource.get("partOf"))
    yield "Born", _day(resource.get("birthDate"))
    yield from _reach(resource)


def _allergy(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Kind", _word(resource.get("type"), _ALLERGY)
    held = resource.get("category")
    for one in held if isinstance(held, list) else []:
        yield "To", _word(one, _ALLERGY)
    yield "How dangerous", _word(resource.get("criticality"), _DANGER)
    for one in _many(resource.get("reaction")):
        yield "How bad it was", _word(one.get("severity"), _SEVERITY)
    yield "Last time", _day(resource.get("lastOccurrence"))
    yield "How sure", _word(resource.get("verificationStatus"), _SURE)


def _condition(resource: dict[str, Json]) -> Iterator[Row]:
    yield "How bad", _said(resource.get("severity"))
    yield from _all(resource, "Part of the body", "bodySite")
    yield "How sure", _word(resource.get("verificationStatus"), _SURE)
    yield "Began", _began(resource, "onset")
    for one in _many(resource.get("stage")):
        yield "Stage", _said(one.get("summary"))
    for one in _many(resource.get("evidence")):
        yield from _all(one, "Because of", "code")


def _began(resource: dict[str, Json], stem: str) -> str:
    age = _amount(resource.get(f"{stem}Age"))
    return _text(resource.get(f"{stem}String")) or (f"at {age}" if age else "")


def _medicine(resource: dict[str, Json]) -> Iterator[Row]:
    held = resource.get("dosageInstruction") or resource.get("dosage")
    for dose in _many(held):
        if not words(dose.get("text")):
            yield "How to take it", _dose(dose)
        yield "How it is given", _said(dose.get("route"))
        yield "Remark", _text(dose.get("patientInstruction"))
    yield from _all(resource, "Taken for", "reasonCode")
    yield from _all(resource, "Taken for", "reasonReference")
    supply = resource.get("dispenseRequest")
    supply = supply if isinstance(supply, dict) else resource
    yield "Amount", _amount(supply.get("quantity"))
    again = supply.get("numberOfRepeatsAllowed")
    yield "Refills", str(again) if isinstance(again, int) else ""
    yield "Handed out", _day(resource.get("whenHandedOver"))
    yield "Form", _said(resource.get("form"))
    for one in _many(resource.get("ingredient")):
        yield "Made of", _said(one.get("itemCodeableConcept"))


def _dose(dose: dict[str, Json]) -> str:
    """A dose in a few words, as far as it is told in parts.

    R4 Dosage: ``doseAndRate.doseQuantity`` and ``timing.repeat``.
    """
    parts = [_amount(one.get("doseQuantity")) for one in _many(dose.get("doseAndRate"))]
    timing = dose.get("timing")
    timing = timing if isinstance(timing, dict) else {}
    repeat = timing.get("repeat")
    often = _often(repeat) if isinstance(repeat, dict) else ""
    parts.append(often or _said(timing.get("code")))
    if dose.get("asNeededBoolean") is True:
        parts.append("when needed")
    return ", ".join(part for part in parts if part)


def _often(repeat: dict[str, Json]) -> str:
    times, span = repeat.get("frequency"), repeat.get("period")
    unit = _SPANS.get(str(repeat.get("periodUnit")), "")
    if not isinstance(times, int) or not unit or span is None:
        return ""
    count = {1: "once", 2: "twice"}.get(times, f"{times} times")
    every = str(span).removesuffix(".0")
    return f"{count} a {unit}" if every == "1" else f"{count} every {every} {unit}s"


def _vaccine(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("protocolApplied")):
        number = one.get("doseNumberPositiveInt") or one.get("doseNumberString")
        yield "Dose number", str(number) if number else ""
        yield from _all(one, "Against", "targetDisease")
    yield "Lot number", _text(resource.get("lotNumber"))
    yield "Made by", _said(resource.get("manufacturer"))
    yield "Use by", _day(resource.get("expirationDate"))
    yield "Where on the body", _said(resource.get("site"))
    yield "How it was given", _said(resource.get("route"))
    yield "Amount", _amount(resource.get("doseQuantity"))
    yield "Why not", _said(resource.get("statusReason"))
    for one in _many(resource.get("reaction")):
        yield "Reaction", _said(one.get("detail"))


def _procedure(resource: dict[str, Json]) -> Iterator[Row]:
    yield from _all(resource, "Part of the body", "bodySite")
    for key in ("reasonCode", "reasonReference"):
        yield from _all(resource, "Done for", key)
    yield "Outcome", _said(resource.get("outcome"))
    yield from _all(resource, "Complication", "complication")
    yield from _all(resource, "Afterwards", "followUp")
    yield "Where", _said(resource.get("location"))
    for one in _many(resource.get("focalDevice")):
        yield "Put in", _said(one.get("manipulated"))
    yield "Why not", _said(resource.get("statusReason"))


def _visit(resource: dict[str, Json]) -> Iterator[Row]:
    yield from _all(resource, "Kind of visit", "type")
    yield "Kind of care", _said(resource.get("serviceType"))
    for key in ("reasonCode", "reasonReference"):
        yield from _all(resource, "Reason", key)
    for one in _many(resource.get("diagnosis")):
        yield "Found", _said(one.get("condition"))
    for one in _many(resource.get("location")):
        yield "Where", _said(one.get("location"))
    stay = resource.get("hospitalization")
    if isinstance(stay, dict):
        yield "Afterwards", _said(stay.get("dischargeDisposition"))
    for one in _many(resource.get("participant")):
        yield "With", _said(one.get("individual") or one.get("actor"))
    yield "About", _text(resource.get("description"))


def _report(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Sample", _said(resource.get("specimen"))
    yield "How it was measured", _said(resource.get("method"))
    yield "Part of the body", _said(resource.get("bodySite"))
    yield "Measured with", _said(resource.get("device"))
    yield "Why there is no result", _said(resource.get("dataAbsentReason"))
    for one in _many(resource.get("result")):
        yield "Includes", _said(one)
    yield from _all(resource, "Says", "conclusionCode")


def _imaging(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("modality")):
        yield "Kind of picture", _MODALITY.get(str(one.get("code")), _said(one))
    for one in _many(resource.get("series")):
        held = one.get("modality")
        code = str(held.get("code")) if isinstance(held, dict) else ""
        yield "Kind of picture", _MODALITY.get(code, "")
        yield "Part of the body", _said(one.get("bodySite"))
        yield "Series", _text(one.get("description"))
    number = resource.get("numberOfInstances")
    yield "Pictures", str(number) if isinstance(number, int) else ""
    yield from _all(resource, "Done for", "reasonCode")
    yield "Part of the body", _said(resource.get("bodySite"))
    yield "Remark", _text(resource.get("description"))


def _plan(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("activity")):
        held = one.get("detail")
        detail = held if isinstance(held, dict) else {}
        said = _said(detail.get("code")) or _text(detail.get("description"))
        yield "To do", said or _said(one.get("reference"))
    yield from _all(resource, "For", "addresses")
    yield from _all(resource, "Goal", "goal")
    yield "In short", _text(resource.get("description"))


def _team(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("participant")):
        who, role = _said(one.get("member")), _said(one.get("role"))
        yield role or "Member", who or role
    yield from _all(resource, "For", "reasonCode")


def _goal(resource: dict[str, Json]) -> Iterator[Row]:
    for one in _many(resource.get("target")):
        aim = _amount(one.get("detailQuantity")) or _said(one.get("detailString"))
        yield _said(one.get("measure")) or "Aim", aim
        yield "By when", _day(one.get("dueDate"))
    yield "How it goes", _said(resource.get("achievementStatus"))
    yield from _all(resource, "For", "addresses")


def _device(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Kind", _said(resource.get("type"))
    yield "Made by", _text(resource.get("manufacturer"))
    yield "Model", _text(resource.get("modelNumber"))
    yield "Serial number", _text(resource.get("serialNumber"))
    yield "Lot number", _text(resource.get("lotNumber"))
    yield "Made on", _day(resource.get("manufactureDate"))
    yield "Use by", _day(resource.get("expirationDate"))
    yield from _all(resource, "Part of the body", "bodySite")


def _coverage(resource: dict[str, Json]) -> Iterator[Row]:
    yield from _all(resource, "Insurer", "payor")
    yield "Insurer", _said(resource.get("insurer"))
    yield "Member number", _text(resource.get("subscriberId"))
    yield "Relationship", _said(resource.get("relationship"))
    for one in _many(resource.get("class")):
        yield "Plan", _text(one.get("name"))
    yield "For the time", _span(resource.get("billablePeriod"))
    yield "Place", _said(resource.get("provider"))
    for one in _many(resource.get("item")):
        yield "For", _said(one.get("productOrService"))
    for one in _many(resource.get("total")):
        yield _said(one.get("category")) or "In all", _money(one.get("amount"))
    yield "In all", _money(resource.get("total"))
    paid = resource.get("payment")
    yield "Paid", _money(paid.get("amount")) if isinstance(paid, dict) else ""


def _money(value: Json) -> str:
    if not isinstance(value, dict) or "value" not in value:
        return ""
    return f"{value['value']} {_text(value.get('currency'))}".strip()


def _family(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Relative", _said(resource.get("relationship"))
    for one in _many(resource.get("condition")):
        age = _began(one, "onset")
        said = ", ".join(part for part in (_said(one.get("code")), age) if part)
        yield "Had", said
    yield "Died", _day(resource.get("deceasedDate"))


def _answers(resource: dict[str, Json]) -> Iterator[Row]:
    waiting = _many(resource.get("item"))[::-1]
    while waiting:
        item = waiting.pop()
        waiting += _many(item.get("item"))[::-1]
        given = [_answer(one) for one in _many(item.get("answer"))]
        yield _text(item.get("text")) or "Answer", ", ".join(filter(None, given))


def _answer(one: dict[str, Json]) -> str:
    key = next((key for key in one if key.startswith("value")), "")
    value = one.get(key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in ("valueDate", "valueDateTime"):
        return _day(value)
    if isinstance(value, int | float) or key == "valueDecimal":
        return str(value)
    return _amount(value) or _said(value)


def _order(resource: dict[str, Json]) -> Iterator[Row]:
    for key in ("reasonCode", "reasonReference"):
        yield from _all(resource, "Reason", key)
    yield from _all(resource, "Part of the body", "bodySite")
    yield "How urgent", _word(resource.get("priority"), _URGENT)
    yield from _all(resource, "To be done by", "performer")
    yield "For you to know", _text(resource.get("patientInstruction"))


def _sample(resource: dict[str, Json]) -> Iterator[Row]:
    taken = resource.get("collection")
    if isinstance(taken, dict):
        yield "Taken on", _day(taken.get("collectedDateTime"))
        yield "How it was taken", _said(taken.get("method"))
        yield "Part of the body", _said(taken.get("bodySite"))
    yield "Arrived", _day(resource.get("receivedTime"))


def _document(resource: dict[str, Json]) -> Iterator[Row]:
    yield "Kind", _said(resource.get("type"))
    yield from _all(resource, "Written by", "author")
    yield "Kept by", _said(resource.get("custodian"))
    yield "About", _text(resource.get("description"))
    for one in _many(resource.get("payload")):
        yield "Says", _text(one.get("contentString"))
    parts = [_text(one.get("title")) for one in _many(resource.get("section"))]
    named = (part.capitalize() if part.isupper() else part for part in parts)
    yield "Parts", ", ".join(filter(None, named))


_REACH = {"phone": "Phone", "email": "E-mail", "fax": "Fax", "sms": "Phone"}
_SEX = {"female": "Woman", "male": "Man", "other": "Other"}
_ALLERGY = {
    "allergy": "Allergy",
    "intolerance": "Intolerance",
    "food": "Food",
    "medication": "Medicine",
    "environment": "Surroundings",
    "biologic": "Biological medicine",
}
_DANGER = {"low": "Low danger", "high": "High danger"}
_SEVERITY = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe"}
_SURE = {
    "unconfirmed": "Not confirmed",
    "provisional": "Not certain yet",
    "differential": "One of several possible",
    "refuted": "Ruled out",
    "entered-in-error": "Entered by mistake",
}
_SPANS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week"} | {
    "mo": "month",
    "a": "year",
}
_URGENT = {"urgent": "Urgent", "asap": "As soon as possible", "stat": "At once"}
# DICOM PS3.3 C.7.3.1.1.1, the ones people meet.
_MODALITY = {
    "CR": "X-ray",
    "DX": "X-ray",
    "RG": "X-ray",
    "CT": "CT scan",
    "MR": "MRI scan",
    "US": "Ultrasound",
    "MG": "Mammogram",
    "NM": "Nuclear medicine scan",
    "PT": "PET scan",
    "XA": "X-ray of blood vessels",
    "ECG": "Heart trace (ECG)",
    "ES": "Endoscopy",
    "OP": "Picture of the eye",
    "SR": "Written report",
    "RTPLAN": "Radiotherapy plan",
    "BMD": "Bone density scan",
    "PX": "X-ray of the jaw",
    "IO": "X-ray of teeth",
}
_READERS: dict[str, Callable[[dict[str, Json]], Iterator[Row]]] = {
    "Patient": _patient,
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
    "Immunization": _vaccine,
    "Procedure": _procedure,
    "DiagnosticReport": _report,
    "Observation": _report,
    "CarePlan": _plan,
    "CareTeam": _team,
    "Goal": _goal,
    "Device": _device,
    "FamilyMemberHistory": _family,
    "QuestionnaireResponse": _answers,
    "Specimen": _sample,
    **dict.fromkeys(("Encounter", "Appointment"), _visit),
    **dict.fromkeys(("ImagingStudy", "Media", "BodyStructure"), _imaging),
    **dict.fromkeys(("ServiceRequest", "DeviceRequest", "NutritionOrder"), _order),
    **dict.fromkeys(("Coverage", "Claim", "ExplanationOfBenefit"), _coverage),
    **dict.fromkeys(
        ("DocumentReference", "Composition", "Communication", "Consent"), _document
    ),
    **dict.fromkeys(
        ("Practitioner", "PractitionerRole", "Organization", "Location"), _staff
    ),
    "RelatedPerson": _staff,
    **dict.fromkeys(
        ("MedicationRequest", "MedicationStatement", "MedicationDispense"), _medicine
    ),
    **dict.fromkeys(("MedicationAdministration", "Medication"), _medicine),
}
