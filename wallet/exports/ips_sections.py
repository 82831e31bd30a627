"""The sections of an International Patient Summary, and which record stands in which.

Codes and order of HL7's IPS 1.1.0, Composition-uv-ips. Of results and measurements a
summary has the newest of each kind; what its source took back is in no section.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.exports.dress import LeftOut, Why, left_out
from wallet.exports.facts import facts
from wallet.exports.naming import ADDRESS_BOOK, parse_body
from wallet.exports.trimming import GATHERING, Extent

if TYPE_CHECKING:
    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

Json = Any
FOLLOWERS = ADDRESS_BOOK | {"Device", "Medication", "Specimen"}
"""Types that are in a summary only where an entry of it names them."""
_NEWEST = 3
_ERROR = "entered-in-error"
_PREGNANCY = frozenset(
    {"82810-3", "11636-8", "11637-6", "11638-4", "11639-2", "11640-0", "11612-9"}
    | {"11613-7", "11614-5", "33065-4", "11778-8", "11779-6", "11780-4"}
)


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its LOINC code, what LOINC calls it, what a reader reads.

    ``nothing`` is the code that says that nothing is known, for those that no summary
    may be without.
    """

    name: str
    code: str
    display: str
    title: str
    nothing: str = ""


SECTIONS = (
    Section(
        "medicines",
        "10160-0",
        "History of Medication use Narrative",
        "Medicines",
        "no-medication-info",
    ),
    Section(
        "allergies",
        "48765-2",
        "Allergies and adverse reactions Document",
        "Allergies",
        "no-allergy-info",
    ),
    Section(
        "problems", "11450-4", "Problem list - Reported", "Problems", "no-problem-info"
    ),
    Section("procedures", "47519-4", "History of Procedures Document", "Procedures"),
    Section(
        "vaccines", "11369-6", "History of Immunization Narrative", "Immunizations"
    ),
    Section("devices", "46264-8", "History of medical device use", "Devices"),
    Section(
        "results",
        "30954-2",
        "Relevant diagnostic tests/laboratory data Narrative",
        "Results",
    ),
    Section("vitals", "8716-3", "Vital signs", "Vital signs"),
    Section("past", "11348-0", "History of Past illness Narrative", "Past illnesses"),
    Section("plans", "18776-5", "Plan of care note", "Plans of care"),
    Section("social", "29762-2", "Social history Narrative", "Habits and living"),
    Section("pregnancy", "10162-6", "History of pregnancies Narrative", "Pregnancies"),
    Section("directives", "42348-3", "Advance directives", "Advance directives"),
)
_BY_TYPE = {
    "AllergyIntolerance": "allergies",
    "CarePlan": "plans",
    "DeviceUseStatement": "devices",
    "DiagnosticReport": "results",
    "Immunization": "vaccines",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "Procedure": "procedures",
}
_BY_CATEGORY = {
    "imaging": "results",
    "social": "social",
    "test": "results",
    "vital": "vitals",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Which records are in which section, and which are not in the summary.

    ``behind`` are the ids of all that is in no section and follows nothing.
    """

    section_of: dict[bytes, str]
    behind: frozenset[bytes]
    left_out: tuple[LeftOut, ...]


def placed(chosen: Selection, naming: Naming) -> Placed:
    """Put each record in its section; reads every body once."""
    section_of: dict[bytes, str] = {}
    missing: dict[bytes, LeftOut] = {}
    counted: dict[tuple[str, str], list[Shareable]] = defaultdict(list)
    for record in chosen.records:
        if record.rtype in FOLLOWERS or record.rtype == "Patient":
            if record.rtype == "Patient" and naming.of(record) != naming.patient_name:
                missing[record.record_id] = left_out(record, Why.SECOND_PERSON)
            continue
        name, why = _section(record, chosen.extent)
        if name:
            section_of[record.record_id] = name
            if name in ("results", "vitals"):
                counted[name, record.title.casefold()].append(_head(record))
        else:
            missing[record.record_id] = left_out(record, why)
    for same in counted.values():
        same.sort(key=lambda one: one.start.timestamp() if one.start else 0.0)
        for record in same[:-_NEWEST]:
            del section_of[record.record_id]
            missing[record.record_id] = left_out(record, Why.OLDER)
    return Placed(
        section_of=section_of,
        behind=frozenset(missing),
        left_out=tuple(missing.values()),
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """What is remembered of a record until it is known whether it is of the newest."""

    record_id: bytes
    rtype: str
    title: str
    start: Any


def _head(record: Shareable) -> Any:  # noqa: ANN401 as much of a record as is needed
    return _Head(record.record_id, record.rtype, record.title, record.start)


def _section(record: Shareable, extent: Extent) -> tuple[str, Why]:
    """The section of a record, or an empty name and why it has none."""
    if extent is Extent.SCOPED and record.rtype in GATHERING:
        return "", Why.GATHERS
    resource = parse_body(record.body)
    if _ERROR in _statuses(resource):
        return "", Why.TAKEN_BACK
    name = _BY_TYPE.get(record.rtype, "")
    if record.rtype == "Condition":
        ongoing = facts(resource, title=record.title, place="").ongoing
        name = "problems" if ongoing else "past"
    elif record.rtype == "Observation":
        expecting = _codes(resource.get("code")) & _PREGNANCY
        by_category = _BY_CATEGORY.get(record.category, "")
        name = "pregnancy" if expecting else by_category
    elif record.rtype == "Consent" and "adr" in _codes(resource.get("scope")):
        name = "directives"
    return name, Why.NO_PLACE


def _statuses(resource: dict[str, Json]) -> set[str]:
    status = resource.get("status")
    found = _codes(resource.get("verificationStatus"))
    return found | ({status} if isinstance(status, str) else set())


def _codes(concept: Json) -> set[str]:
    coding = concept.get("coding") if isinstance(concept, dict) else None
    return {
        str(one.get("code"))
        for one in (coding if isinstance(coding, list) else [])
        if isinstance(one, dict)
    }
