"""Whose a record is, said so that a reader's program can follow it.

A dress is about one person. A source may name her by number or by name alone, or leave
her out where everything was hers anyway; in a dress each record leads to its one
Patient. Also here: what is said of her birth stands at her birth date.

Source: FHIR R4 Reference, "logical references"; extension ``patient-birthTime``.
"""

from __future__ import annotations

from typing import Any

from wallet.records.fhir.elements import elements_of

Json = Any
_NAMES_HER = ("subject", "patient")
_HERS = frozenset({"DiagnosticReport", "DocumentReference", "Encounter", "Observation"})
"""Types that R4 lets leave out the person, and that are nobody else's in a wallet."""
_BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"


def with_person(resource: dict[str, Json], person: str) -> dict[str, Json]:
    """The resource with a reference to *person* where it has none to anybody.

    What names somebody of another type, or leads somewhere, stays as it is.
    """
    rtype = str(resource.get("resourceType"))
    for key in _NAMES_HER:
        element = elements_of(rtype).get(key)
        if element is None or element.many or "Patient" not in element.targets:
            continue
        held = resource.get(key)
        if held is None and rtype in _HERS:
            return {**resource, key: {"reference": person}}
        if isinstance(held, dict) and _is_unlinked(held):
            return {**resource, key: {**held, "reference": person}}
    return resource


def _is_unlinked(reference: dict[str, Json]) -> bool:
    return (
        "reference" not in reference
        and reference.get("type", "Patient") == "Patient"
        and ("identifier" in reference or "display" in reference)
    )


def born(patient: dict[str, Json]) -> dict[str, Json]:
    """A Patient whose time of birth stands where the release has a place for it."""
    extensions = patient.get("extension")
    held = extensions if isinstance(extensions, list) else []
    times = [one for one in held if _is_birth_time(one)]
    if not times:
        return patient
    rest = [one for one in held if not _is_birth_time(one)]
    moved = {key: value for key, value in patient.items() if key != "extension"}
    if rest:
        moved["extension"] = rest
    beside = patient.get("_birthDate")
    beside = beside if isinstance(beside, dict) else {}
    there = beside.get("extension")
    there = there if isinstance(there, list) else []
    if not any(_is_birth_time(one) for one in there):
        there = [*there, *times[:1]]
    return {**moved, "_birthDate": {**beside, "extension": there}}


def _is_birth_time(extension: Json) -> bool:
    return isinstance(extension, dict) and extension.get("url") == _BIRTH_TIME
