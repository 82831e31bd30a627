"""Blue Button text as FHIR R4: medicines, allergies, conditions, vaccines, results.

A section that is not known, and one without entries, becomes a document with its own
words, so that everything can be read and found. Dates are American; times have no zone
and are left away.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from wallet.records.blue_button.syntax import sections
from wallet.records.documents import Derived, Document
from wallet.records.hl7v2.values import quantity, reference_range
from wallet.records.receipt import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.blue_button.syntax import Entry, Section
    from wallet.records.reader import Given

Json = dict[str, Any]

VERSION = 1
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_REPORTS = "http://terminology.hl7.org/CodeSystem/v2-0074"
_LOINC = "http://loinc.org"
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WORDED = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}).*")
_NAMED = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}), ?(\d{4}).*")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}).*")
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


def date(written: str) -> str:
    """The day of ``07 Dec 2012 @ 1155``, ``05/01/2007`` or ``Jan 25, 2013``."""
    text = written.strip()
    if found := _WORDED.fullmatch(text):
        day, name, year = found.groups()
    elif found := _NAMED.fullmatch(text):
        name, day, year = found.groups()
    elif found := _SLASHED.fullmatch(text):
        number, day, year = int(found[1]), found[2], found[3]
        name = _MONTHS[number - 1] if 1 <= number <= len(_MONTHS) else ""
    else:
        return ""
    month = _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0
    if not month or not 1 <= int(day) <= 31:  # noqa: PLR2004 days of a month
        return ""
    return f"{year}-{month:02}-{int(day):02}"


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


def _dated(found: Json, key: str, entry: Entry, *names: str) -> Json:
    when = next((d for name in names if (d := date(entry.get(name)))), "")
    return {**found, key: when} if when else found


def _noted(found: Json, entry: Entry, *names: str) -> Json:
    notes = [entry.get(name) for name in (*names, "Comments")]
    said = [{"text": note} for note in notes if note]
    return {**found, "note": said} if said else found


def _medicine(entry: Entry, _group: Entry | None, source: str) -> Json:
    status = entry.get("Status").lower()
    found: Json = {
        "resourceType": "MedicationStatement",
        "status": "active" if status.startswith("active") else "unknown",
        "medicationCodeableConcept": {
            "text": entry.get("Medication", "Drug Name") or "Medicine"
        },
    }
    if how := entry.get("Instructions", "Supply", "Dosage"):
        found["dosage"] = [{"text": how}]
    if who := entry.get("Pharmacy") or source:
        found["informationSource"] = {"display": who}
    start = date(entry.get("Initially Ordered On", "Start Date", "Last Filled On"))
    end = date(entry.get("Stop Date", "End Date"))
    period = {key: day for key, day in (("start", start), ("end", end)) if day}
    if period:
        found["effectivePeriod"] = period
    return _noted(found, entry)


def _allergy(entry: Entry, _group: Entry | None, source: str) -> Json:
    found: Json = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": entry.get("Allergy Name") or "Allergy"},
    }
    severity = entry.get("Severity").lower()
    if reaction := entry.get("Reaction"):
        shown: Json = {"manifestation": [{"text": reaction}]}
        if severity in ("mild", "moderate", "severe"):
            shown["severity"] = severity
        found["reaction"] = [shown]
    if entry.get("Allergy Type", "Type").lower().startswith("drug"):
        found["category"] = ["medication"]
    if who := entry.get("Location") or source:
        found["asserter"] = {"display": who}
    dates = ("Date Entered", "Date", "First Episode Date")
    return _noted(_dated(found, "recordedDate", entry, *dates), entry, "Treatment")


def _condition(entry: Entry, _group: Entry | None, source: str) -> Json:
    found: Json = {
        "resourceType": "Condition",
        "code": {
            "text": entry.get("Problem", "Condition Name", "Medical Event")
            or "Condition"
        },
    }
    if who := entry.get("Provider", "Location") or source:
        found["asserter"] = {"display": who}
    starts = ("Medical Condition Start Date", "Start Date")
    ends = ("Medical Condition End Date", "Stop Date")
    found = _dated(found, "onsetDateTime", entry, *starts)
    found = _dated(found, "abatementDateTime", entry, *ends)
    found = _dated(found, "recordedDate", entry, "Date/Time Entered")
    return _noted(found, entry, "Response")


def _vaccine(entry: Entry, _group: Entry | None, source: str) -> Json:
    found: Json = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {
            "text": entry.get("Immunization", "Immunization Name") or "Vaccine"
        },
    }
    if when := date(entry.get("Date Received", "Date Administered")):
        found["occurrenceDateTime"] = when
    else:
        found["occurrenceString"] = "no date"
    if who := entry.get("Location") or source:
        found["performer"] = [{"actor": {"display": who}}]
    if way := entry.get("Method"):
        found["route"] = {"text": way}
    return _noted(found, entry)


def _panel(entry: Entry, _group: Entry | None, _source: str) -> Json:
    found: Json = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": entry.get("Lab Test") or "Laboratory report"},
    }
    if who := entry.get("Ordering Location", "Collected Location"):
        found["performer"] = [{"display": who}]
    found = _dated(found, "effectiveDateTime", entry, "Date/Time Collected")
    return _with_text(found, entry)


def _result(entry: Entry, group: Entry | None, source: str) -> Json:
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
    found = _dated(found, "effectiveDateTime", entry, "Date Taken", "Date")
    if group is not None:
        found = _dated(found, "effectiveDateTime", group, "Date/Time Collected")
    return _noted(found, entry)


def _vital(entry: Entry, _group: Entry | None, source: str) -> Json:
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
    return _noted(_dated(found, "effectiveDateTime", entry, *dates), entry)


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


def _examined(entry: Entry, _group: Entry | None, _source: str) -> Json:
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
    return _with_text(_dated(found, "effectiveDateTime", entry, *dates), entry)


def _with_text(found: Json, entry: Entry) -> Json:
    text = "\n".join(entry.text).strip()
    if not text:
        return found
    data = base64.b64encode(text.encode()).decode()
    form = {"contentType": "text/plain; charset=utf-8", "data": data}
    return {**found, "presentedForm": [form]}


def _note(entry: Entry, _group: Entry | None, _source: str) -> Json:
    text = "\n".join(entry.text).strip() or " ".join(entry.fields.values())
    data = base64.b64encode(text.encode()).decode()
    attachment = {"contentType": "text/plain; charset=utf-8", "data": data}
    found: Json = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"text": entry.get("Note Title").capitalize() or "Note"},
        "content": [{"attachment": attachment}],
    }
    if who := entry.get("Signed By", "Location"):
        found["author"] = [{"display": who}]
    when = date(entry.get("Date/Time"))
    return {**found, "context": {"period": {"start": when}}} if when else found


def _stay(entry: Entry, _group: Entry | None, _source: str) -> Json:
    system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    found: Json = {
        "resourceType": "Encounter",
        "status": "finished" if entry.get("Discharge Date") else "unknown",
        "class": {"system": system, "code": "IMP"},
        "type": [{"text": "Hospital stay"}],
    }
    period = {
        key: day
        for key, name in (("start", "Admission Date"), ("end", "Discharge Date"))
        if (day := date(entry.get(name)))
    }
    if period:
        found["period"] = period
    if where := entry.get("Location"):
        found["serviceProvider"] = {"display": where}
    if who := entry.get("Admitting Physician"):
        found["participant"] = [{"individual": {"display": who}}]
    return found


def _appointment(entry: Entry, _group: Entry | None, _source: str) -> Json:
    said = entry.get("Status").upper()
    status = "booked" if said == "FUTURE" else "proposed"
    if "CANCEL" in said:
        status = "cancelled"
    elif "NOT KEPT" in said:
        status = "noshow"
    clinic = entry.get("Clinic")
    title = f"Appointment, {entry.get('Location').capitalize()}".rstrip(", ")
    found: Json = {
        "resourceType": "Appointment",
        "status": status,
        "description": title,
        "participant": [{"status": "needs-action", "actor": {"display": clinic}}]
        if clinic
        else [{"status": "needs-action"}],
    }
    when = date(entry.get("Date/Time"))
    # An instant needs a zone, which is not told; the day stands for it.
    return {**found, "requestedPeriod": [{"start": when}]} if when else found


def _device(entry: Entry, _group: Entry | None, _source: str) -> Json:
    name = entry.get("Device Name") or "Device"
    found: Json = {
        "resourceType": "DeviceUseStatement",
        "status": "active",
        "device": {"display": name},
        "bodySite": {"text": name},
    }
    when = date(entry.get("Date Implanted"))
    return {**found, "timingDateTime": when} if when else found


def _person(entry: Entry, _group: Entry | None, _source: str) -> Json:
    found: Json = {"resourceType": "Patient"}
    whole = entry.get("Name")
    given, family = entry.get("First Name"), entry.get("Last Name")
    name = {"given": [given], "family": family} if family else {"text": whole}
    if family or whole:
        found["name"] = [name]
    if born := date(entry.get("Date of Birth")):
        found["birthDate"] = born
    gender = entry.get("Gender").split(" ")[0].lower()
    if gender in ("male", "female"):
        found["gender"] = gender
    return found


def _insurance(entry: Entry, _group: Entry | None, _source: str) -> Json:
    name = entry.get("Health Insurance Company", "Plan Name") or "Insurance"
    found: Json = {
        "resourceType": "Coverage",
        "status": "active",
        "type": {"text": name},
        "payor": [{"display": name}],
    }
    if number := entry.get("ID Number"):
        found["subscriberId"] = number
    start, end = date(entry.get("Start Date")), date(entry.get("Stop Date"))
    period = {key: day for key, day in (("start", start), ("end", end)) if day}
    return {**found, "period": period} if period else found


_SECTIONS: tuple[tuple[str, dict[str, Callable[..., Json]]], ...] = (
    ("SELF REPORTED DEMOGRAPHIC", {"First Name": _person}),
    # "Name" stands there for next of kin and guardians too.
    ("VA DEMOGRAPHIC", {"First Name": _person}),
    ("DEMOGRAPHIC", {"Name": _person}),
    ("MEDICATION", {"Medication": _medicine}),
    ("DRUGS", {"Drug Name": _medicine}),
    ("ALLERG", {"Allergy Name": _allergy}),
    ("PROBLEM LIST", {"Problem": _condition}),
    ("MEDICAL CONDITION", {"Condition Name": _condition}),
    ("MEDICAL EVENT", {"Medical Event": _condition}),
    ("IMMUNIZATION", {"Immunization": _vaccine, "Immunization Name": _vaccine}),
    ("LABORATORY RESULTS", {"Lab Test": _panel, "Test Name": _result}),
    ("LABS AND TESTS", {"Test Name": _result, "Test/Lab Type": _result}),
    ("PATHOLOGY", {"Type of Report": _examined}),
    ("RADIOLOGY", {"Procedure/Test Name": _examined}),
    ("ELECTROCARDIOGRAM", {"Procedure/Test Name": _examined}),
    (
        "VITAL",
        {
            "Vital Sign": _vital,
            "Measurement Type": _vital,
            "Vital Statistic Type": _vital,
        },
    ),
    ("ADMISSIONS", {"Admission Date": _stay}),
    ("VA NOTES", {"Date/Time": _note}),
    ("APPOINTMENT", {"Date/Time": _appointment}),
    ("IMPLANTABLE", {"Device Name": _device}),
    ("HEALTH INSURANCE", {"Health Insurance Company": _insurance}),
    ("PLANS", {"Contract ID/Plan ID": _insurance}),
)
