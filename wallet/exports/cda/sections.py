"""The sections of a Continuity of Care Document, and where each record stands.

Source: C-CDA 2.1, CCD (2.16.840.1.113883.10.20.22.1.2): allergies, medicines, problems,
results, vital signs and social history must be there, empty where nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wallet.exports.cda.item import template
from wallet.exports.cda.markup import Markup
from wallet.exports.cda.values import LOINC, coded, items, text_of

Json = Any

_SECTIONS = "2.16.840.1.113883.10.20.22.2."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: its template, LOINC code and title."""

    key: str
    loinc: str
    display: str
    title: str
    root: str = ""
    release: str = ""
    required: bool = False

    @property
    def templates(self) -> Markup:
        """What the section follows; empty where C-CDA has no rule for it."""
        if not self.root:
            return Markup("")
        return template(f"{_SECTIONS}{self.root}", self.release)

    @property
    def code(self) -> Markup:
        """What kind of section it is."""
        return coded("code", self.loinc, LOINC, self.display)


OTHER = Section(
    key="other",
    loinc="48767-8",
    display="Annotation comment",
    title="Other records, in words only",
)
LAYOUT = (
    Section(
        key="allergies",
        loinc="48765-2",
        display="Allergies and adverse reactions",
        title="Allergies",
        root="6.1",
        release="2015-08-01",
        required=True,
    ),
    Section(
        key="medicines",
        loinc="10160-0",
        display="History of medication use",
        title="Medicines",
        root="1.1",
        release="2014-06-09",
        required=True,
    ),
    Section(
        key="problems",
        loinc="11450-4",
        display="Problem list",
        title="Health conditions",
        root="5.1",
        release="2015-08-01",
        required=True,
    ),
    Section(
        key="vaccines",
        loinc="11369-6",
        display="History of immunizations",
        title="Vaccines",
        root="2.1",
        release="2015-08-01",
    ),
    Section(
        key="results",
        loinc="30954-2",
        display="Relevant diagnostic tests and laboratory data",
        title="Test results",
        root="3.1",
        release="2015-08-01",
        required=True,
    ),
    Section(
        key="vitals",
        loinc="8716-3",
        display="Vital signs",
        title="Measurements",
        root="4.1",
        release="2015-08-01",
        required=True,
    ),
    Section(
        key="procedures",
        loinc="47519-4",
        display="History of procedures",
        title="Procedures",
        root="7.1",
        release="2014-06-09",
    ),
    Section(
        key="visits",
        loinc="46240-8",
        display="History of encounters",
        title="Visits",
        root="22.1",
        release="2015-08-01",
    ),
    Section(
        key="social",
        loinc="29762-2",
        display="Social history",
        title="Habits and living",
        root="17",
        release="2015-08-01",
        required=True,
    ),
    OTHER,
)
_BY_TYPE = {
    "AllergyIntolerance": "allergies",
    "Immunization": "vaccines",
    "Procedure": "procedures",
    "Encounter": "visits",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "MedicationAdministration": "medicines",
    "MedicationDispense": "medicines",
}
_BY_CATEGORY = {"test": "results", "vital": "vitals", "social": "social"}
_IN_ERROR = "entered-in-error"


def section_of(rtype: str, category: str, resource: dict[str, Json]) -> str:
    """The key of the section a record stands in."""
    if resource.get("status") == _IN_ERROR or _is_mistaken(resource):
        return OTHER.key
    if rtype == "Observation":
        return _BY_CATEGORY.get(category, OTHER.key)
    if rtype == "DiagnosticReport":
        return "results" if resource.get("result") else OTHER.key
    if rtype == "Condition":
        return "visits" if _is_of_a_visit(resource) else "problems"
    return _BY_TYPE.get(rtype, OTHER.key)


def _is_of_a_visit(resource: dict[str, Json]) -> bool:
    return any(
        text_of(coding.get("code")) == "encounter-diagnosis"
        for held in items(resource.get("category"))
        for coding in items(held.get("coding"))
    )


def _is_mistaken(resource: dict[str, Json]) -> bool:
    held = resource.get("verificationStatus")
    codings = items(held.get("coding") if isinstance(held, dict) else None)
    return any(one.get("code") == _IN_ERROR for one in codings)
