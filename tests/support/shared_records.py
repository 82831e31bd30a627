"""Records as an export takes them, made from the invented patient or by hand."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from wallet.actions.demo_world.files import history

_CATEGORY = {
    "Patient": "person",
    "AllergyIntolerance": "allergy",
    "Condition": "condition",
    "MedicationRequest": "medicine",
    "Encounter": "visit",
    "Immunization": "vaccine",
    "Procedure": "procedure",
    "DiagnosticReport": "test",
    "DocumentReference": "document",
    "CarePlan": "care_plan",
    "CareTeam": "care_team",
    "Goal": "goal",
    "Coverage": "coverage",
}


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The fields an export reads."""

    record_id: bytes
    category: str
    rtype: str
    title: str
    body: bytes
    source_name: str = "Lind Family Practice"
    start: datetime | None = None
    labels: tuple[object, ...] = ()


def shared(resource, *, source_name="Lind Family Practice", title=""):
    """One record around *resource*."""
    rtype = resource["resourceType"]
    category = _CATEGORY.get(rtype, "other")
    if rtype == "Observation":
        codes = json.dumps(resource.get("category", []))
        category = "vital" if "vital-signs" in codes else "test"
    body = json.dumps(resource, sort_keys=True).encode()
    return Shared(
        record_id=hashlib.sha256(body + source_name.encode()).digest()[:16],
        category=category,
        rtype=rtype,
        title=title,
        body=body,
        source_name=source_name,
    )


def maya():
    """Every record of the invented patient, each once."""
    seen = {}
    filed = history(seed="maya", last_day=date(2026, 11, 24))
    for place, resources in filed.items():
        for resource in resources:
            name = (resource["resourceType"], resource["id"])
            seen.setdefault(name, shared(resource, source_name=place))
    return list(seen.values())


def is_labelled(record):
    """Whether the record itself says that it is sensitive."""
    return b'"security"' in record.body
