"""What a record says beyond its title, day, result and place: rows for its page.

Reads any FHIR R4 resource with care: what is not there or not as expected is left out,
never guessed. Every row is a name in our words and what the record says; codes without
words are not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.patient.particulars import administration, care, findings
from wallet.actions.patient.particulars.values import is_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.actions.patient.particulars.values import Json, Row

MOST_ROWS = 30
_MOST_LETTERS = 1_000


def particulars(resource: dict[str, Json]) -> tuple[Row, ...]:
    """The rows of one resource, each name once for the same words.

    >>> particulars({"resourceType": "Immunization", "lotNumber": "AAJN11K"})
    (('Lot number', 'AAJN11K'),)
    """
    read = _READERS.get(str(resource.get("resourceType")), _nothing)
    rows = ((name, _plain(said)) for name, said in read(resource))
    kept = dict.fromkeys(row for row in rows if row[1] and not is_code(row[1]))
    return tuple(kept)[:MOST_ROWS]


def _plain(said: str) -> str:
    return " ".join(said.replace("\\n", " ").split())[:_MOST_LETTERS]


def _nothing(_resource: dict[str, Json]) -> Iterator[Row]:
    return iter(())


_READERS: dict[str, Callable[[dict[str, Json]], Iterator[Row]]] = {
    "Patient": administration.patient,
    "AllergyIntolerance": findings.allergy,
    "Condition": findings.condition,
    "Immunization": findings.vaccine,
    "Procedure": findings.procedure,
    "DiagnosticReport": findings.report,
    "Observation": findings.report,
    "CarePlan": care.plan,
    "CareTeam": care.team,
    "Goal": care.goal,
    "Device": administration.device,
    "FamilyMemberHistory": findings.family,
    "QuestionnaireResponse": findings.answers,
    "Specimen": findings.sample,
    **dict.fromkeys(("Encounter", "Appointment"), findings.visit),
    **dict.fromkeys(("ImagingStudy", "Media", "BodyStructure"), findings.imaging),
    **dict.fromkeys(("ServiceRequest", "DeviceRequest", "NutritionOrder"), care.order),
    **dict.fromkeys(
        ("Coverage", "Claim", "ExplanationOfBenefit"), administration.coverage
    ),
    **dict.fromkeys(
        ("DocumentReference", "Composition", "Communication", "Consent"),
        administration.document,
    ),
    **dict.fromkeys(
        ("Practitioner", "PractitionerRole", "Organization", "Location"),
        administration.staff,
    ),
    "RelatedPerson": administration.staff,
    **dict.fromkeys(
        ("MedicationRequest", "MedicationStatement", "MedicationDispense"),
        care.medicine,
    ),
    **dict.fromkeys(("MedicationAdministration", "Medication"), care.medicine),
}
