"""What somebody needs who finds the patient and knows nothing, from the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.facts import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.exports.lines import Line, Person
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

Json = Any

_BLOOD_GROUPS = frozenset({"882-1", "883-9", "10331-7"})
"""LOINC: ABO and Rh group, ABO group, Rh group."""


def emergency_facts(
    person: Person,
    lines: Iterable[Line],
    records: Iterable[Shareable],
    naming: Naming,
) -> list[tuple[str, str]]:
    """What it is and what the records say; nothing that they do not."""
    said = []
    severe = dict.fromkeys(
        line.facts.what
        for line in lines
        if line.kind == "allergy" and line.urgent and line.facts.ongoing
    )
    if severe:
        said.append(("Dangerous allergy", ", ".join(severe)))
    groups = dict.fromkeys(_blood_groups(records, naming))
    if groups:
        said.append(("Blood group, as recorded", ", ".join(groups)))
    implants = dict.fromkeys(line.facts.what for line in lines if line.kind == "device")
    if implants:
        said.append(("Devices", ", ".join(implants)))
    if person.contacts:
        said.append(("Whom to call", "; ".join(person.contacts)))
    return said


def _blood_groups(records: Iterable[Shareable], naming: Naming) -> Iterable[str]:
    for record in records:
        if record.rtype == "Observation" and any(
            code.encode() in record.body for code in _BLOOD_GROUPS
        ):
            resource = naming.trimmed(record)
            code = resource.get("code")
            codings = code.get("coding") if isinstance(code, dict) else None
            found = {
                str(one.get("code"))
                for one in (codings if isinstance(codings, list) else ())
                if isinstance(one, dict)
            }
            value = words(resource.get("valueCodeableConcept"))
            value = value or words(resource.get("valueString"))
            if found & _BLOOD_GROUPS and value:
                yield value
