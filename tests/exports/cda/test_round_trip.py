"""What is written as C-CDA says the same when our own reader reads it."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.cda.documents import again, parts, written
from tests.support.shared_records import maya, shared

UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem/"
SNOMED = "http://snomed.info/sct"
CLINICAL = f"{HL7}condition-clinical"


def code(code, text, system="http://loinc.org"):
    return {"coding": [{"system": system, "code": code}], "text": text}


def state(system, code):
    return {"coding": [{"system": f"{HL7}{system}", "code": code}]}


CONDITION = {
    "resourceType": "Condition",
    "clinicalStatus": state("condition-clinical", "resolved"),
    "category": [state("condition-category", "problem-list-item")],
    "code": code("90560007", "Gout", SNOMED),
    "severity": code("24484000", "Severe", SNOMED),
    "onsetDateTime": "2019-03",
    "abatementDateTime": "2020-05-01",
    "recordedDate": "2019-03-04",
    "recorder": {"display": "Dr. Ana Ruiz"},
    "note": [{"text": "Left foot <first>"}],
}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "clinicalStatus": state("allergyintolerance-clinical", "active"),
    "verificationStatus": state("allergyintolerance-verification", "confirmed"),
    "type": "allergy",
    "category": ["medication"],
    "criticality": "high",
    "code": code("7980", "Penicillin", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    "onsetDateTime": "2001",
    "reaction": [
        {"manifestation": [code("247472004", "Hives", SNOMED)], "severity": "moderate"}
    ],
}
MEDICINE = {
    "resourceType": "MedicationStatement",
    "status": "active",
    "medicationCodeableConcept": code(
        "197361", "Amlodipine 5 mg", "http://www.nlm.nih.gov/research/umls/rxnorm"
    ),
    "effectivePeriod": {"start": "2020-01-05"},
    "dosage": [
        {
            "text": "One in the morning",
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "route": code(
                "C38288",
                "By mouth",
                "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
            ),
            "asNeededBoolean": True,
            "doseAndRate": [
                {
                    "doseQuantity": {
                        "value": 5,
                        "unit": "mg",
                        "system": UCUM,
                        "code": "mg",
                    }
                }
            ],
        }
    ],
}
RESULT = {
    "resourceType": "Observation",
    "status": "final",
    "category": [state("observation-category", "laboratory")],
    "code": code("2345-7", "Glucose"),
    "effectiveDateTime": "2024-03-05T10:15:00-05:00",
    "valueQuantity": {"value": 98, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"},
    "interpretation": [code("H", "High", f"{HL7}v3-ObservationInterpretation")],
    "referenceRange": [
        {
            "low": {"value": 70, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"},
            "high": {"value": 99, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"},
            "text": "70 to 99",
        }
    ],
}
VACCINE = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": code("140", "Flu shot", "http://hl7.org/fhir/sid/cvx"),
    "occurrenceDateTime": "2023-10-02",
    "lotNumber": "AB 12",
    "manufacturer": {"display": "Maker & Sons"},
    "doseQuantity": {"value": 0.5, "unit": "mL", "system": UCUM, "code": "mL"},
}
PROCEDURE = {
    "resourceType": "Procedure",
    "status": "completed",
    "code": code("80146002", "Appendix taken out", SNOMED),
    "performedDateTime": "2013-04-02",
    "bodySite": [code("66754008", "Appendix", SNOMED)],
    "reasonCode": [code("74400008", "Appendicitis", SNOMED)],
}
VISIT = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"system": f"{HL7}v3-ActCode", "code": "AMB"},
    "type": [
        {
            "coding": [
                {"system": SNOMED, "code": "185349003"},
                {"system": f"{HL7}v3-ActCode", "code": "AMB"},
            ],
            "text": "Check-up",
        }
    ],
    "period": {
        "start": "2022-02-03T09:00:00+00:00",
        "end": "2022-02-03T09:30:00+00:00",
    },
    "participant": [{"individual": {"display": "Dr. Lind"}}],
    "location": [{"location": {"display": "Lind Family Practice"}}],
}
EVERY = [CONDITION, ALLERGY, MEDICINE, RESULT, VACCINE, PROCEDURE, VISIT]


def plain(value):
    """Numbers as they are written, whoever read them."""
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return value if isinstance(value, bool) else str(value)


FIELDS = [(one, key) for one in EVERY for key in one]


@pytest.mark.parametrize(
    ("resource", "key"),
    FIELDS,
    ids=[f"{one['resourceType']}.{key}" for one, key in FIELDS],
)
def test_every_element_comes_back_as_it_was(resource, key):
    assert plain(again(resource)[key]) == plain(resource[key])


@pytest.mark.parametrize(
    ("value", "back"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/L"}}, None),
        ({"valueString": "A line, a <tag> & more"}, None),
        ({"valueBoolean": True}, None),
        ({"valueInteger": 7}, {"valueQuantity": {"value": 7}}),
        ({"valueDateTime": "2024-01-31"}, None),
        ({"valueCodeableConcept": code("10828004", "Positive", SNOMED)}, None),
        (
            {
                "valueRatio": {
                    "numerator": {"value": 1},
                    "denominator": {"value": 128},
                }
            },
            None,
        ),
        ({"valueQuantity": {"value": 3, "unit": "parts per field"}}, None),
        ({"dataAbsentReason": state("data-absent-reason", "not-asked")}, None),
    ],
)
def test_every_kind_of_value_comes_back(value, back):
    held = {key: one for key, one in RESULT.items() if key != "valueQuantity"}
    found = again(held | value)
    for key, one in (back or value).items():
        read = plain(found[key])
        wanted = plain(one)
        if key == "valueQuantity":
            read = {name: read.get(name) for name in wanted}
        assert read == wanted


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (CONDITION | {"clinicalStatus": state("condition-clinical", "active")}, ""),
        (MEDICINE | {"status": "stopped"}, "stopped"),
        (MEDICINE | {"status": "not-taken"}, "not-taken"),
        (MEDICINE | {"status": "on-hold"}, "on-hold"),
        (VACCINE | {"status": "not-done"}, "not-done"),
        (PROCEDURE | {"status": "not-done"}, "not-done"),
        (VISIT | {"status": "in-progress"}, "in-progress"),
        (RESULT | {"status": "preliminary"}, "preliminary"),
    ],
)
def test_what_did_not_happen_or_goes_on_is_not_read_as_done(resource, status):
    resource = {key: one for key, one in resource.items() if key != "abatementDateTime"}
    found = again(resource)
    if status:
        assert found["status"] == status
    else:
        assert found["clinicalStatus"] == resource["clinicalStatus"]
        assert "abatementDateTime" not in found


def test_no_known_allergies_is_not_read_as_an_allergy_to_something():
    none = ALLERGY | {
        "code": code("716186003", "No known allergies", SNOMED),
        "reaction": [],
        "category": [],
    }
    assert again(none)["code"] == none["code"]


def test_a_refuted_problem_stays_refuted():
    refuted = CONDITION | {
        "verificationStatus": state("condition-ver-status", "refuted"),
        "code": code("90560007", "Not found: Gout", SNOMED),
    }
    del refuted["clinicalStatus"]
    found = again(refuted)
    assert found["verificationStatus"] == refuted["verificationStatus"]
    assert found["code"]["text"] == "Not found: Gout"


def test_a_blood_pressure_becomes_its_two_numbers():
    pressure = RESULT | {
        "category": [state("observation-category", "vital-signs")],
        "code": code("85354-9", "Blood pressure"),
        "component": [
            {"code": code("8480-6", "Upper"), "valueQuantity": {"value": 120}},
            {"code": code("8462-4", "Lower"), "valueQuantity": {"value": 80}},
        ],
    }
    del pressure["valueQuantity"]
    data, _ = written([shared(pressure)])
    read = [p.resource for p in parts(data)]
    found = {
        one["code"]["text"]: str(one["valueQuantity"]["value"])
        for one in read
        if one["resourceType"] == "Observation"
    }
    assert found == {"Upper": "120", "Lower": "80"}


def test_a_report_keeps_its_results_together():
    result = RESULT | {"id": "g"}
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": code("24323-8", "Metabolic panel"),
        "result": [{"reference": "Observation/g"}],
    }
    data, _ = written([shared(report), shared(result)])
    found = [p.resource for p in parts(data)]
    made = next(one for one in found if one["resourceType"] == "DiagnosticReport")
    held = next(one for one in found if one["resourceType"] == "Observation")
    assert made["result"] == [{"reference": f"Observation/{held['id']}"}]
    assert made["code"] == report["code"]


def test_an_invented_life_comes_back_whole():
    data, said = written(maya())
    found = Counter(p.resource["resourceType"] for p in parts(data))
    before = Counter(record.rtype for record in maya())
    for kind in ("Condition", "AllergyIntolerance", "MedicationRequest", "Encounter"):
        assert found[kind] == before[kind]
    assert found["Immunization"] == before["Immunization"]
    assert found["Procedure"] == before["Procedure"]
    assert found["Observation"] >= before["Observation"]
    assert said.coded + sum(count for _, count in said.in_words) == 677


WORDS = st.text(min_size=1, max_size=40).filter(lambda text: text.split())


@settings(max_examples=15, deadline=None)
@given(text=WORDS, number=st.decimals(-9999, 9999, places=3), note=WORDS)
def test_whatever_a_record_says_the_document_can_be_read(text, number, note):
    resource = RESULT | {
        "code": {"text": text},
        "valueQuantity": {"value": str(number), "unit": text},
        "note": [{"text": note}],
    }
    data, _ = written([shared(resource, title=text)])
    found = [p.resource for p in parts(data)]
    assert any(one["resourceType"] == "Observation" for one in found)
