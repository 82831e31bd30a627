"""What is looked up in a record: kind, title, time, codes, value, who; FHIR R4.

Reads any resource with care: what is not there or not as expected is left out, never
guessed, and nothing in a resource makes it raise.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.fhir_types import CATEGORY, noun
from wallet.records.fhir_words import words_of
from wallet.records.plain_names import VISIT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
"""Whatever a JSON parser returns."""

_MOST_TITLE = 200
_MOST_VALUE = 500
_MOST_CODES = 20
_LOINC = "http://loinc.org"

_EVENT = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_WHEN: Mapping[str, tuple[str, ...]] = {
    "Observation": _EVENT,
    "DiagnosticReport": _EVENT,
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "MedicationRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "Encounter": ("period",),
    "Appointment": ("start", "requestedPeriod", "created"),
    "DocumentReference": ("date",),
    "ImagingStudy": ("started",),
    "Goal": ("startDate", "statusDate"),
    "CarePlan": ("period", "created"),
    "Claim": ("billablePeriod", "created"),
    "ExplanationOfBenefit": ("billablePeriod", "created"),
}
# For every other type, and where none of the above is there.
_ANY_WHEN = (
    *("effectiveDateTime", "effectivePeriod", "occurrenceDateTime"),
    *("occurrencePeriod", "performedDateTime", "performedPeriod", "period"),
    *("authoredOn", "authored", "dateTime", "started", "start", "date", "sent"),
    *("createdDateTime", "createdPeriod", "created", "recordedDate", "recorded"),
    *("dateAsserted", "issued", "receivedTime", "identifiedDateTime", "detected"),
)
_UNDATED = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location"}
    | {"RelatedPerson", "Medication", "Device", "Endpoint", "Questionnaire", "ValueSet"}
    | {"Person"}
)
_TITLE: Mapping[str, tuple[str, ...]] = {
    "Observation": ("code",),
    "Condition": ("code",),
    "Encounter": ("type", "reasonCode", "serviceType", "class"),
    "DocumentReference": ("description", "type", "content", "category"),
    "Composition": ("title", "type"),
    "ImagingStudy": ("description", "procedureCode", "reasonCode", "modality"),
    "CarePlan": ("title", "description", "category"),
    "Goal": ("description",),
    "Device": ("deviceName", "type", "modelNumber"),
    "DeviceUseStatement": ("device", "reasonCode"),
    "Coverage": ("payor", "type"),
    "Claim": ("item", "type"),
    "ExplanationOfBenefit": ("item", "type"),
    "FamilyMemberHistory": ("condition", "relationship"),
    "PractitionerRole": ("practitioner", "code", "specialty", "organization"),
    "RelatedPerson": ("name", "relationship"),
    "QuestionnaireResponse": ("_questionnaire", "questionnaire"),
    "Communication": ("topic", "payload", "category", "reasonCode"),
    "Consent": ("category", "scope"),
    "Provenance": ("activity", "reason"),
    "AuditEvent": ("subtype", "type"),
    "Media": ("content", "type", "modality"),
    "Specimen": ("type",),
    "Binary": (),
}
_ANY_TITLE = (
    *("code", "medicationCodeableConcept", "medicationReference", "vaccineCode"),
    *("title", "name", "type", "description", "category", "reasonCode", "serviceType"),
    *("relationship", "substance", "reaction"),
)
_WHO = (
    *("performer", "requester", "recorder", "asserter", "author", "participant"),
    *("serviceProvider", "provider", "custodian", "managingOrganization", "payor"),
    *("insurer", "sender", "organization", "source"),
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
_NAMED = frozenset({"Medication", "Practitioner", "Organization", "Location", "Device"})
_TAG = re.compile(r"<[^>]*>")


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


class Names:
    """What other resources of the same file are called: ``Type/id`` to words."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def learn(self, resource: dict[str, Json], full_url: str, title: str) -> None:
        """Remember what a medicine, a person or a place is called."""
        rtype = resource["resourceType"]
        if rtype in _NAMED:
            given = resource.get("id")
            for key in (full_url, f"{rtype}/{given}" if given else ""):
                if key:
                    self._names[key] = title

    def of(self, reference: str) -> str:
        """The words behind a reference; empty if it was not read (yet)."""
        return self._names.get(reference, "")


def facts_of(resource: dict[str, Json], names: Names) -> Facts:
    """Read the index of one resource whose type is in `CATEGORY`."""
    rtype = resource["resourceType"]
    category = _category(resource, rtype)
    written, end = _times(resource, rtype)
    start, precision = moment(written)
    value, unit = _value(resource) if rtype == "Observation" else ("", "")
    title, awaits = _title(resource, rtype, names)
    low, high = _range(resource) if rtype == "Observation" else ("", "")
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


