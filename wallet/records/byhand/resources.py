"""FHIR R4 resources from what a patient wrote into a form.

Each says who speaks in the element R4 has for it (informationSource, asserter,
performer, author, reportOrigin) and by its tag (`authorship`). Nothing is filled in
that she did not say; what R4 demands (a status, a moment of a vaccine) is the word for
"not known".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from wallet.records.byhand.authorship import WRITTEN, marked
from wallet.records.byhand.forms import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_LOINC = "http://loinc.org"
DATE_NOT_KNOWN = "not known"
# Measured at home by everybody; with a code they stand in one row with the doctor's.
_MEASURED = {
    "blood pressure": "85354-9",
    "weight": "29463-7",
    "height": "8302-2",
    "heart rate": "8867-4",
    "pulse": "8867-4",
    "body temperature": "8310-5",
    "temperature": "8310-5",
    "oxygen": "2708-6",
    "body mass index": "39156-5",
}
_PARTS = (("8480-6", "Upper blood pressure"), ("8462-4", "Lower blood pressure"))


def written(category: str, said: Mapping[str, str], *, subject: str, name: str) -> Json:
    """The resource of a form that `forms.checked` let pass.

    Args:
        category: The form's.
        said: Its fields.
        subject: A reference to the patient.
        name: The resource's own id, a UUID nobody else has.
    """
    who = {"reference": subject}
    made = _MAKERS[category](said, who)
    return marked({**made, "id": name}, WRITTEN)


def text_of(said: str) -> Json:
    """A concept in words only."""
    return {"text": said}


def period(first: str, last: str) -> Json:
    """A period of what is known of it."""
    return {key: when for key, when in (("start", first), ("end", last)) if when}


def letter(said: str) -> Json:
    """A text as the attachment of a document."""
    data = base64.b64encode(said.encode()).decode()
    return {"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}


def measured(value: str, unit: str) -> Json:
    """The value elements of an Observation: a number, a pair of pressures or words."""
    if not value:
        return {}
    upper, slash, lower = (part.strip() for part in value.partition("/"))
    pair = (number_of(upper), number_of(lower))
    if slash and None not in pair:
        return {
            "component": [
                {
                    "code": {
                        "coding": [{"system": _LOINC, "code": code}],
                        "text": words,
                    },
                    "valueQuantity": _amount(number, unit or "mmHg"),
                }
                for (code, words), number in zip(_PARTS, pair, strict=True)
            ]
        }
    number = number_of(value.lstrip("<>="))
    if number is None:
        return {"valueString": f"{value} {unit}".strip()}
    sign = value[: len(value) - len(value.lstrip("<>="))]
    if sign not in ("", "<", "<=", ">", ">="):
        return {"valueString": f"{value} {unit}".strip()}
    amount = _amount(number, unit)
    return {"valueQuantity": {**amount, "comparator": sign} if sign else amount}


def _amount(number: object, unit: str) -> Json:
    return {"value": number, "unit": unit} if unit else {"value": number}


def _coded(system: str, code: str, words: str) -> Json:
    return {"coding": [{"system": _HL7 + system, "code": code, "display": words}]}


def _medicine(said: Mapping[str, str], who: Json) -> Json:
    when = period(said["since"], said["until"])
    return {
        "resourceType": "MedicationStatement",
        "status": "completed" if said["until"] else "active",
        "medicationCodeableConcept": text_of(said["name"]),
        "subject": who,
        **({"effectivePeriod": when} if when else {}),
        "informationSource": who,
        **({"dosage": [{"text": said["how"]}]} if said["how"] else {}),
    }


def _allergy(said: Mapping[str, str], who: Json) -> Json:
    reaction = {"manifestation": [text_of(said["reaction"])]}
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": _coded("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": _coded(
            "allergyintolerance-verification", "unconfirmed", "Unconfirmed"
        ),
        "code": text_of(said["name"]),
        "patient": who,
        **({"onsetDateTime": said["since"]} if said["since"] else {}),
        "asserter": who,
        **({"reaction": [reaction]} if said["reaction"] else {}),
    }


def _condition(said: Mapping[str, str], who: Json) -> Json:
    code, words = ("resolved", "Resolved") if said["until"] else ("active", "Active")
    return {
        "resourceType": "Condition",
        "clinicalStatus": _coded("condition-clinical", code, words),
        "verificationStatus": _coded(
            "condition-ver-status", "unconfirmed", "Unconfirmed"
        ),
        "category": [
            _coded("condition-category", "problem-list-item", "Problem List Item")
        ],
        "code": text_of(said["name"]),
        "subject": who,
        **({"onsetDateTime": said["since"]} if said["since"] else {}),
        **({"abatementDateTime": said["until"]} if said["until"] else {}),
        "asserter": who,
    }


def _vaccine(said: Mapping[str, str], who: Json) -> Json:
    when = (
        {"occurrenceDateTime": said["date"]}
        if said["date"]
        else {"occurrenceString": DATE_NOT_KNOWN}
    )
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": text_of(said["name"]),
        "patient": who,
        **when,
        "primarySource": False,
        "reportOrigin": _coded(
            "immunization-origin", "recall", "Parent/patient recall"
        ),
        **({"performer": [{"actor": {"display": said["by"]}}]} if said["by"] else {}),
    }


def _visit(said: Mapping[str, str], who: Json) -> Json:
    when = period(said["date"], said["date"])
    seen = {"individual": {"display": said["by"]}}
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {
            "system": f"{_HL7}v3-ActCode",
            "code": "AMB",
            "display": "ambulatory",
        },
        "type": [text_of(said["name"])],
        "subject": who,
        **({"participant": [seen]} if said["by"] else {}),
        **({"period": when} if when else {}),
    }


def _observation(said: Mapping[str, str], who: Json, *, code: str, words: str) -> Json:
    named = text_of(said["name"])
    loinc = _MEASURED.get(said["name"].casefold())
    if loinc and code == "vital-signs":
        named["coding"] = [{"system": _LOINC, "code": loinc}]
    by = said.get("by", "")
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [_coded("observation-category", code, words)],
        "code": named,
        "subject": who,
        **({"effectiveDateTime": said["date"]} if said["date"] else {}),
        "performer": [{"display": by} if by else who],
        **measured(said["value"], said["unit"]),
    }


def _vital(said: Mapping[str, str], who: Json) -> Json:
    return _observation(said, who, code="vital-signs", words="Vital Signs")


def _test(said: Mapping[str, str], who: Json) -> Json:
    return _observation(said, who, code="laboratory", words="Laboratory")


def _note(said: Mapping[str, str], who: Json) -> Json:
    when = period(said["date"], said["date"])
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {
            "coding": [{"system": _LOINC, "code": "51855-5"}],
            "text": "Note by the patient",
        },
        "subject": who,
        "author": [who],
        "description": said["name"],
        "content": [letter(said["text"])],
        **({"context": {"period": when}} if when else {}),
    }


_MAKERS: dict[str, Callable[[Mapping[str, str], Json], Json]] = {
    "medicine": _medicine,
    "allergy": _allergy,
    "condition": _condition,
    "vaccine": _vaccine,
    "visit": _visit,
    "vital": _vital,
    "test": _test,
    "document": _note,
}
