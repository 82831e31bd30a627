"""FHIR R5 (5.0.0) as R4: the common types of a patient's record.

After HL7's maps between the releases (R5 specification, "R4 Conversions").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.fhir import shapes as shape
from wallet.records.fhir.shapes import Json, drop, move

if TYPE_CHECKING:
    from collections.abc import Callable

Held = dict[str, Json]


def _participants(held: Held) -> None:
    """Who took part: whoever recorded and whoever said it."""
    for one in shape.dicts(held.pop("participant", [])):
        codes = (
            shape.dicts((one.get("function") or {}).get("coding", []))
            if (isinstance(one.get("function"), dict))
            else []
        )
        said = any(code.get("code") == "informant" for code in codes)
        if isinstance(one.get("actor"), dict):
            held.setdefault("asserter" if said else "recorder", one["actor"])


def _condition(held: Held) -> None:
    _participants(held)
    proofs = [
        {"code": [one["concept"]]}
        if "concept" in one
        else {"detail": [one["reference"]]}
        for one in shape.dicts(held.pop("evidence", []))
        if "concept" in one or isinstance(one.get("reference"), dict)
    ]
    if proofs:
        held["evidence"] = proofs


def _observation(held: Held) -> None:
    drop(held, "triggeredBy", "bodyStructure", "valueAttachment", "valueReference")
    drop(held, "instantiatesCanonical", "instantiatesReference")


def _allergy(held: Held) -> None:
    _participants(held)
    kind = held.get("type")
    if isinstance(kind, dict):
        del held["type"]
        codes = [one.get("code") for one in shape.dicts(kind.get("coding", []))]
        if codes and codes[0] in ("allergy", "intolerance"):
            held["type"] = codes[0]
    reactions = shape.dicts(held.get("reaction", []))
    for one in reactions:
        shape.concept_of(one, "manifestation")
    if reactions:
        held["reaction"] = reactions


def _prescription(held: Held) -> None:
    shape.either(held, "medication")
    shape.reasons(held)
    move(held, "informationSource", "reportedReference")
    shape.single(held, "reportedReference", "performer")
    said = held.pop("renderedDosageInstruction", None)
    if isinstance(said, str):
        held.setdefault("dosageInstruction", [{"text": said}])
    shape.doses(held)
    shape.renamed(held, "status", ended="completed")
    drop(held, "effectiveDosePeriod", "device")


def _taken(held: Held) -> None:
    shape.either(held, "medication")
    shape.reasons(held)
    shape.single(held, "informationSource")
    move(held, "encounter", "context")
    said = held.pop("renderedDosageInstruction", None)
    if isinstance(said, str):
        held.setdefault("dosage", [{"text": said}])
    shape.doses(held, "dosage")
    shape.renamed(held, "status", recorded="unknown", draft="intended")
    drop(held, "adherence", "relatedClinicalInformation")


def _dispensed(held: Held) -> None:
    shape.either(held, "medication")
    move(held, "encounter", "context")
    why = shape.dicts(held.pop("notPerformedReason", []))
    if why and "concept" in why[0]:
        held["statusReasonCodeableConcept"] = why[0]["concept"]
    said = held.pop("renderedDosageInstruction", None)
    if isinstance(said, str):
        held.setdefault("dosageInstruction", [{"text": said}])
    shape.doses(held)
    drop(held, "recorded", "fullyDosed")


def _administered(held: Held) -> None:
    shape.either(held, "medication")
    shape.reasons(held)
    move(held, "encounter", "context")
    shape.move_choice(held, "occurence", "effective")
    shape.move_choice(held, "occurrence", "effective")
    for one in shape.dicts(held.get("performer", [])):
        shape.reference_of(one, "actor")
        held["performer"] = [one]
    drop(held, "recorded", "isSubPotent", "subPotentReason", "basedOn")


def _immunization(held: Held) -> None:
    shape.reasons(held)
    shape.reference_of(held, "manufacturer")
    told = held.pop("informationSource", None)
    if isinstance(told, dict) and isinstance(told.get("concept"), dict):
        held["reportOrigin"] = told["concept"]
    applied = []
    for one in shape.dicts(held.get("protocolApplied", [])):
        move(one, "doseNumber", "doseNumberString")
        move(one, "seriesDoses", "seriesDosesString")
        applied.append(one)
    if applied:
        held["protocolApplied"] = applied
    reactions = []
    for one in shape.dicts(held.get("reaction", [])):
        move(one, "manifestation", "detail")
        shape.reference_of(one, "detail")
        reactions.append(one)
    if reactions:
        held["reaction"] = reactions
    drop(held, "basedOn", "supportingInformation", "administeredProduct")


def _why(held: Held) -> None:
    """Reasons and diagnoses of a visit."""
    causes: list[Json] = []
    for one in shape.dicts(held.pop("reason", [])):
        value = one.get("value", [])
        causes += value if isinstance(value, list) else [value]
    if causes:
        held["reason"] = causes
        shape.reasons(held)
    found = []
    for one in shape.dicts(held.pop("diagnosis", [])):
        uses = shape.dicts(one.get("use", []))
        use = {"use": uses[0]} if uses else {}
        found += [
            {"condition": condition["reference"], **use}
            for condition in shape.dicts(one.get("condition", []))
            if isinstance(condition.get("reference"), dict)
        ]
    if found:
        held["diagnosis"] = found


def _encounter(held: Held) -> None:
    move(held, "actualPeriod", "period")
    move(held, "admission", "hospitalization")
    kinds = shape.dicts(held.get("class", []))
    if kinds:
        codings = shape.dicts(kinds[0].get("coding", []))
        text = kinds[0].get("text")
        held["class"] = codings[0] if codings else {"display": text}
    shape.concept_of(held, "serviceType")
    shape.single(held, "serviceType")
    _why(held)
    shape.each(held, "participant", lambda one: move(one, "actor", "individual"))
    shape.each(held, "location", lambda one: move(one, "form", "physicalType"))
    states = {"completed": "finished", "discharged": "finished", "on_hold": "onleave"}
    shape.renamed(held, "status", **states, discontinued="cancelled")
    drop(held, "subjectStatus", "careTeam", "virtualService", "plannedStartDate")
    drop(held, "plannedEndDate", "dietPreference", "specialArrangement")


def _procedure(held: Held) -> None:
    shape.move_choice(held, "occurrence", "performed")
    shape.reasons(held)
    shape.concept_of(held, "complication")
    move(held, "reportedReference", "asserter")
    shape.reasons(held, "used")
    drop(held, "recorded", "focus", "reportedBoolean", "supportingInfo")


def _report(held: Held) -> None:
    move(held, "study", "imagingStudy")
    drop(held, "supportingInfo", "composition", "note")


def _document(held: Held) -> None:
    context: Held = {}
    visits = shape.dicts(held.pop("context", []))
    if visits:
        context["encounter"] = visits
    shape.concept_of(held, "event")
    for key in ("event", "period", "facilityType", "practiceSetting"):
        if key in held:
            context[key] = held.pop(key)
    if context:
        held["context"] = context
    contents = []
    for one in shape.dicts(held.get("content", [])):
        profiles = shape.dicts(one.pop("profile", []))
        if profiles and isinstance(profiles[0].get("valueCoding"), dict):
            one["format"] = profiles[0]["valueCoding"]
        contents.append(one)
    if contents:
        held["content"] = contents
    drop(held, "attester", "modality", "bodySite", "version", "basedOn")


def _order(held: Held) -> None:
    shape.concept_of(held, "code")
    shape.reasons(held)
    drop(held, "location", "focus", "bodyStructure", "supportingInfo")
    drop(held, "patientInstruction")


def _plan(held: Held) -> None:
    shape.reference_of(held, "addresses")
    move(held, "custodian", "author")
    doings = []
    for one in shape.dicts(held.get("activity", [])):
        move(one, "plannedActivityReference", "reference")
        drop(one, "performedActivity")
        doings.append(one)
    if doings:
        held["activity"] = doings


def _team(held: Held) -> None:
    drop(held, "reason")
    people = []
    for one in shape.dicts(held.get("participant", [])):
        shape.listed(one, "role")
        move(one, "coveragePeriod", "period")
        drop(one, "coverageTiming")
        people.append(one)
    if people:
        held["participant"] = people


def _device_use(held: Held) -> None:
    held["resourceType"] = "DeviceUseStatement"
    move(held, "patient", "subject")
    shape.reference_of(held, "device")
    shape.reasons(held)
    move(held, "informationSource", "source")
    shape.renamed(held, "status", not_done="stopped")
    drop(held, "category", "usageStatus", "usageReason", "adherence", "context")
    drop(held, "dateAsserted", "bodySite")


def _medication(held: Held) -> None:
    move(held, "doseForm", "form")
    move(held, "marketingAuthorizationHolder", "manufacturer")
    parts = []
    for one in shape.dicts(held.get("ingredient", [])):
        shape.either(one, "item")
        move(one, "strengthRatio", "strength")
        drop(one, "strengthCodeableConcept", "strengthQuantity")
        parts.append(one)
    if parts:
        held["ingredient"] = parts
    drop(held, "totalVolume", "definition")


def _as_it_is(_held: Held) -> None:
    """R4 has the same elements."""


MAPPED: dict[str, Callable[[Held], None]] = {
    "AllergyIntolerance": _allergy,
    "CarePlan": _plan,
    "CareTeam": _team,
    "Condition": _condition,
    "DeviceUsage": _device_use,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "Encounter": _encounter,
    "Immunization": _immunization,
    "Medication": _medication,
    "MedicationAdministration": _administered,
    "MedicationDispense": _dispensed,
    "MedicationRequest": _prescription,
    "MedicationStatement": _taken,
    "Observation": _observation,
    "Procedure": _procedure,
    "ServiceRequest": _order,
    **dict.fromkeys(
        (
            "Patient",
            "Organization",
            "Practitioner",
            "Location",
            "RelatedPerson",
            "Flag",
            "Goal",
            "Specimen",
            "FamilyMemberHistory",
            "OperationOutcome",
        ),
        _as_it_is,
    ),
}
"""R5 type to what makes R4 of it; what is not here is kept as it is."""