def moment(written: str) -> tuple[int | None, str]:
    """A FHIR date or instant as POSIX seconds of its beginning, and how exact it is.

    >>> moment("1970-02"), moment("1970-01-01T01:00:00+01:00"), moment("soon")
    ((2678400, 'month'), (0, 'time'), (None, ''))
    """
    try:
        if len(written) > 10:  # noqa: PLR2004 longer than YYYY-MM-DD
            at = datetime.fromisoformat(written)
            # Without a zone it is not valid FHIR; the day still holds.
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return int(at.timestamp()), "time"
        year, _, rest = written.partition("-")
        month, _, day = rest.partition("-")
        at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None, ""
    return int(at.timestamp()), "day" if day else "month" if month else "year"


def _category(resource: dict[str, Json], rtype: str) -> str:
    if rtype == "Observation":
        named = [_OBSERVED.get(code) for code in _category_codes(resource)]
        found = next(filter(None, named), None)
        if found is None:
            vital = any(code in _VITAL_CODES for _, code in _coded(resource, "code"))
            return "vital" if vital else "test"
        return found
    if rtype == "DiagnosticReport":
        if any(code in _IMAGED for code in _category_codes(resource)):
            return "imaging"
        return "test"
    return CATEGORY[rtype]


def _category_codes(resource: dict[str, Json]) -> list[str]:
    return [code for _, code in _coded(resource, "category")]


def _coded(resource: dict[str, Json], key: str) -> Iterator[tuple[str, str]]:
    held = resource.get(key)
    for concept in held if isinstance(held, list) else [held]:
        if not isinstance(concept, dict):
            continue
        codings = concept.get("coding")
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                system = coding.get("system")
                yield system if isinstance(system, str) else "", coding["code"]


_CODED = ("code", "medicationCodeableConcept", "vaccineCode", "type")


def _codes(resource: dict[str, Json], rtype: str) -> list[str]:
    found: dict[str, None] = {}
    for key in _CODED:
        if key in resource:
            for system, code in _coded(resource, key):
                found[f"{system}|{code}"] = None
    if rtype == "Observation" and isinstance(resource.get("component"), list):
        for part in resource["component"]:
            if isinstance(part, dict):
                for system, code in _coded(part, "code"):
                    found[f"{system}|{code}"] = None
    return list(found)[:_MOST_CODES]


def _times(resource: dict[str, Json], rtype: str) -> tuple[str, str]:
    """Start and end as they are written."""
    if rtype in _UNDATED:
        return "", ""
    end = resource.get("abatementDateTime")
    end = end if isinstance(end, str) else ""
    if rtype == "DocumentReference":
        context = resource.get("context")
        period = context.get("period") if isinstance(context, dict) else None
        if isinstance(period, dict) and isinstance(period.get("start"), str):
            return period["start"], str(period.get("end") or "")
    for key in (*_WHEN.get(rtype, ()), *_ANY_WHEN):
        held = resource.get(key)
        if isinstance(held, str):
            return held, end
        if isinstance(held, list) and held and isinstance(held[0], dict):
            held = held[0]
        if isinstance(held, dict):
            first, last = held.get("start"), held.get("end")
            if isinstance(first, str) or isinstance(last, str):
                last = last if isinstance(last, str) else ""
                return first if isinstance(first, str) else last, last or end
    return "", end


def _title(resource: dict[str, Json], rtype: str, names: Names) -> tuple[str, str]:
    awaits = ""
    for key in (*_TITLE.get(rtype, ()), *_ANY_TITLE):
        held = resource.get(key)
        if held is None:
            continue
        said = _title_words(held, resource, names)
        if said:
            return _short(said), ""
        if key == "medicationReference" and isinstance(held, dict):
            awaits = str(held.get("reference") or "")
    return _short(_visit_class(resource) or _narrative(resource)), awaits


def _title_words(held: Json, resource: dict[str, Json], names: Names) -> str:
    first = held[0] if isinstance(held, list) and held else held
    if isinstance(first, str):
        return "" if "://" in first or first.startswith("urn:") else first
    if not isinstance(first, dict):
        return ""
    said = words_of(first)
    if not said and "reference" in first:
        said = _referred(first, resource, names)
    for inner in ("attachment", "productOrService", "code", "manifestation"):
        if said or inner not in first or isinstance(first[inner], str):
            continue  # a bare code is no title
        part = first[inner]
        if inner == "attachment" and isinstance(part, dict):
            said = words_of(part.get("title"))
        else:
            said = words_of(part)
    if not said and isinstance(first.get("extension"), list):
        said = _display_extension(first["extension"])
    return said


