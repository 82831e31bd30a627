"""Open mHealth data points: what watches, scales and apps measured, one by one.

Open mHealth schemas (omh namespace, versions 1 to 4), as data points with a header or
as bodies alone, one, a list, or one a line. A body nobody knows is kept as it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError, check_piece, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.reader import Given

Json = dict[str, Any]

VERSION = 1
_LOINC = "http://loinc.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_MEASURES = {
    "heart_rate": ("Heart rate", "8867-4"),
    "body_weight": ("Weight", "29463-7"),
    "body_height": ("Height", "8302-2"),
    "body_mass_index": ("Body mass index", "39156-5"),
    "body_fat_percentage": ("Body fat", "41982-0"),
    "body_temperature": ("Body temperature", "8310-5"),
    "blood_glucose": ("Blood sugar", "2339-0"),
    "oxygen_saturation": ("Oxygen in blood", "59408-5"),
    "respiratory_rate": ("Breaths a minute", "9279-1"),
    "step_count": ("Steps", "55423-8"),
    "sleep_duration": ("Sleep", "93832-4"),
    "total_sleep_time": ("Sleep", "93832-4"),
    "kcal_burned": ("Energy used", "41981-2"),
    "minutes_moderate_activity": ("Minutes of exercise", ""),
    "pace": ("Pace", ""),
    "rr_interval": ("Time between heartbeats", ""),
    "breath_carbon_monoxide": ("Carbon monoxide in breath", ""),
    "minute_volume": ("Breath in one minute", ""),
    "expiratory_time": ("Time breathing out", ""),
    "inspiratory_time": ("Time breathing in", ""),
    "ventilation_cycle_time": ("Time of one breath", ""),
    "acceleration": ("Acceleration", ""),
}
_UPPER, _LOWER = "systolic_blood_pressure", "diastolic_blood_pressure"
_UNITS = {"beats/min": "/min", "breaths/min": "/min", "steps": "", "count": ""}
_STATISTICS = {
    "average": "Mean", "maximum": "Highest", "minimum": "Lowest", "median": "Median",
    "sum": "Sum", "standard deviation": "Spread",
}  # fmt: skip


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    return Document(given, form="open-mhealth", version=VERSION, parse=parse)


def parse(data: bytes, _given: Given) -> Iterator[Derived]:
    """A record of every data point."""
    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        value = _read(text)
    except FaultError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) == 1:
            raise
        for number, line in enumerate(lines, start=1):
            place = f"line {number}"
            try:
                yield _point(place, _read(line))
            except FaultError as fault:
                yield Derived(place, cause=fault.cause)
        return
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield _point(f"/{number}", one)
    else:
        yield _point("/", value)


def _read(text: str) -> Any:  # noqa: ANN401 JSON
    check_piece(text)
    stripped = text.strip(" \t\r\n")
    return read_whole(stripped, 0, len(stripped))


def _point(place: str, value: object) -> Derived:
    if not isinstance(value, dict):
        return Derived(place, cause=Cause.NOT_A_RECORD)
    header, body = value.get("header"), value.get("body", value)
    header = header if isinstance(header, dict) else {}
    found = _observation(body) if isinstance(body, dict) else None
    if found is None:
        return Derived(place, cause=Cause.UNKNOWN_TYPE)
    given = header.get("id")
    source = header.get("acquisition_provenance")
    name = source.get("source_name") if isinstance(source, dict) else None
    if isinstance(name, str) and name:
        found["device"] = {"display": name}
        found["performer"] = [{"display": name}]
    stable = f"omh|{given}" if isinstance(given, str) and given else ""
    return Derived(place, found, stable=stable)


def _observation(body: Json) -> Json | None:
    found: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}],
    }
    if _UPPER in body and _LOWER in body:
        parts = _pressure(body)
        if parts is None:
            return None
        coding = [{"system": _LOINC, "code": "85354-9"}]
        found["code"] = {"coding": coding, "text": "Blood pressure"}
        found["component"] = parts
    else:
        key = next((key for key in _MEASURES if key in body), "")
        amount = _amount(body.get(key)) if key else None
        if amount is None:
            return None
        title, code = _MEASURES[key]
        coded = {"coding": [{"system": _LOINC, "code": code}]} if code else {}
        found["code"] = {**coded, "text": title}
        found["valueQuantity"] = amount
    return {**found, **_when(body.get("effective_time_frame")), **_notes(body)}


def _pressure(body: Json) -> list[Json] | None:
    upper, lower = _amount(body[_UPPER]), _amount(body[_LOWER])
    if upper is None or lower is None:
        return None
    return [
        {
            "code": {"coding": [{"system": _LOINC, "code": code}], "text": said},
            "valueQuantity": amount,
        }
        for code, said, amount in (
            ("8480-6", "Upper blood pressure", upper),
            ("8462-4", "Lower blood pressure", lower),
        )
    ]


def _amount(held: object) -> Json | None:
    """A unit value; a bare number in older versions; None where it is neither."""
    value: object = held.get("value") if isinstance(held, dict) else held
    unit: object = held.get("unit", "") if isinstance(held, dict) else ""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if not isinstance(unit, str):
        return None
    shown = _UNITS.get(unit, unit)
    return {"value": value, **({"unit": shown} if shown else {})}


def _when(frame: object) -> Json:
    if not isinstance(frame, dict):
        return {}
    moment = frame.get("date_time")
    if isinstance(moment, str):
        return {"effectiveDateTime": moment}
    held = frame.get("time_interval")
    if not isinstance(held, dict):
        return {}
    span: Json = held
    day = span.get("date")
    if isinstance(day, str):
        return {"effectiveDateTime": day}
    period = {
        key: span[name]
        for key, name in (("start", "start_date_time"), ("end", "end_date_time"))
        if isinstance(span.get(name), str)
    }
    return {"effectivePeriod": period} if period else {}


def _notes(body: Json) -> Json:
    """How it was taken, in words: of these, no code is needed by anybody."""
    said = [_STATISTICS.get(str(body.get("descriptive_statistic")), "")]
    for key in ("temporal_relationship_to_meal", "temporal_relationship_to_sleep"):
        held = body.get(key)
        said.append(held.capitalize() if isinstance(held, str) else "")
    note = body.get("user_notes")
    said.append(note if isinstance(note, str) else "")
    notes = [{"text": text} for text in said if text]
    return {"note": notes} if notes else {}
