"""Who the patient is and what was arranged: insurance, visits, notes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from wallet.records.blue_button.fields import date

if TYPE_CHECKING:
    from wallet.records.blue_button.syntax import Entry

Json = dict[str, Any]


def person(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """The patient."""
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


def insurance(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """An insurance."""
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


def appointment(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """An appointment."""
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


def stay(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """A stay in hospital."""
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


def note(entry: Entry, _group: Entry | None, _source: str) -> Json:
    """What somebody wrote down."""
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