def _display_extension(extensions: list[Json]) -> str:
    for extension in extensions:
        url = extension.get("url") if isinstance(extension, dict) else None
        if isinstance(url, str) and url.endswith("/display"):
            return words_of(extension.get("valueString"))
    return ""


def _visit_class(resource: dict[str, Json]) -> str:
    held = resource.get("class")
    return VISIT_NAMES.get(str(held.get("code")), "") if isinstance(held, dict) else ""


def _referred(held: dict[str, Json], resource: dict[str, Json], names: Names) -> str:
    """What a reference points at is called: contained, or read before."""
    reference = held.get("reference")
    if not isinstance(reference, str):
        return ""
    if not reference.startswith("#"):
        return names.of(reference)
    contained = resource.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict) and inner.get("id") == reference[1:]:
            for key in ("code", "name", "deviceName", "type"):
                said = words_of(inner.get(key))
                if said:
                    return said
    return ""


def _narrative(resource: dict[str, Json]) -> str:
    text = resource.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    if not isinstance(div, str):
        return ""
    said = " ".join(_TAG.sub(" ", div).split())
    # A sentence may serve as a name; a generated table may not.
    return said if len(said) <= _MOST_TITLE else ""


def _short(said: str) -> str:
    said = " ".join(said.split())
    return said if len(said) <= _MOST_TITLE else said[: _MOST_TITLE - 3] + "..."


def _value(resource: dict[str, Json]) -> tuple[str, str]:
    value, unit = _plain_value(resource)
    parts = resource.get("component")
    if value or not isinstance(parts, list):
        return value[:_MOST_VALUE], unit
    known = [part for part in parts if isinstance(part, dict)]
    pressure = _pressure(known)
    if pressure:
        return pressure
    said = []
    for part in known:
        inner, inner_unit = _plain_value(part)
        if inner:
            said.append(f"{words_of(part.get('code'))}: {inner} {inner_unit}".strip())
    return "; ".join(said)[:_MOST_VALUE], ""


def _pressure(parts: list[dict[str, Json]]) -> tuple[str, str] | None:
    """Blood pressure as everybody writes it."""
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        for system, code in _coded(part, "code"):
            if system == _LOINC and code in ("8480-6", "8462-4"):
                found[code] = _plain_value(part)
    if len(found) == 2 and all(value for value, _ in found.values()):  # noqa: PLR2004
        upper, lower = found["8480-6"], found["8462-4"]
        return f"{upper[0]}/{lower[0]}", upper[1]
    return None


def _plain_value(holder: dict[str, Json]) -> tuple[str, str]:
    quantity = holder.get("valueQuantity")
    if isinstance(quantity, dict):
        return amount(quantity)
    for key, held in holder.items():
        if not key.startswith("value"):
            continue
        if isinstance(held, bool):
            said = "yes" if held else "no"
        elif isinstance(held, (int, Decimal)):
            said = str(held)
        elif key in _PAIRS and isinstance(held, dict):
            return _pair(held, *_PAIRS[key])
        else:
            said = " ".join(words_of(held).split())
        if said:
            return said, ""
    return "", ""


_PAIRS = {
    "valueRange": ("low", "high", " to "),
    "valueRatio": ("numerator", "denominator", ":"),
}


def _pair(held: dict[str, Json], first: str, second: str, sign: str) -> tuple[str, str]:
    one, two = amount(held.get(first)), amount(held.get(second))
    return f"{one[0]}{sign}{two[0]}", one[1] or two[1]


def amount(held: Json) -> tuple[str, str]:
    """A quantity as it is written, with its comparator, and its unit."""
    if not isinstance(held, dict) or "value" not in held:
        return "", ""
    comparator = held.get("comparator")
    unit = held.get("unit") or held.get("code") or ""
    sign = comparator if isinstance(comparator, str) else ""
    return f"{sign}{held['value']}", unit if isinstance(unit, str) else ""


def _range(resource: dict[str, Json]) -> tuple[str, str]:
    held = resource.get("referenceRange")
    if not isinstance(held, list) or not held or not isinstance(held[0], dict):
        return "", ""
    return amount(held[0].get("low"))[0], amount(held[0].get("high"))[0]


def _status(resource: dict[str, Json]) -> str:
    for key in ("clinicalStatus", "status", "lifecycleStatus"):
        held = resource.get(key)
        if isinstance(held, str):
            return held
        if isinstance(held, dict):
            code = next((code for _, code in _coded({"s": held}, "s")), "")
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
                said = _referred(whom, resource, names)
            if said and not _is_subject(whom, resource):
                return _short(said)
    return ""


def _is_subject(whom: dict[str, Json], resource: dict[str, Json]) -> bool:
    subject = resource.get("subject") or resource.get("patient")
    if not isinstance(subject, dict):
        return False
    return whom.get("reference") == subject.get("reference") is not None
