"""Rows of what was found and done: FHIR's clinical summary and diagnostics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.patient.particulars.values import (
    amount,
    began,
    concept,
    concepts,
    day,
    many,
    text,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.patient.particulars.values import Json, Row


def allergy(resource: dict[str, Json]) -> Iterator[Row]:
    """An allergy or an intolerance."""
    yield "Kind", word(resource.get("type"), _ALLERGY)
    held = resource.get("category")
    for one in held if isinstance(held, list) else []:
        yield "To", word(one, _ALLERGY)
    yield "How dangerous", word(resource.get("criticality"), _DANGER)
    for one in many(resource.get("reaction")):
        yield "How bad it was", word(one.get("severity"), _SEVERITY)
    yield "Last time", day(resource.get("lastOccurrence"))
    yield "How sure", word(resource.get("verificationStatus"), _SURE)


def condition(resource: dict[str, Json]) -> Iterator[Row]:
    """A condition."""
    yield "How bad", concept(resource.get("severity"))
    yield from concepts(resource, "Part of the body", "bodySite")
    yield "How sure", word(resource.get("verificationStatus"), _SURE)
    yield "Began", began(resource, "onset")
    for one in many(resource.get("stage")):
        yield "Stage", concept(one.get("summary"))
    for one in many(resource.get("evidence")):
        yield from concepts(one, "Because of", "code")


def vaccine(resource: dict[str, Json]) -> Iterator[Row]:
    """A vaccination."""
    for one in many(resource.get("protocolApplied")):
        number = one.get("doseNumberPositiveInt") or one.get("doseNumberString")
        yield "Dose number", str(number) if number else ""
        yield from concepts(one, "Against", "targetDisease")
    yield "Lot number", text(resource.get("lotNumber"))
    yield "Made by", concept(resource.get("manufacturer"))
    yield "Use by", day(resource.get("expirationDate"))
    yield "Where on the body", concept(resource.get("site"))
    yield "How it was given", concept(resource.get("route"))
    yield "Amount", amount(resource.get("doseQuantity"))
    yield "Why not", concept(resource.get("statusReason"))
    for one in many(resource.get("reaction")):
        yield "Reaction", concept(one.get("detail"))


def procedure(resource: dict[str, Json]) -> Iterator[Row]:
    """Something that was done."""
    yield from concepts(resource, "Part of the body", "bodySite")
    for key in ("reasonCode", "reasonReference"):
        yield from concepts(resource, "Done for", key)
    yield "Outcome", concept(resource.get("outcome"))
    yield from concepts(resource, "Complication", "complication")
    yield from concepts(resource, "Afterwards", "followUp")
    yield "Where", concept(resource.get("location"))
    for one in many(resource.get("focalDevice")):
        yield "Put in", concept(one.get("manipulated"))
    yield "Why not", concept(resource.get("statusReason"))


def visit(resource: dict[str, Json]) -> Iterator[Row]:
    """A visit or an appointment."""
    yield from concepts(resource, "Kind of visit", "type")
    yield "Kind of care", concept(resource.get("serviceType"))
    for key in ("reasonCode", "reasonReference"):
        yield from concepts(resource, "Reason", key)
    for one in many(resource.get("diagnosis")):
        yield "Found", concept(one.get("condition"))
    for one in many(resource.get("location")):
        yield "Where", concept(one.get("location"))
    stay = resource.get("hospitalization")
    if isinstance(stay, dict):
        yield "Afterwards", concept(stay.get("dischargeDisposition"))
    for one in many(resource.get("participant")):
        yield "With", concept(one.get("individual") or one.get("actor"))
    yield "About", text(resource.get("description"))


def report(resource: dict[str, Json]) -> Iterator[Row]:
    """A result or a report of several."""
    yield "Sample", concept(resource.get("specimen"))
    yield "How it was measured", concept(resource.get("method"))
    yield "Part of the body", concept(resource.get("bodySite"))
    yield "Measured with", concept(resource.get("device"))
    yield "Why there is no result", concept(resource.get("dataAbsentReason"))
    for one in many(resource.get("result")):
        yield "Includes", concept(one)
    yield from concepts(resource, "Says", "conclusionCode")


def imaging(resource: dict[str, Json]) -> Iterator[Row]:
    """Pictures that were taken."""
    for one in many(resource.get("modality")):
        yield "Kind of picture", _MODALITY.get(str(one.get("code")), concept(one))
    for one in many(resource.get("series")):
        held = one.get("modality")
        code = str(held.get("code")) if isinstance(held, dict) else ""
        yield "Kind of picture", _MODALITY.get(code, "")
        yield "Part of the body", concept(one.get("bodySite"))
        yield "Series", text(one.get("description"))
    number = resource.get("numberOfInstances")
    yield "Pictures", str(number) if isinstance(number, int) else ""
    yield from concepts(resource, "Done for", "reasonCode")
    yield "Part of the body", concept(resource.get("bodySite"))
    yield "Remark", text(resource.get("description"))


def family(resource: dict[str, Json]) -> Iterator[Row]:
    """What a relative had."""
    yield "Relative", concept(resource.get("relationship"))
    for one in many(resource.get("condition")):
        age = began(one, "onset")
        said = ", ".join(part for part in (concept(one.get("code")), age) if part)
        yield "Had", said
    yield "Died", day(resource.get("deceasedDate"))


def answers(resource: dict[str, Json]) -> Iterator[Row]:
    """The questions of a form, each with what was answered."""
    waiting = many(resource.get("item"))[::-1]
    while waiting:
        item = waiting.pop()
        waiting += many(item.get("item"))[::-1]
        given = [_answer(one) for one in many(item.get("answer"))]
        yield text(item.get("text")) or "Answer", ", ".join(filter(None, given))


def _answer(one: dict[str, Json]) -> str:
    key = next((key for key in one if key.startswith("value")), "")
    value = one.get(key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in ("valueDate", "valueDateTime"):
        return day(value)
    if isinstance(value, int | float) or key == "valueDecimal":
        return str(value)
    return amount(value) or concept(value)


def sample(resource: dict[str, Json]) -> Iterator[Row]:
    """A sample that was taken."""
    taken = resource.get("collection")
    if isinstance(taken, dict):
        yield "Taken on", day(taken.get("collectedDateTime"))
        yield "How it was taken", concept(taken.get("method"))
        yield "Part of the body", concept(taken.get("bodySite"))
    yield "Arrived", day(resource.get("receivedTime"))


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
