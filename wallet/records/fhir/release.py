"""Which FHIR release a resource is written in, from what only that release allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.resource_types import CATEGORY

if TYPE_CHECKING:
    from collections.abc import Iterable

DSTU2, STU3, R5 = "DSTU2", "STU3", "R5"
_FEW = 20
_TYPES_OF = {
    DSTU2: "MedicationOrder DiagnosticOrder Conformance DeviceUseRequest",
    STU3: "ProcedureRequest ReferralRequest ProcessRequest ProcessResponse BodySite "
    "Sequence ServiceDefinition DataElement DeviceComponent EligibilityRequest "
    "EligibilityResponse ImagingManifest ExpansionProfile",
    R5: "ActorDefinition AdministrableProductDefinition ArtifactAssessment "
    "BiologicallyDerivedProductDispense Citation ClinicalUseDefinition "
    "ConditionDefinition DeviceAssociation DeviceDispense DeviceUsage "
    "EncounterHistory EvidenceReport FormularyItem GenomicStudy ImagingSelection "
    "Ingredient InventoryItem InventoryReport ManufacturedItemDefinition "
    "MedicinalProductDefinition MolecularDefinition NutritionIntake "
    "NutritionProduct PackagedProductDefinition Permission RegulatedAuthorization "
    "RequestOrchestration Requirements SubscriptionStatus SubscriptionTopic "
    "SubstanceDefinition TestPlan Transport",
}
_OTHER_TYPES = {
    rtype: release for release, types in _TYPES_OF.items() for rtype in types.split()
}


def release_of(resource: dict[str, Any]) -> str | None:
    """Name the release if something says so; None where nothing does.

    Every test is for an element that R4 does not have, or has in another shape, so
    a good R4 resource is never sent away.
    """
    rtype = resource["resourceType"]
    if rtype not in CATEGORY:
        return _OTHER_TYPES.get(rtype)
    test = _TESTS.get(rtype)
    return test(resource) if test else None


def release_of_all(resources: Iterable[dict[str, Any]]) -> str | None:
    """The release of a whole file, where its resources show it; else None.

    Many resources look alike in every release, so a few that do not speak for all;
    a single slip in a good R4 file does not.
    """
    seen: Counter[str] = Counter()
    total = good = 0
    for resource in resources:
        total += 1
        found = release_of(resource)
        seen.update([found] if found else [])
        good += isinstance(resource.get("clinicalStatus"), dict) and found is None
    marked = seen.total()
    if marked * _FEW < total or marked <= good:
        return None
    return seen.most_common(1)[0][0]


def _condition(held: dict[str, Any]) -> str | None:
    if "dateRecorded" in held or ("patient" in held and "subject" not in held):
        return DSTU2
    if "participant" in held:
        return R5
    return STU3 if isinstance(held.get("clinicalStatus"), str) else None


def _observation(held: dict[str, Any]) -> str | None:
    if "comments" in held or isinstance(held.get("category"), dict):
        return DSTU2
    if "comment" in held or "context" in held or "related" in held:
        return STU3
    return R5 if "triggeredBy" in held or "instantiatesReference" in held else None


def _allergy(held: dict[str, Any]) -> str | None:
    if "substance" in held or isinstance(held.get("category"), str):
        return DSTU2
    if isinstance(held.get("clinicalStatus"), str) or "assertedDate" in held:
        return STU3
    return R5 if "participant" in held or isinstance(held.get("type"), dict) else None


def _immunization(held: dict[str, Any]) -> str | None:
    if "wasNotGiven" in held or "reported" in held:
        return DSTU2
    if "notGiven" in held or "date" in held:
        return STU3
    return R5 if "informationSource" in held or "basedOn" in held else None


def _encounter(held: dict[str, Any]) -> str | None:
    if isinstance(held.get("class"), str) or "patient" in held:
        return DSTU2
    if "incomingReferral" in held:
        return STU3
    listed = isinstance(held.get("class"), list) or "actualPeriod" in held
    return R5 if listed or "admission" in held else None


def _medication(held: dict[str, Any]) -> str | None:
    old = ("wasNotTaken", "wasNotGiven", "dosageAdministered", "patient")
    if any(key in held for key in old):
        return DSTU2
    if "taken" in held or (
        isinstance(held.get("requester"), dict) and ("agent" in held["requester"])
    ):
        return STU3
    return R5 if "medication" in held else None


def _procedure(held: dict[str, Any]) -> str | None:
    if "notPerformed" in held:
        return DSTU2
    if "notDone" in held or "context" in held:
        return STU3
    return R5 if any(key.startswith("occurrence") for key in held) else None


def _report(held: dict[str, Any]) -> str | None:
    if isinstance(held.get("performer"), dict):
        return DSTU2
    if "codedDiagnosis" in held or "context" in held or "image" in held:
        return STU3
    return R5 if "supportingInfo" in held or "composition" in held else None


def _person(held: dict[str, Any]) -> str | None:
    names = held.get("name")
    listed = [
        isinstance(name, dict) and isinstance(name.get("family"), list)
        for name in (names if isinstance(names, list) else [names])
    ]
    if any(listed) or "careProvider" in held or "practitionerRole" in held:
        return DSTU2
    return STU3 if "animal" in held else None


def _goal(held: dict[str, Any]) -> str | None:
    if isinstance(held.get("description"), str) or "targetDate" in held:
        return DSTU2
    return STU3 if "status" in held and "lifecycleStatus" not in held else None


def _drug(held: dict[str, Any]) -> str | None:
    if "product" in held:
        return DSTU2
    if "isBrand" in held or "isOverTheCounter" in held:
        return STU3
    return R5 if "doseForm" in held else None


def _order(held: dict[str, Any]) -> str | None:
    code = held.get("code")
    return (
        R5 if isinstance(code, dict) and {"concept", "reference"} & set(code) else None
    )


def _document(held: dict[str, Any]) -> str | None:
    context = held.get("context")
    if isinstance(context, list) or "bodySite" in held or "version" in held:
        return R5
    return STU3 if "indexed" in held or "created" in held or "class" in held else None


def _plan(held: dict[str, Any]) -> str | None:
    if "goal" in held and "subject" not in held and "patient" in held:
        return DSTU2
    return STU3 if "context" in held or "definition" in held else None


_TESTS = {
    "AllergyIntolerance": _allergy,
    "CarePlan": _plan,
    "Condition": _condition,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "Encounter": _encounter,
    "Goal": _goal,
    "Immunization": _immunization,
    "Medication": _drug,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "Observation": _observation,
    "Patient": _person,
    "Practitioner": _person,
    "Procedure": _procedure,
    "ServiceRequest": _order,
}
