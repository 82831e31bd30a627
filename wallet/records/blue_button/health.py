"""What somebody has and is given: medicines, allergies, conditions, vaccines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.blue_button.fields import date, dated, noted

if TYPE_CHECKING:
    from wallet.records.blue_button.syntax import Entry

Json = dict[str, Any]


def medicine(entry: Entry, _group: Entry | None, source: str) -> Json:
    """A medicine that is taken, or was."""
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
    return noted(found, entry)


def allergy(entry: Entry, _group: Entry | None, source: str) -> Json:
    """An allergy."""
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
    return noted(dated(found, "recordedDate", entry, *dates), entry, "Treatment")


def condition(entry: Entry, _group: Entry | None, source: str) -> Json:
    """A condition or a medical event."""
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
    found = dated(found, "onsetDateTime", entry, *starts)
    found = dated(found, "abatementDateTime", entry, *ends)
    found = dated(found, "recordedDate", entry, "Date/Time Entered")
    return noted(found, entry, "Response")


def vaccine(entry: Entry, _group: Entry | None, source: str) -> Json:
    """A vaccination."""
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
    return noted(found, entry)


def device(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """A device in the body."""
    name = entry.get("Device Name") or "Device"
    found: Json = {
        "resourceType": "DeviceUseStatement",
        "status": "active",
        "device": {"display": name},
        "bodySite": {"text": name},
    }
    when = date(entry.get("Date Implanted"))
    return {**found, "timingDateTime": when} if when else found
