"""The records of an export as lines for people: kinds in a fixed order, newest first.

The page, the printed summary and the clinical document all show the same lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from wallet.exports.facts import Facts, facts, spoken_date, words
from wallet.exports.naming import ADDRESS_BOOK
from wallet.exports.trimming import GATHERING, Extent
from wallet.records.fhir.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable
    from wallet.records.fhir.facts import Names

KINDS = {
    "allergy": "Allergies",
    "condition": "Conditions",
    "medicine": "Medicines",
    "vaccine": "Vaccines",
    "test": "Tests",
    "vital": "Measurements",
    "visit": "Visits",
    "procedure": "Procedures",
    "document": "Letters and documents",
    "imaging": "Pictures",
    "care_plan": "Care plans",
    "care_team": "Care team",
    "goal": "Goals",
    "device": "Devices",
    "social": "Habits and living",
    "family": "Family",
    "coverage": "Insurance",
    "other": "Other",
}
"""What each kind is called, in the order in which they stand."""

_NOT_SHOWN = frozenset({"person"})
PATIENT_ENTERED = frozenset({"PATAST", "PATRPT"})
"""Codes of `meta.tag` or `meta.security` that mark what a patient wrote."""


@dataclass(frozen=True, slots=True)
class Band:
    """A number beside the range that its own laboratory calls usual, in one unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One record as people read it.

    ``own`` where the patient wrote it, ``urgent`` where it says itself that it may
    endanger a life, ``band`` where a number has a range with two ends.
    """

    kind: str
    facts: Facts
    own: bool = False
    urgent: bool = False
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the records are about, as far as they say."""

    name: str = ""
    born: str = ""
    sex: str = ""
    contacts: tuple[str, ...] = ()


def lines_of(records: Iterable[Shareable], naming: Naming) -> tuple[Person, list[Line]]:
    """Everything there is to show, newest first, and whom it is about."""
    person = Person()
    lines: list[Line] = []
    medicines = naming.medicines()
    for record in records:
        resource = naming.trimmed(record)
        if record.rtype == "Patient":
            person = person if person.name else person_of(resource)
        elif is_shown(record, naming.extent):
            lines.append(line_of(record, resource, naming.extent, medicines))
    lines.sort(key=attrgetter("facts.what"))
    lines.sort(key=attrgetter("facts.when"), reverse=True)
    return person, lines


def is_shown(record: Shareable, extent: Extent) -> bool:
    """Whether a record has a line of its own."""
    return not (
        record.category in _NOT_SHOWN
        or record.rtype in ADDRESS_BOOK
        or (extent is Extent.SCOPED and record.rtype in GATHERING)
    )


def line_of(
    record: Shareable, resource: dict[str, Any], extent: Extent, medicines: Names
) -> Line:
    """One record as a line.

    The title may have come from a reason, a text or a medicine that was held back, the
    name of the file from anything: a chosen part makes both anew.
    """
    kind = record.category if record.category in KINDS else "other"
    whole = extent is Extent.WHOLE
    title = record.title if whole else facts_of(resource, medicines).title
    place = record.source_name if whole else ""
    return Line(
        kind,
        facts(resource, title=title, place=place),
        own=_is_own(resource),
        urgent=resource.get("criticality") == "high",
        band=_band(resource),
    )


def person_of(patient: dict[str, Any]) -> Person:
    """Name, date of birth, sex and whom to call."""
    names = patient.get("name")
    first = names[0] if isinstance(names, list) and names else None
    born, sex = patient.get("birthDate"), patient.get("gender")
    return Person(
        name=words(first),
        born=spoken_date(born) if isinstance(born, str) else "",
        sex=sex if isinstance(sex, str) else "",
        contacts=tuple(_contacts(patient)),
    )


def _contacts(patient: dict[str, Any]) -> Iterable[str]:
    held = patient.get("contact")
    for one in held if isinstance(held, list) else ():
        if not isinstance(one, dict):
            continue
        numbers = one.get("telecom")
        said = [
            str(number.get("value"))
            for number in (numbers if isinstance(numbers, list) else ())
            if isinstance(number, dict) and number.get("value")
        ]
        name, who = words(one.get("name")), words(one.get("relationship"))
        parts = [f"{name} ({who})" if name and who else name or who, *said]
        if any(parts):
            yield ", ".join(filter(None, parts))


def _is_own(resource: dict[str, Any]) -> bool:
    meta = resource.get("meta")
    marks: list[Any] = []
    for key in ("tag", "security"):
        held = meta.get(key) if isinstance(meta, dict) else None
        marks += held if isinstance(held, list) else []
    return any(
        isinstance(one, dict) and one.get("code") in PATIENT_ENTERED for one in marks
    )


def _band(resource: dict[str, Any]) -> Band | None:
    ranges = resource.get("referenceRange")
    first = ranges[0] if isinstance(ranges, list) and ranges else None
    if not isinstance(first, dict):
        return None
    held = [resource.get("valueQuantity"), first.get("low"), first.get("high")]
    if isinstance(held[0], dict) and held[0].get("comparator"):
        return None
    numbers = [_number(one) for one in held]
    units = {
        one.get("unit") or one.get("code") for one in held if isinstance(one, dict)
    }
    value, low, high = numbers
    if value is None or low is None or high is None or len(units) > 1 or low >= high:
        return None
    return Band(value, low, high)


def _number(held: object) -> float | None:
    if not isinstance(held, dict):
        return None
    try:
        found = float(str(held.get("value")))
    except ValueError:
        return None
    return found if isfinite(found) else None
