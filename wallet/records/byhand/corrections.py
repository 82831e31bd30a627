"""Reads any record into the fields of a form, and writes back only what was changed.

A correction never touches what it was not about: an element is written anew only where
its field says something else than before, and codes go with the words they explained.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.byhand.authorship import CORRECTED, marked
from wallet.records.byhand.forms import OTHER, Form, form_of
from wallet.records.byhand.resources import (
    DATE_NOT_KNOWN,
    letter,
    measured,
    period,
    text_of,
)
from wallet.records.fhir.facts import Names, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wallet.records.fhir.facts import Facts

Json = dict[str, Any]


class Read(NamedTuple):
    """A record as a form: what its fields say now."""

    form: Form
    said: dict[str, str]


def read(resource: Json, *, title: str, provider: str, written: str) -> Read | None:
    """Read *resource*; None where nothing of it can be corrected here.

    Args:
        resource: FHIR R4.
        title: What the wallet calls it.
        provider: Who the wallet says it is by.
        written: Its date as it was written.
    """
    rtype = resource["resourceType"]
    form = _form(resource)
    if form is None:
        return None
    facts = facts_of(resource, Names())
    said = dict.fromkeys(form.keys, "")
    said["name"] = title
    for key in ("since", "date"):
        if key in said:
            said[key] = written
    if "until" in said:
        said["until"] = _end(resource)
    if "by" in said:
        said["by"] = provider
    more = _MORE.get(rtype)
    if more:
        said |= more(resource, facts)
    return Read(form, said)


def corrected(resource: Json, before: Read, said: Mapping[str, str]) -> Json:
    """*resource* with the fields that *said* changes, marked as the patient's word."""
    made = {key: held for key, held in resource.items() if key != "text"}
    changed = {key: said[key] for key in said if said[key] != before.said.get(key, "")}
    for key in changed:
        _WRITE[key](made, said)
    return marked(made, CORRECTED)


def _form(resource: Json) -> Form | None:
    rtype = resource["resourceType"]
    if rtype == "Observation":
        category = facts_of(resource, Names()).category
        return form_of("vital" if category == "vital" else "test")
    if rtype in _FORMS:
        form = form_of(_FORMS[rtype])
        # An order has no day on which it was stopped.
        kept = tuple(f for f in form.fields if f.key != "until" or rtype in _ENDS)
        return replace(form, fields=kept)
    return OTHER if rtype in _NAME else None


_FORMS = {
    "MedicationStatement": "medicine",
    "MedicationRequest": "medicine",
    "MedicationDispense": "medicine",
    "MedicationAdministration": "medicine",
    "AllergyIntolerance": "allergy",
    "Condition": "condition",
    "Immunization": "vaccine",
    "Encounter": "visit",
    "DocumentReference": "document",
}
_ENDS = frozenset({"Condition", "MedicationStatement", "MedicationAdministration"})
_DOSE = {
    "MedicationRequest": "dosageInstruction",
    "MedicationDispense": "dosageInstruction",
}


def _first(resource: Json, key: str) -> Json:
    held = resource.get(key)
    first = held[0] if isinstance(held, list) and held else held
    return first if isinstance(first, dict) else {}


def _end(resource: Json) -> str:
    for key in ("effectivePeriod", "onsetPeriod"):
        end = _first(resource, key).get("end")
        if isinstance(end, str):
            return end
    end = resource.get("abatementDateTime")
    return end if isinstance(end, str) else ""


def _words(concept: Json) -> str:
    said = concept.get("text")
    return said if isinstance(said, str) else ""


def _dose(resource: Json, _facts: Facts) -> dict[str, str]:
    return {
        "how": _words(_first(resource, _DOSE.get(resource["resourceType"], "dosage")))
    }


def _reaction(resource: Json, _facts: Facts) -> dict[str, str]:
    return {"reaction": _words(_first(_first(resource, "reaction"), "manifestation"))}


def _result(_resource: Json, facts: Facts) -> dict[str, str]:
    return {"value": facts.value, "unit": facts.unit}


def _text(resource: Json, _facts: Facts) -> dict[str, str]:
    held = _first(_first(resource, "content"), "attachment")
    if not str(held.get("contentType", "")).startswith("text/plain"):
        return {}
    try:
        return {"text": base64.b64decode(str(held.get("data", ""))).decode()}
    except (binascii.Error, ValueError):
        return {}


