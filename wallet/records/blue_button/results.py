"""What was measured and examined: laboratory results, vital signs, reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.blue_button.fields import dated, noted, with_text
from wallet.records.hl7v2.values import quantity, reference_range

if TYPE_CHECKING:
    from wallet.records.blue_button.syntax import Entry

Json = dict[str, Any]
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_REPORTS = "http://terminology.hl7.org/CodeSystem/v2-0074"
_LOINC = "http://loinc.org"
_MEASURED = re.compile(r"([<>]?=?\s*[-+]?[\d.]+)(?:\s+(\S.*))?")
_PRESSURE = re.compile(r"(\d{2,3})/(\d{2,3})(?:\s.*)?")
_VITALS = {
    "pulse rate": ("8867-4", "Heart rate"),
    "heart rate": ("8867-4", "Heart rate"),
    "respiration": ("9279-1", "Breaths a minute"),
    "temperature": ("8310-5", "Body temperature"),
    "body temperature": ("8310-5", "Body temperature"),
    "height": ("8302-2", "Height"),
    "weight": ("29463-7", "Weight"),
    "body weight": ("29463-7", "Weight"),
    "patient body weight - measured": ("29463-7", "Weight"),
    "pulse oximetry": ("59408-5", "Oxygen in blood"),
}
_BESIDE = frozenset({"Date", "Time", "Date/Time Collected", "Comments", "Location"})


def panel(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """A laboratory report, which has results under it."""
    found: Json = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": entry.get("Lab Test") or "Laboratory report"},
    }
    if who := entry.get("Ordering Location", "Collected Location"):
        found["performer"] = [{"display": who}]
    found = dated(found, "effectiveDateTime", entry, "Date/Time Collected")
    return with_text(found, entry)


def result(entry: Entry, group: Entry | None, source: str) -> Json:
    """One laboratory result; *group* is the report it stands under."""
    name = entry.get("Test Name", "Test/Lab Type")
    unit = {"unit": entry.get("Units")} if entry.get("Units") else {}
    written = entry.get("Result", "Results")
    found: Json = {
        "resourceType": "Observation",
        "status": "final" if entry.get("Status") == "Final" else "unknown",
        "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
        "code": {"text": name or "Test result"},
    }
    measured = _MEASURED.fullmatch(written)
    amount = quantity(measured[1], unit) if measured else None
    if amount is not None:
        found["valueQuantity"] = amount
        if measured and measured[2]:
            found["interpretation"] = [{"text": measured[2]}]
    elif written:
        found["valueString"] = written
    limits = reference_range(entry.get("Reference Range").strip("() "), unit)
    if limits:
        found["referenceRange"] = limits
    who = entry.get("Performing Location", "Administered by", "Location performed")
    if who := who or source:
        found["performer"] = [{"display": who}]
    found = dated(found, "effectiveDateTime", entry, "Date Taken", "Date")
    if group is not None:
        found = dated(found, "effectiveDateTime", group, "Date/Time Collected")
    return noted(found, entry)


def vital(entry: Entry, _group: Entry | None, source: str) -> Json:
    """A vital sign, also one the patient measured."""
    said = entry.get("Vital Sign", "Measurement Type", "Vital Statistic Type")
    code, name = _VITALS.get(said.lower(), ("", said or "Measurement"))
    coding = {"coding": [{"system": _LOINC, "code": code}]} if code else {}
    found: Json = {
        "resourceType": "Observation",
        "status": "unknown",
        "category": [{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}],
        "code": {**coding, "text": name},
    }
    written = entry.get("Measurement", "Reading", said.capitalize(), said.title())
    written = written or next(
        (v for k, v in entry.fields.items() if k not in _BESIDE and v[:1].isdigit()), ""
    )
    pair = (entry.get("Systolic"), entry.get("Diastolic"))
    if all(pair):
        written = "/".join(pair)
    if pressure := _PRESSURE.fullmatch(written):
        found |= _pressure(pressure[1], pressure[2])
    elif measured := _MEASURED.fullmatch(written):
        unit = measured[2] or entry.get("Measure")
        amount = quantity(measured[1], {"unit": unit} if unit else {})
        found |= {"valueQuantity": amount} if amount else {"valueString": written}
    elif written:
        found["valueString"] = written
    if who := entry.get("Location") or source:
        found["performer"] = [{"display": who}]
    dates = ("Date/Time Collected", "Date")
    return noted(dated(found, "effectiveDateTime", entry, *dates), entry)


def _pressure(upper: str, lower: str) -> Json:
    parts = [
        {
            "code": {"coding": [{"system": _LOINC, "code": code}], "text": name},
            "valueQuantity": quantity(value, {"unit": "mmHg"}),
        }
        for code, name, value in (
            ("8480-6", "Upper blood pressure", upper),
            ("8462-4", "Lower blood pressure", lower),
        )
    ]
    coding = [{"system": _LOINC, "code": "85354-9"}]
    return {"code": {"coding": coding, "text": "Blood pressure"}, "component": parts}


def examined(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """A report of an examination: pictures, tissue, a heart trace."""
    imaged = "Radiologist" in entry.fields or "Reasons for Study" in entry.fields
    found: Json = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {
            "text": entry.get("Procedure/Test Name", "Type of Report") or "Report"
        },
    }
    if imaged:
        found["category"] = [{"coding": [{"system": _REPORTS, "code": "RAD"}]}]
    if who := entry.get("Radiologist", "Performing Location", "Ordering Location"):
        found["performer"] = [{"display": who}]
    dates = ("Date/Time Exam Performed", "Date Obtained")
    return with_text(dated(found, "effectiveDateTime", entry, *dates), entry)
