"""FHIR STU3 (3.0.2) as R4: the common types of a patient's record.

After HL7's own maps between the releases (R4 specification, "R3 Conversions").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.fhir import shapes as shape
from wallet.records.fhir.shapes import Json, drop, move

if TYPE_CHECKING:
    from collections.abc import Callable

Held = dict[str, Json]


def _condition(held: Held) -> None:
    shape.concept(held, "clinicalStatus", shape.CLINICAL)
    shape.concept(held, "verificationStatus", shape.VERIFIED, "unknown")
    move(held, "assertedDate", "recordedDate")
    move(held, "context", "encounter")
    drop(held, "abatementBoolean")
    shape.listed(held, "stage", "category")


def _allergy(held: Held) -> None:
    shape.concept(held, "clinicalStatus", shape.ALLERGY_CLINICAL)
    shape.concept(held, "verificationStatus", shape.ALLERGY_VERIFIED)
    move(held, "assertedDate", "recordedDate")
    shape.listed(held, "category")


def _observation(held: Held) -> None:
    shape.noted(held, "comment")
    move(held, "context", "encounter")
    for one in shape.dicts(held.pop("related", [])):
        kind = one.get("type")
        into = {"has-member": "hasMember", "derived-from": "derivedFrom"}.get(str(kind))
        if into and isinstance(one.get("target"), dict):
            held.setdefault(into, []).append(one["target"])
    drop(held, "valueAttachment")


def _prescription(held: Held) -> None:
    shape.agent(held)
    move(held, "context", "encounter")
    shape.listed(held, "category")
    shape.doses(held)
    drop(held, "definition")
    swapped = held.get("substitution")
    if isinstance(swapped, dict):
        swapped = dict(swapped)
        move(swapped, "allowed", "allowedBoolean")
        held["substitution"] = swapped


def _taken(held: Held) -> None:
    if held.pop("taken", None) == "n":
        held["status"] = "not-taken"
    move(held, "reasonNotTaken", "statusReason")
    shape.doses(held, "dosage")


def _dispensed(held: Held) -> None:
    for one in ("CodeableConcept", "Reference"):
        move(held, f"notDoneReason{one}", f"statusReason{one}")
    drop(held, "notDone")
    shape.acted(held)
    shape.doses(held)


def _administered(held: Held) -> None:
    shape.refused(held, "notGiven")
    move(held, "reasonNotGiven", "statusReason")
    move(held, "prescription", "request")
    drop(held, "definition")


def _medication(held: Held) -> None:
    package = held.pop("package", None)
    batch = package.get("batch") if isinstance(package, dict) else None
    if batch:
        held["batch"] = shape.dicts(batch)[0]
    drop(held, "isBrand", "isOverTheCounter", "image")


def vaccine(held: Held) -> None:
    """Immunization, which DSTU2 and STU3 have alike."""
    move(held, "date", "occurrenceDateTime")
    explained = held.pop("explanation", None)
    if isinstance(explained, dict):
        held["reasonCode"] = explained.get("reason") or []
        held["statusReason"] = explained.get("reasonNotGiven") or []
        shape.single(held, "statusReason")
        if not held["reasonCode"]:
            del held["reasonCode"]
    applied = []
    for one in shape.dicts(held.pop("vaccinationProtocol", [])):
        move(one, "doseSequence", "doseNumberPositiveInt")
        move(one, "seriesDoses", "seriesDosesPositiveInt")
        drop(one, "description", "doseStatus", "doseStatusReason")
        if "doseNumberPositiveInt" in one:  # R4 wants it
            applied.append(one)
    if applied:
        held["protocolApplied"] = applied


def _immunization(held: Held) -> None:
    shape.refused(held, "notGiven")
    move(held, "practitioner", "performer")
    shape.acted(held)
    vaccine(held)


def _procedure(held: Held) -> None:
    shape.refused(held, "notDone")
    move(held, "notDoneReason", "statusReason")
    move(held, "context", "encounter")
    shape.acted(held)
    shape.renamed(held, "status", suspended="on-hold", aborted="stopped")
    drop(held, "definition")


def _report(held: Held) -> None:
    move(held, "context", "encounter")
    shape.actors(held)
    shape.links(held)


def _encounter(held: Held) -> None:
    move(held, "incomingReferral", "basedOn")
    move(held, "reason", "reasonCode")
    found = []
    for one in shape.dicts(held.get("diagnosis", [])):
        move(one, "role", "use")
        found.append(one)
    if found:
        held["diagnosis"] = found


def document(held: Held) -> None:
    """DocumentReference, which DSTU2 and STU3 have nearly alike."""
    move(held, "indexed", "date")
    drop(held, "created")
    move(held, "class", "category")
    shape.listed(held, "category")
    context = held.get("context")
    if isinstance(context, dict):
        context = dict(context)
        shape.listed(context, "encounter")
        related = [
            one["ref"]
            for one in shape.dicts(context.get("related", []))
            if isinstance(one.get("ref"), dict)
        ]
        drop(context, "related")
        held["context"] = {**context, "related": related} if related else context


def _plan(held: Held) -> None:
    move(held, "context", "encounter")
    shape.single(held, "author")
    shape.renamed(held, "status", suspended="on-hold", cancelled="revoked")
    drop(held, "definition")


def goal(held: Held) -> None:
    """Goal, which DSTU2 and STU3 have nearly alike."""
    states = {
        "in_progress": "active",
        "on_target": "active",
        "ahead_of_target": "active",
        "behind_target": "active",
        "sustaining": "active",
        "achieved": "completed",
    }
    shape.renamed(held, "status", **states)
    move(held, "status", "lifecycleStatus")
    shape.listed(held, "target", "outcomeCode")


def _order(held: Held) -> None:
    held["resourceType"] = "ServiceRequest"
    shape.agent(held)
    move(held, "context", "encounter")
    shape.listed(held, "performer", "category")
    drop(held, "definition")


def _referral(held: Held) -> None:
    _order(held)
    move(held, "type", "category")
    shape.listed(held, "category")
    move(held, "recipient", "performer")
    move(held, "serviceRequested", "code")
    shape.single(held, "code")
    shape.noted(held, "description")


def _answers(held: Held) -> None:
    move(held, "context", "encounter")
    move(held, "parent", "partOf")
    asked = held.get("questionnaire")
    if isinstance(asked, dict):
        del held["questionnaire"]
        if isinstance(asked.get("reference"), str):
            held["questionnaire"] = asked["reference"]
        if isinstance(asked.get("display"), str):
            held["_questionnaire"] = {
                "extension": [
                    {
                        "url": "http://hl7.org/fhir/StructureDefinition/display",
                        "valueString": asked["display"],
                    }
                ]
            }


def _context(held: Held) -> None:
    move(held, "context", "encounter")
    drop(held, "definition")


def _person(held: Held) -> None:
    drop(held, "animal")


def _as_it_is(_held: Held) -> None:
    """R4 has the same elements."""


MAPPED: dict[str, Callable[[Held], None]] = {
    "AllergyIntolerance": _allergy,
    "CarePlan": _plan,
    "CareTeam": _context,
    "Condition": _condition,
    "DiagnosticReport": _report,
    "DocumentReference": document,
    "Encounter": _encounter,
    "Goal": goal,
    "Immunization": _immunization,
    "Medication": _medication,
    "MedicationAdministration": _administered,
    "MedicationDispense": _dispensed,
    "MedicationRequest": _prescription,
    "MedicationStatement": _taken,
    "Observation": _observation,
    "Patient": _person,
    "Procedure": _procedure,
    "ProcedureRequest": _order,
    "QuestionnaireResponse": _answers,
    "ReferralRequest": _referral,
    **dict.fromkeys(
        (
            "Organization",
            "Practitioner",
            "PractitionerRole",
            "Location",
            "Flag",
            "RelatedPerson",
            "Specimen",
            "List",
            "FamilyMemberHistory",
            "Device",
            "Provenance",
            "Composition",
            "Questionnaire",
            "OperationOutcome",
        ),
        _as_it_is,
    ),
}
"""STU3 type to what makes R4 of it; what is not here is kept as it is."""