_MORE: dict[str, Callable[[Json, Facts], dict[str, str]]] = {
    **dict.fromkeys(
        (
            "MedicationStatement",
            "MedicationRequest",
            "MedicationDispense",
        ),
        _dose,
    ),
    "AllergyIntolerance": _reaction,
    "Observation": _result,
    "DocumentReference": _text,
}
_CONCEPT, _PLAIN, _CONCEPTS, _DESCRIBED = "concept", "plain", "concepts", "described"
# Where each type keeps its name, and of what shape that is.
_NAME = {
    **dict.fromkeys(
        (
            *("MedicationStatement", "MedicationRequest", "MedicationDispense"),
            "MedicationAdministration",
        ),
        ("medicationCodeableConcept", _CONCEPT),
    ),
    "Immunization": ("vaccineCode", _CONCEPT),
    "Encounter": ("type", _CONCEPTS),
    "DocumentReference": ("description", _PLAIN),
    **dict.fromkeys(
        (
            *("AllergyIntolerance", "Condition", "Observation", "Procedure"),
            *("DiagnosticReport", "ServiceRequest"),
        ),
        ("code", _CONCEPT),
    ),
    "CarePlan": ("title", _PLAIN),
    "ImagingStudy": ("description", _PLAIN),
    "Goal": ("description", _DESCRIBED),
}
_DATE = {
    "Procedure": ("performedDateTime", "performedPeriod"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod"),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "Immunization": ("occurrenceDateTime", "occurrenceString"),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod"),
    "Condition": ("onsetDateTime", "onsetPeriod"),
    "MedicationRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver",),
    "ServiceRequest": ("authoredOn",),
    "Goal": ("startDate",),
    "ImagingStudy": ("started",),
}


def _set_name(made: Json, said: Mapping[str, str]) -> None:
    key, shape = _NAME[made["resourceType"]]
    name: Any = said["name"]
    if shape == _CONCEPT:
        name = text_of(name)
    elif shape == _CONCEPTS:
        name = [text_of(name)]
    elif shape == _DESCRIBED:
        name = text_of(name)
    made.pop("medicationReference", None)
    made[key] = name


def _set_when(made: Json, said: Mapping[str, str]) -> None:
    when = said.get("since", said.get("date", ""))
    rtype = made["resourceType"]
    if rtype in ("MedicationStatement", "MedicationAdministration"):
        made.pop("effectiveDateTime", None)
        _put(made, "effectivePeriod", period(when, said.get("until", "")))
    elif rtype in ("Encounter", "CarePlan"):
        _put(made, "period", period(when, ""))
    elif rtype == "DocumentReference":
        made.pop("date", None)
        _put(made, "context", {"period": period(when, when)} if when else {})
    else:
        first, *others = _DATE[rtype]
        for other in others:
            made.pop(other, None)
        _put(made, first, when)
        if rtype == "Immunization" and not when:
            made["occurrenceString"] = DATE_NOT_KNOWN


def _set_until(made: Json, said: Mapping[str, str]) -> None:
    until, rtype = said["until"], made["resourceType"]
    if rtype == "Condition":
        _put(made, "abatementDateTime", until)
        system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
        code = "resolved" if until else "active"
        made["clinicalStatus"] = {"coding": [{"system": system, "code": code}]}
    else:
        _set_when(made, said)
        made["status"] = "completed" if until else "active"


def _set_value(made: Json, said: Mapping[str, str]) -> None:
    for key in [key for key in made if key.startswith("value")]:
        del made[key]
    for key in ("component", "interpretation", "dataAbsentReason"):
        made.pop(key, None)
    made.update(measured(said["value"], said["unit"]))


def _set_how(made: Json, said: Mapping[str, str]) -> None:
    key = _DOSE.get(made["resourceType"], "dosage")
    dose = {"text": said["how"]}
    if made["resourceType"] == "MedicationAdministration":
        _put(made, key, dose if said["how"] else {})
    else:
        _put(made, key, [dose] if said["how"] else [])


def _set_reaction(made: Json, said: Mapping[str, str]) -> None:
    told = {"manifestation": [text_of(said["reaction"])]}
    _put(made, "reaction", [told] if said["reaction"] else [])


def _set_text(made: Json, said: Mapping[str, str]) -> None:
    made["content"] = [letter(said["text"])]


def _set_by(made: Json, said: Mapping[str, str]) -> None:
    named = {"display": said["by"]}
    key, held = {
        "Immunization": ("performer", [{"actor": named}]),
        "Encounter": ("participant", [{"individual": named}]),
    }.get(made["resourceType"], ("performer", [named]))
    made.pop("serviceProvider", None)
    _put(made, key, held if said["by"] else [])


def _put(made: Json, key: str, value: Any) -> None:  # noqa: ANN401 any element
    """An element, or its absence: FHIR knows no empty ones."""
    if value:
        made[key] = value
    else:
        made.pop(key, None)


_WRITE: dict[str, Callable[[Json, Mapping[str, str]], None]] = {
    "name": _set_name,
    "since": _set_when,
    "date": _set_when,
    "until": _set_until,
    "value": _set_value,
    "unit": _set_value,
    "how": _set_how,
    "reaction": _set_reaction,
    "text": _set_text,
    "by": _set_by,
}
