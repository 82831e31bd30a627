"""The small FHIR R4 pieces every resource here is made of, with text in plain words.

Codes of LOINC, ICD-10-CM, CVX and RxNorm (ingredients) stand without the display of
their owners: what a person reads is the ``text`` beside them, written for this world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.actions.demo_world.world import Resource, World

LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"

MENTAL_HEALTH = "MH"
ALCOHOL_AND_DRUGS = "SUD"
PART_2 = "42CFRPart2"
_ACT_CODE = _TERMINOLOGY + "v3-ActCode"
_CONFIDENTIALITY = _TERMINOLOGY + "v3-Confidentiality"


def start(
    world: World, rtype: str, *place: object, labels: tuple[str, ...] = ()
) -> Resource:
    """A resource with its type, its id and, where it is sensitive, its labels."""
    made: Resource = {"resourceType": rtype, "id": world.identity(rtype, *place)}
    if labels:
        made["meta"] = {"security": _security(labels)}
    return made


def refer(world: World, rtype: str, *place: object, display: str = "") -> Resource:
    """A reference to the resource `start` makes for the same *place*."""
    made = {"reference": f"{rtype}/{world.identity(rtype, *place)}"}
    return {**made, "display": display} if display else made


def patient(world: World) -> Resource:
    """The reference to the one patient."""
    return refer(world, "Patient", "maya")


def concept(system: str, code: str, text: str) -> Resource:
    """A code and the plain words a person reads."""
    return {"coding": [{"system": system, "code": code}], "text": text}


def term(system: str, code: str) -> Resource:
    """A code of one of HL7's own small code systems."""
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code}]}


def quantity(value: float, unit: str, ucum: str | None = None) -> Resource:
    """A measured amount; whole numbers are written without a point."""
    plain = int(value) if value == int(value) else value
    return {
        "value": plain,
        "unit": unit,
        "system": UCUM,
        "code": ucum or unit,
    }


def _security(labels: tuple[str, ...]) -> list[Resource]:
    """Restricted, and why (HL7 v3 Confidentiality and ActCode)."""
    reasons = [{"system": _ACT_CODE, "code": label} for label in labels]
    return [{"system": _CONFIDENTIALITY, "code": "R"}, *reasons]
