"""The bundle inside a SMART Health Card: as little as says what happened.

Source: HL7 SMART Health Cards and Links 1.0.0, "Health Cards", 3.4 (FHIR content):
entries are ``resource:0`` and so on, no ids, no narrative, no ``meta`` but labels, no
display texts beside codes.
"""

from __future__ import annotations

from typing import Any

Json = Any

HEALTH_CARD = "https://smarthealth.cards#health-card"
IMMUNIZATION = "https://smarthealth.cards#immunization"
LABORATORY = "https://smarthealth.cards#laboratory"
FHIR = "4.0.1"
_PATIENT = "resource:0"
_QUANTITY = ("value", "comparator", "unit", "system", "code")
_DONE = frozenset({"completed"})
_KNOWN = frozenset({"final", "amended", "corrected"})


def bundle(patient: dict[str, Json], said: list[dict[str, Json]]) -> dict[str, Json]:
    """A collection of the person and what *said* holds."""
    entries = [person(patient), *said]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"resource:{number}", "resource": resource}
            for number, resource in enumerate(entries)
        ],
    }


def person(patient: dict[str, Json]) -> dict[str, Json]:
    """Name and date of birth, and nothing else."""
    names = [
        {key: held[key] for key in ("family", "given", "suffix") if held.get(key)}
        for held in _items(patient.get("name"))[:1]
    ]
    given: dict[str, Json] = {"name": [one for one in names if one]}
    given["birthDate"] = patient.get("birthDate")
    return _tidy({"resourceType": "Patient", **given})


def vaccine(resource: dict[str, Json]) -> dict[str, Json] | None:
    """A vaccine that was given; None for any other, and for one without a code."""
    code = _concept(resource.get("vaccineCode"))
    if resource.get("status") not in _DONE or "coding" not in code:
        return None
    when = resource.get("occurrenceDateTime")
    if not isinstance(when, str):
        return None
    return _tidy(
        {
            "resourceType": "Immunization",
            "meta": _labels(resource),
            "status": "completed",
            "vaccineCode": code,
            "patient": {"reference": _PATIENT},
            "occurrenceDateTime": when[:10],
            "lotNumber": resource.get("lotNumber"),
            "performer": _performers(resource),
        }
    )


def result(resource: dict[str, Json]) -> dict[str, Json] | None:
    """A finished laboratory result; None for any other."""
    code = _concept(resource.get("code"))
    if resource.get("status") not in _KNOWN or "coding" not in code:
        return None
    value = _value(resource)
    when = resource.get("effectiveDateTime")
    if not value or not isinstance(when, str):
        return None
    return _tidy(
        {
            "resourceType": "Observation",
            "meta": _labels(resource),
            "status": resource["status"],
            "category": [_concept(one) for one in _items(resource.get("category"))],
            "code": code,
            "subject": {"reference": _PATIENT},
            "effectiveDateTime": when,
            **value,
            "interpretation": [
                _concept(one) for one in _items(resource.get("interpretation"))
            ],
            "referenceRange": [
                _range(one) for one in _items(resource.get("referenceRange"))[:1]
            ],
        }
    )


def _value(resource: dict[str, Json]) -> dict[str, Json]:
    held = resource.get("valueQuantity")
    if isinstance(held, dict) and "value" in held:
        return {"valueQuantity": _quantity(held)}
    held = resource.get("valueCodeableConcept")
    if isinstance(held, dict):
        return {"valueCodeableConcept": _concept(held)}
    held = resource.get("valueString")
    return {"valueString": held} if isinstance(held, str) else {}


def _range(held: dict[str, Json]) -> dict[str, Json]:
    sides = {
        side: _quantity(held[side])
        for side in ("low", "high")
        if isinstance(held.get(side), dict)
    }
    return sides or _tidy({"text": held.get("text")})


def _quantity(held: dict[str, Json]) -> dict[str, Json]:
    return {key: held[key] for key in _QUANTITY if key in held}


def _concept(held: Json) -> dict[str, Json]:
    """The codes of a concept; its words only where it has no code."""
    if not isinstance(held, dict):
        return {}
    codings = [
        {"system": one["system"], "code": one["code"]}
        for one in _items(held.get("coding"))
        if isinstance(one.get("system"), str) and isinstance(one.get("code"), str)
    ]
    if codings:
        return {"coding": codings}
    text = held.get("text")
    return {"text": text} if isinstance(text, str) else {}


def _performers(resource: dict[str, Json]) -> list[dict[str, Json]]:
    for one in _items(resource.get("performer")):
        actor = one.get("actor")
        name = actor.get("display") if isinstance(actor, dict) else None
        if isinstance(name, str):
            return [{"actor": {"display": name}}]
    return []


def _labels(resource: dict[str, Json]) -> dict[str, Json]:
    meta = resource.get("meta")
    marks = _items(meta.get("security")) if isinstance(meta, dict) else []
    kept = [
        _tidy({"system": one.get("system"), "code": one.get("code")}) for one in marks
    ]
    return {"security": kept} if kept else {}


def _items(value: Json) -> list[dict[str, Json]]:
    held = value if isinstance(value, list) else [value]
    return [one for one in held if isinstance(one, dict)]


def _tidy(resource: dict[str, Json]) -> dict[str, Json]:
    return {
        key: value for key, value in resource.items() if value not in (None, "", [], {})
    }
