"""FHIR DSTU2 (1.0.2) as R4: the common types of a patient's record.

After HL7's maps between the releases (STU3 specification, "R2 Conversions", and R4).
Apple's exports from before about 2021 are written in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.fhir import shapes as shape
from wallet.records.fhir.shapes import Json, drop, move
from wallet.records.fhir.stu3 import document, goal, vaccine

if TYPE_CHECKING:
    from collections.abc import Callable

Held = dict[str, Json]

_CLASSES = {
    "inpatient": "IMP",
    "outpatient": "AMB",
    "ambulatory": "AMB",
    "daytime": "AMB",
    "emergency": "EMER",
    "field": "FLD",
    "home": "HH",
    "virtual": "VR",
}
_ALLERGY = {
    "active": ("active", "unconfirmed"),
    "unconfirmed": ("active", "unconfirmed"),
    "confirmed": ("active", "confirmed"),
    "inactive": ("inactive", ""),
    "resolved": ("resolved", ""),
    "refuted": ("", "refuted"),
    "entered-in-error": ("", "entered-in-error"),
}
_RISK = {"CRITL": "low", "CRITH": "high", "CRITU": "unable-to-assess"}


def _condition(held: Held) -> None:
    move(held, "patient", "subject")
    move(held, "dateRecorded", "recordedDate")
    shape.listed(held, "category", "stage")
    if held.pop("abatementBoolean", None) is True:
        held.setdefault("clinicalStatus", "resolved")
    shape.concept(held, "clinicalStatus", shape.CLINICAL)
    shape.concept(held, "verificationStatus", shape.VERIFIED, "unknown")
    shape.noted(held, "notes")
    move(held, "onsetQuantity", "onsetAge")
    move(held, "abatementQuantity", "abatementAge")
    proofs = shape.dicts(held.get("evidence", []))
    for one in proofs:
        shape.listed(one, "code")
    if proofs:
        held["evidence"] = proofs


def _observation(held: Held) -> None:
    shape.listed(held, "category", "interpretation")
    shape.noted(held, "comments")
    ranges = shape.dicts(held.get("referenceRange", []))
    for one in ranges:
        move(one, "meaning", "type")
    if ranges:
        held["referenceRange"] = ranges
    for one in shape.dicts(held.pop("related", [])):
        kind, target = one.get("type"), one.get("target")
        if kind in ("has-member", "derived-from") and isinstance(target, dict):
            into = "hasMember" if kind == "has-member" else "derivedFrom"
            held.setdefault(into, []).append(target)
    drop(held, "reliability", "valueAttachment")


def _allergy(held: Held) -> None:
    move(held, "substance", "code")
    clinical, verified = _ALLERGY.get(str(held.pop("status", "")), ("", ""))
    if clinical:
        held["clinicalStatus"] = clinical
        shape.concept(held, "clinicalStatus", shape.ALLERGY_CLINICAL)
    if verified:
        held["verificationStatus"] = verified
        shape.concept(held, "verificationStatus", shape.ALLERGY_VERIFIED)
    if held.get("category") == "other":
        del held["category"]
    shape.listed(held, "category")
    shape.renamed(held, "criticality", **_RISK)
    move(held, "onset", "onsetDateTime")
    move(held, "lastOccurence", "lastOccurrence")
    move(held, "reporter", "asserter")
    shape.listed(held, "note")
    reactions = shape.dicts(held.get("reaction", []))
    for one in reactions:
        drop(one, "certainty")
        shape.listed(one, "manifestation", "note")
    if reactions:
        held["reaction"] = reactions


def _prescription(held: Held) -> None:
    held["resourceType"] = "MedicationRequest"
    held["intent"] = "order"
    move(held, "patient", "subject")
    move(held, "dateWritten", "authoredOn")
    move(held, "prescriber", "requester")
    shape.reasons(held)
    shape.noted(held, "note")
    shape.doses(held)
    drop(held, "dateEnded", "reasonEnded")
    given = held.get("dispenseRequest")
    if isinstance(given, dict):
        held["dispenseRequest"] = {
            key: value
            for key, value in given.items()
            if not key.startswith("medication")
        }
    swapped = held.get("substitution")
    if isinstance(swapped, dict):
        swapped = dict(swapped)
        move(swapped, "type", "allowedCodeableConcept")
        held["substitution"] = swapped


def _taken(held: Held) -> None:
    move(held, "patient", "subject")
    if held.pop("wasNotTaken", None) is True:
        held["status"] = "not-taken"
    move(held, "reasonNotTaken", "statusReason")
    shape.reasons(held, "reasonForUse")
    move(held, "reasonForUseCode", "reasonCode")
    move(held, "reasonForUseReference", "reasonReference")
    shape.noted(held, "note")
    move(held, "supportingInformation", "derivedFrom")
    shape.doses(held, "dosage")


def _dispensed(held: Held) -> None:
    move(held, "patient", "subject")
    move(held, "dispenser", "performer")
    shape.acted(held)
    shape.noted(held, "note")
    shape.doses(held)


def _administered(held: Held) -> None:
    move(held, "patient", "subject")
    move(held, "practitioner", "performer")
    shape.acted(held)
    move(held, "encounter", "context")
    move(held, "prescription", "request")
    shape.refused(held, "wasNotGiven")
    move(held, "reasonNotGiven", "statusReason")
    move(held, "reasonGiven", "reasonCode")
    shape.move_choice(held, "effectiveTime", "effective")
    shape.noted(held, "note")
    dosage = held.get("dosage")
    if isinstance(dosage, dict):
        dosage = dict(dosage)
        move(dosage, "quantity", "dose")
        move(dosage, "siteCodeableConcept", "site")
        held["dosage"] = dosage


def _immunization(held: Held) -> None:
    shape.refused(held, "wasNotGiven")
    told = held.pop("reported", None)
    if isinstance(told, bool):
        held["primarySource"] = not told
    shape.acted(held)
    drop(held, "requester")
    vaccine(held)


def _procedure(held: Held) -> None:
    shape.refused(held, "notPerformed")
    move(held, "reasonNotPerformed", "statusReason")
    shape.single(held, "statusReason")
    shape.acted(held)
    shape.reasons(held)
    shape.noted(held, "notes")
    move(held, "request", "basedOn")
    shape.listed(held, "basedOn")
    shape.renamed(held, "status", aborted="stopped")


def _report(held: Held) -> None:
    shape.listed(held, "category", "performer")
    shape.actors(held)
    move(held, "request", "basedOn")
    shape.links(held)


def _encounter(held: Held) -> None:
    move(held, "patient", "subject")
    code = held.get("class")
    if isinstance(code, str):
        known = _CLASSES.get(code)
        system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        held["class"] = (
            {"system": system, "code": known} if known else {"display": code}
        )
    move(held, "reason", "reasonCode")
    move(held, "incomingReferral", "basedOn")
    causes = shape.dicts(held.pop("indication", []))
    if causes:
        held["reasonReference"] = causes
    stay = held.get("hospitalization")
    if isinstance(stay, dict):
        stay = dict(stay)
        drop(stay, "admittingDiagnosis", "dischargeDiagnosis")
        held["hospitalization"] = stay


def _document(held: Held) -> None:
    document(held)
    contents = shape.dicts(held.get("content", []))
    for one in contents:
        shape.single(one, "format")
    if contents:
        held["content"] = contents


def _plan(held: Held) -> None:
    held.setdefault("intent", "plan")
    move(held, "context", "encounter")
    shape.single(held, "author")
    shape.listed(held, "note")
    shape.renamed(held, "status", proposed="draft", cancelled="revoked")
    drop(held, "participant", "modified", "relatedPlan")
    doings = shape.dicts(held.get("activity", []))
    for one in doings:
        move(one, "actionResulting", "outcomeReference")
        shape.listed(one, "progress")
    if doings:
        held["activity"] = doings


def _goal(held: Held) -> None:
    said = held.get("description")
    if isinstance(said, str):
        held["description"] = {"text": said}
    due = held.pop("targetDate", None)
    if isinstance(due, str):
        held["target"] = [{"dueDate": due}]
    shape.single(held, "priority")
    drop(held, "author", "outcome")
    goal(held)


def _order(held: Held) -> None:
    held["resourceType"] = "ServiceRequest"
    held["intent"] = "order"
    move(held, "orderer", "requester")
    shape.reasons(held)
    items = shape.dicts(held.pop("item", []))
    if items and isinstance(items[0].get("code"), dict):
        held["code"] = items[0]["code"]
    states = {"proposed": "draft", "requested": "active", "accepted": "active"}
    shape.renamed(held, "status", **states, rejected="revoked", cancelled="revoked")
    times = [
        one["dateTime"]
        for one in shape.dicts(held.pop("event", []))
        if isinstance(one.get("dateTime"), str)
    ]
    if times:
        held.setdefault("authoredOn", times[0])


def _list(held: Held) -> None:
    shape.noted(held, "note")
    shape.each(held, "entry", lambda one: drop(one, "notes"))


def _named(held: Held) -> None:
    """Names of people, whose family name is a list here."""
    names = shape.dicts(held.get("name", []))
    for one in names:
        family = one.get("family")
        if isinstance(family, list):
            one["family"] = " ".join(str(part) for part in family)
    if names:
        held["name"] = names


def _patient(held: Held) -> None:
    _named(held)
    move(held, "careProvider", "generalPractitioner")
    drop(held, "animal")


def _practitioner(held: Held) -> None:
    _named(held)
    drop(held, "practitionerRole")


def _medication(held: Held) -> None:
    product = held.pop("product", None)
    if isinstance(product, dict) and isinstance(product.get("form"), dict):
        held["form"] = product["form"]
    drop(held, "isBrand", "package")


def _as_it_is(_held: Held) -> None:
    """R4 has the same elements."""


MAPPED: dict[str, Callable[[Held], None]] = {
    "AllergyIntolerance": _allergy,
    "CarePlan": _plan,
    "Condition": _condition,
    "DiagnosticOrder": _order,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "Encounter": _encounter,
    "Goal": _goal,
    "Immunization": _immunization,
    "List": _list,
    "Medication": _medication,
    "MedicationAdministration": _administered,
    "MedicationDispense": _dispensed,
    "MedicationOrder": _prescription,
    "MedicationStatement": _taken,
    "Observation": _observation,
    "Patient": _patient,
    "Practitioner": _practitioner,
    "Procedure": _procedure,
    **dict.fromkeys(
        (
            "Organization",
            "Location",
            "RelatedPerson",
            "Flag",
            "Specimen",
            "FamilyMemberHistory",
            "OperationOutcome",
        ),
        _as_it_is,
    ),
}
"""DSTU2 type to what makes R4 of it; what is not here is kept as it is."""
