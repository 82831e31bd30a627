"""What is looked up in a record: kind, title, time, codes, value, who; FHIR R4.

Reads any resource with care: what is not there or not as expected is left out, never
guessed, and nothing in a resource makes it raise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wallet.records.fhir.codings import coded
from wallet.records.fhir.measured import range_of, value_of
from wallet.records.fhir.resource_types import CATEGORY, noun
from wallet.records.fhir.times import moment, times_of
from wallet.records.fhir.titles import Names, referred, short, title_of

__all__ = ["Facts", "Names", "facts_of"]

Json = Any
"""Whatever a JSON parser returns."""

_MOST_CODES = 20

_WHO = (
    *("performer", "requester", "recorder", "asserter", "author", "participant"),
    *("serviceProvider", "provider", "custodian", "managingOrganization", "payor"),
    *("insurer", "sender", "organization", "source", "location"),
)
_VITAL_CODES = frozenset(
    {"85353-1", "9279-1", "8867-4", "2708-6", "59408-5", "8310-5", "8302-2", "9843-4"}
    | {"29463-7", "39156-5", "85354-9", "8480-6", "8462-4", "8478-0", "8287-5"}
)
_OBSERVED = {
    "vital-signs": "vital",
    "laboratory": "test",
    "imaging": "imaging",
    "procedure": "test",
    "exam": "test",
    "social-history": "social",
    "survey": "social",
    "sdoh": "social",
    "activity": "vital",
    "therapy": "procedure",
}
_IMAGED = frozenset({"RAD", "RUS", "RX", "CT", "NMR", "NMS", "XRC", "LP29684-5"})


class Facts(NamedTuple):
    """The index of one record; times are POSIX seconds, empty text is unknown."""

    category: str
    rtype: str
    title: str
    start: int | None
    precision: str
    written: str
    end: int | None
    codes: tuple[str, ...]
    value: str
    unit: str
    low: str
    high: str
    status: str
    provider: str
    awaits: str
    """The reference whose name the title should be, if it was not read yet."""


def facts_of(resource: dict[str, Json], names: Names) -> Facts:
    """Read the index of one resource whose type is in `CATEGORY`."""
    rtype = resource["resourceType"]
    category = _category(resource, rtype)
    written, end = times_of(resource, rtype)
    start, precision = moment(written)
    value, unit = value_of(resource) if rtype == "Observation" else ("", "")
    title, awaits = title_of(resource, rtype, names)
    low, high = range_of(resource) if rtype == "Observation" else ("", "")
    return Facts(
        category,
        rtype,
        title or noun(rtype, category),
        start,
        precision,
        written if start is not None else "",
        moment(end)[0] if end else None,
        tuple(_codes(resource, rtype)),
        value,
        unit,
        low,
        high,
        _status(resource),
        _provider(resource, names),
        awaits,
    )


def _category(resource: dict[str, Json], rtype: str) -> str:
    if rtype == "Observation":
        named = [_OBSERVED.get(code) for code in _category_codes(resource)]
        found = next(filter(None, named), None)
        if found is None:
            vital = any(code in _VITAL_CODES for _, code in coded(resource, "code"))
            return "vital" if vital else "test"
        return found
    if rtype == "DiagnosticReport":
        if any(code in _IMAGED for code in _category_codes(resource)):
            return "imaging"
        return "test"
    return CATEGORY[rtype]


def _category_codes(resource: dict[str, Json]) -> list[str]:
    return [code for _, code in coded(resource, "category")]


_CODED = ("code", "medicationCodeableConcept", "vaccineCode", "type")


def _codes(resource: dict[str, Json], rtype: str) -> list[str]:
    found: dict[str, None] = {}
    for key in _CODED:
        if key in resource:
            for system, code in coded(resource, key):
                found[f"{system}|{code}"] = None
    if rtype == "Observation" and isinstance(resource.get("component"), list):
        for part in resource["component"]:
            if isinstance(part, dict):
                for system, code in coded(part, "code"):
                    found[f"{system}|{code}"] = None
    return list(found)[:_MOST_CODES]


def _status(resource: dict[str, Json]) -> str:
    for key in ("clinicalStatus", "status", "lifecycleStatus"):
        held = resource.get(key)
        if isinstance(held, str):
            return held
        if isinstance(held, dict):
            code = next((code for _, code in coded({"s": held}, "s")), "")
            if code:
                return code
    return ""


def _provider(resource: dict[str, Json], names: Names) -> str:
    for key in _WHO:
        held = resource.get(key)
        for one in held if isinstance(held, list) else [held]:
            if not isinstance(one, dict):
                continue
            actor = one.get("actor") or one.get("individual") or one.get("member")
            whom = actor if isinstance(actor, dict) else one
            said = whom.get("display")
            if not isinstance(said, str) or not said:
                said = referred(whom, resource, names)
            if said and not _is_subject(whom, resource):
                return short(said)
    return ""


def _is_subject(whom: dict[str, Json], resource: dict[str, Json]) -> bool:
    subject = resource.get("subject") or resource.get("patient")
    if not isinstance(subject, dict):
        return False
    return whom.get("reference") == subject.get("reference") is not None
