"""Blue Button text as FHIR R4: medicines, allergies, conditions, vaccines, results.

A section that is not known, and one without entries, becomes a document with its own
words, so that everything can be read and found.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from wallet.records.blue_button import administration, health, results
from wallet.records.blue_button.syntax import sections
from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.blue_button.syntax import Entry, Section
    from wallet.records.reader import Given

Json = dict[str, Any]

VERSION = 1
_NOTHING = "No information was available"


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    return Document(given, form="blue-button", version=VERSION, parse=parse)


def parse(data: bytes, _given: Given) -> Iterator[Derived]:
    """A record of every entry, and one of every section that has none."""
    for section in sections(data):
        kinds = _kinds(section)
        found = list(section.entries(frozenset(kinds))) if kinds else []
        source = "You" if section.by_patient else _by(section)
        group: Entry | None = None
        for entry in found:
            if entry.start == "Lab Test":
                group = entry
            resource = kinds[entry.start](entry, group, source)
            words = " ".join([*entry.fields.values(), *entry.text])
            place = f"line {entry.number} {section.name}"
            yield Derived(place, resource, words=words)
        if not found and section.said and _NOTHING not in section.said:
            yield _whole(section)


def _by(section: Section) -> str:
    for line in section.lines[:6]:
        if line.startswith("Source:"):
            return line.partition(":")[2].strip()
    return ""


def _kinds(section: Section) -> dict[str, Callable[..., Json]]:
    name = section.name.upper()
    for words, kinds in _SECTIONS:
        if words in name:
            return kinds
    return {}


def _whole(section: Section) -> Derived:
    title = section.name.title().replace("Va ", "VA ").replace("Dod", "DoD")
    data = base64.b64encode(section.said.encode()).decode()
    attachment = {"contentType": "text/plain; charset=utf-8", "data": data}
    resource = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"text": title or "About this file"},
        "content": [{"attachment": attachment}],
    }
    place = f"line {section.number + 1} {section.name}".strip()
    return Derived(place, resource, cause=Cause.UNKNOWN_TYPE)


_SECTIONS: tuple[tuple[str, dict[str, Callable[..., Json]]], ...] = (
    ("SELF REPORTED DEMOGRAPHIC", {"First Name": administration.person}),
    # "Name" stands there for next of kin and guardians too.
    ("VA DEMOGRAPHIC", {"First Name": administration.person}),
    ("DEMOGRAPHIC", {"Name": administration.person}),
    ("MEDICATION", {"Medication": health.medicine}),
    ("DRUGS", {"Drug Name": health.medicine}),
    ("ALLERG", {"Allergy Name": health.allergy}),
    ("PROBLEM LIST", {"Problem": health.condition}),
    ("MEDICAL CONDITION", {"Condition Name": health.condition}),
    ("MEDICAL EVENT", {"Medical Event": health.condition}),
    (
        "IMMUNIZATION",
        {"Immunization": health.vaccine, "Immunization Name": health.vaccine},
    ),
    ("LABORATORY RESULTS", {"Lab Test": results.panel, "Test Name": results.result}),
    ("LABS AND TESTS", {"Test Name": results.result, "Test/Lab Type": results.result}),
    ("PATHOLOGY", {"Type of Report": results.examined}),
    ("RADIOLOGY", {"Procedure/Test Name": results.examined}),
    ("ELECTROCARDIOGRAM", {"Procedure/Test Name": results.examined}),
    (
        "VITAL",
        {
            "Vital Sign": results.vital,
            "Measurement Type": results.vital,
            "Vital Statistic Type": results.vital,
        },
    ),
    ("ADMISSIONS", {"Admission Date": administration.stay}),
    ("VA NOTES", {"Date/Time": administration.note}),
    ("APPOINTMENT", {"Date/Time": administration.appointment}),
    ("IMPLANTABLE", {"Device Name": health.device}),
    ("HEALTH INSURANCE", {"Health Insurance Company": administration.insurance}),
    ("PLANS", {"Contract ID/Plan ID": administration.insurance}),
)
