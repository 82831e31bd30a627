"""DSTU2, STU3 and R5 come in as R4 with their own bytes beside; nothing as R4 silently.

The expected shapes are written from the R4 resource pages and from HL7's maps.
"""

import io
import json

import pytest

from tests.support.wallets import bundle, observation
from wallet.records.fhir.dstu2 import MAPPED as DSTU2_TYPES
from wallet.records.fhir.r5 import MAPPED as R5_TYPES
from wallet.records.fhir.releases import to_r4
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.fhir.stu3 import MAPPED as STU3_TYPES
from wallet.records.findings import Cause
from wallet.records.reader import Given, open_reader
from wallet.records.receipt import Outcome

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PATIENT = {"reference": "Patient/p"}
PILL = {"text": "Metformin"}


def read(content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    reader = open_reader(
        Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
    )
    found = list(reader.found())
    assert b"".join(one.gap + one.raw for one in found) + reader.tail == data
    return reader, found


def only(resource):
    """The one record of a resource: what it became, and who read it."""
    reader, (found,) = read(resource)
    return json.loads(found.resource), found, reader


DSTU2 = [
    (
        {
            "resourceType": "MedicationOrder",
            "status": "active",
            "dateWritten": "2015-01-15",
            "patient": PATIENT,
            "prescriber": {"display": "Dr Lind"},
            "reasonCodeableConcept": {"text": "Diabetes"},
            "medicationCodeableConcept": PILL,
            "note": "with food",
            "dosageInstruction": [
                {
                    "text": "twice",
                    "additionalInstructions": {"text": "with water"},
                    "doseQuantity": {"value": 1},
                }
            ],
        },
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "authoredOn": "2015-01-15",
            "subject": PATIENT,
            "requester": {"display": "Dr Lind"},
            "reasonCode": [{"text": "Diabetes"}],
            "medicationCodeableConcept": PILL,
            "note": [{"text": "with food"}],
            "dosageInstruction": [
                {
                    "text": "twice",
                    "additionalInstruction": [{"text": "with water"}],
                    "doseAndRate": [{"doseQuantity": {"value": 1}}],
                }
            ],
        },
    ),
    (
        {
            "resourceType": "Condition",
            "patient": PATIENT,
            "code": {"text": "Asthma"},
            "category": {"text": "Problem"},
            "clinicalStatus": "active",
            "verificationStatus": "unknown",
            "dateRecorded": "2014",
            "notes": "mild",
        },
        {
            "resourceType": "Condition",
            "subject": PATIENT,
            "code": {"text": "Asthma"},
            "category": [{"text": "Problem"}],
            "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
            "recordedDate": "2014",
            "note": [{"text": "mild"}],
        },
    ),
    (
        {
            "resourceType": "AllergyIntolerance",
            "patient": PATIENT,
            "substance": {"text": "Nuts"},
            "status": "refuted",
            "criticality": "CRITH",
            "category": "food",
            "onset": "2010-05",
        },
        {
            "resourceType": "AllergyIntolerance",
            "patient": PATIENT,
            "code": {"text": "Nuts"},
            "verificationStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/"
                        "allergyintolerance-verification",
                        "code": "refuted",
                    }
                ]
            },
            "criticality": "high",
            "category": ["food"],
            "onsetDateTime": "2010-05",
        },
    ),
    (
        {
            "resourceType": "Encounter",
            "patient": PATIENT,
            "status": "finished",
            "class": "emergency",
            "reason": [{"text": "Fall"}],
        },
        {
            "resourceType": "Encounter",
            "subject": PATIENT,
            "status": "finished",
            "class": {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "EMER",
            },
            "reasonCode": [{"text": "Fall"}],
        },
    ),
    (
        {
            "resourceType": "Immunization",
            "patient": PATIENT,
            "status": "completed",
            "date": "2013-01-10",
            "wasNotGiven": True,
            "reported": False,
            "vaccineCode": {"text": "Flu"},
            "performer": {"display": "Nurse"},
            "explanation": {"reasonNotGiven": [{"text": "ill"}]},
        },
        {
            "resourceType": "Immunization",
            "patient": PATIENT,
            "status": "not-done",
            "occurrenceDateTime": "2013-01-10",
            "primarySource": True,
            "vaccineCode": {"text": "Flu"},
            "performer": [{"actor": {"display": "Nurse"}}],
            "statusReason": {"text": "ill"},
        },
    ),
]
STU3 = [
    (
        {
            "resourceType": "MedicationStatement",
            "status": "active",
            "taken": "n",
            "medicationCodeableConcept": PILL,
            "subject": PATIENT,
            "reasonNotTaken": [{"text": "sick"}],
        },
        {
            "resourceType": "MedicationStatement",
            "status": "not-taken",
            "medicationCodeableConcept": PILL,
            "subject": PATIENT,
            "statusReason": [{"text": "sick"}],
        },
    ),
    (
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Weight"},
            "context": {"reference": "Encounter/1"},
            "comment": "at home",
            "related": [{"type": "derived-from", "target": {"reference": "X/1"}}],
        },
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Weight"},
            "encounter": {"reference": "Encounter/1"},
            "note": [{"text": "at home"}],
            "derivedFrom": [{"reference": "X/1"}],
        },
    ),
    (
        {
            "resourceType": "ProcedureRequest",
            "status": "active",
            "intent": "order",
            "code": {"text": "Blood count"},
            "requester": {"agent": {"display": "Dr Lind"}},
            "performer": {"display": "City laboratory"},
        },
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": {"text": "Blood count"},
            "requester": {"display": "Dr Lind"},
            "performer": [{"display": "City laboratory"}],
        },
    ),
    (
        {
            "resourceType": "Procedure",
            "status": "aborted",
            "notDone": False,
            "code": {"text": "Biopsy"},
            "performer": [{"role": {"text": "surgeon"}, "actor": PATIENT}],
        },
        {
            "resourceType": "Procedure",
            "status": "stopped",
            "code": {"text": "Biopsy"},
            "performer": [{"function": {"text": "surgeon"}, "actor": PATIENT}],
        },
    ),
]
R5 = [
    (
        {
            "resourceType": "MedicationRequest",
            "status": "ended",
            "intent": "order",
            "subject": PATIENT,
            "medication": {"concept": PILL},
            "reason": [
                {"concept": {"text": "Diabetes"}},
                {"reference": {"reference": "Condition/1"}},
            ],
            "renderedDosageInstruction": "twice a day",
        },
        {
            "resourceType": "MedicationRequest",
            "status": "completed",
            "intent": "order",
            "subject": PATIENT,
            "medicationCodeableConcept": PILL,
            "reasonCode": [{"text": "Diabetes"}],
            "reasonReference": [{"reference": "Condition/1"}],
            "dosageInstruction": [{"text": "twice a day"}],
        },
    ),
    (
        {
            "resourceType": "Encounter",
            "status": "completed",
            "class": [{"coding": [{"system": "s", "code": "AMB"}]}],
            "actualPeriod": {"start": "2024-01-02"},
            "reason": [{"value": [{"concept": {"text": "Cough"}}]}],
            "diagnosis": [{"condition": [{"reference": {"reference": "C/1"}}]}],
        },
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "s", "code": "AMB"},
            "period": {"start": "2024-01-02"},
            "reasonCode": [{"text": "Cough"}],
            "diagnosis": [{"condition": {"reference": "C/1"}}],
        },
    ),
    (
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"text": "Biopsy"},
            "occurrenceDateTime": "2024-02",
        },
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"text": "Biopsy"},
            "performedDateTime": "2024-02",
        },
    ),
    (
        {
            "resourceType": "DeviceUsage",
            "status": "active",
            "patient": PATIENT,
            "device": {"reference": {"display": "Insulin pump"}},
        },
        {
            "resourceType": "DeviceUseStatement",
            "status": "active",
            "subject": PATIENT,
            "device": {"display": "Insulin pump"},
        },
    ),
]
ALL = [("DSTU2", *pair) for pair in DSTU2]
ALL += [("STU3", *pair) for pair in STU3] + [("R5", *pair) for pair in R5]


@pytest.mark.parametrize(("release", "given", "expected"), ALL)
def test_a_resource_of_another_release_becomes_r4(release, given, expected):
    before = json.dumps(given)
    held, found, reader = only(given)
    assert held == expected
    assert json.loads(found.raw) == given == json.loads(before)
    assert found.outcome is None
    assert found.reader == f"fhir-{release.lower()} 1"
    assert reader.format == f"fhir-{release.lower()}-json"
    assert [(one.cause, one.detail) for one in reader.findings] == [
        (Cause.TRANSLATED, f"FHIR {release}")
    ]


def test_what_is_inside_another_resource_is_translated_too():
    inner = {"resourceType": "Medication", "id": "m", "code": PILL, "isBrand": True}
    outer = {
        **DSTU2[0][0],
        "contained": [inner, {"resourceType": "Strange"}, 7],
        "medicationReference": {"reference": "#m"},
    }
    del outer["medicationCodeableConcept"]
    held, found, _ = only(outer)
    assert held["contained"][0] == {
        "resourceType": "Medication",
        "id": "m",
        "code": PILL,
    }
    assert held["contained"][1:] == [{"resourceType": "Strange"}, 7]
    assert found.facts.title == "Metformin"


def test_one_resource_of_a_later_release_does_not_come_in_as_r4_in_a_file_of_r4():
    content = bundle(*map(observation, range(60)), R5[0][0], R5[2][0])
    reader, found = read(content)
    assert reader.format == "fhir-r4-json"
    assert [one.reader for one in found if one.reader] == ["fhir-r5 1"] * 2
    assert json.loads(found[-2].resource) == R5[0][1]
    assert [one.cause for one in reader.findings] == [Cause.TRANSLATED]


@pytest.mark.parametrize(
    ("release", "mark"),
    [
        ("DSTU2", {"resourceType": "Patient", "name": [{"family": ["Lind", "Berg"]}]}),
        ("DSTU2", {"resourceType": "Practitioner", "name": {"family": ["Lind"]}}),
        ("DSTU2", {"resourceType": "MedicationDispense", "patient": PATIENT}),
        (
            "DSTU2",
            {"resourceType": "Goal", "description": "Walk", "status": "achieved"},
        ),
        ("DSTU2", {"resourceType": "Medication", "product": {"form": {"text": "x"}}}),
        ("STU3", {"resourceType": "Goal", "status": "achieved"}),
        ("STU3", {"resourceType": "Medication", "isBrand": False}),
        ("R5", {"resourceType": "Medication", "doseForm": {"text": "pill"}}),
        ("R5", {"resourceType": "ServiceRequest", "code": {"concept": PILL}}),
    ],
)
def test_a_single_resource_tells_its_release_by_one_element(release, mark):
    held, found, _ = only(mark)
    assert found.reader == f"fhir-{release.lower()} 1"
    assert held != mark


NEW_TYPE = {
    "resourceType": "NutritionIntake",
    "id": "n",
    "meta": {"security": [{"system": "s", "code": "ETH"}]},
    "status": "completed",
    "subject": PATIENT,
    "code": {"text": "Quokkaberry porridge"},
}


@pytest.mark.parametrize("kind", ["NutritionIntake", "SomethingElse"])
def test_what_has_no_r4_is_kept_and_can_be_looked_at(kind):
    given = {**NEW_TYPE, "resourceType": kind}
    held, found, reader = only(given)
    assert found.outcome is Outcome.KEPT_RAW
    assert held["resourceType"] == "DocumentReference"
    assert found.facts.category == "other"
    assert found.facts.title in ("Nutrition intake", "Something else")
    assert "Quokkaberry" in found.words
    assert [label.code for label in found.labels] == ["ETH"]
    (finding,) = reader.findings
    assert finding.cause in (Cause.OTHER_RELEASE, Cause.UNKNOWN_TYPE)


def test_json_that_is_no_fhir_does_not_say_that_it_is():
    reader, (found,) = read({"header": {"id": "1"}, "body": {}})
    assert (reader.format, found.outcome) == ("json", Outcome.KEPT_RAW)
    assert read(b'{"a": 1}\n{"b": 2}\n')[0].format == "ndjson"
    assert read(b"[1, 2]")[0].format == "json-list"
    assert read(bundle())[0].format == "fhir-r4-json"


@pytest.mark.parametrize(
    ("types", "release"),
    [(DSTU2_TYPES, "DSTU2"), (STU3_TYPES, "STU3"), (R5_TYPES, "R5")],
)
def test_no_shape_of_an_element_makes_a_mapping_raise(types, release):
    keys = {key for _, given, _ in ALL for key in given}
    keys |= {"participant", "evidence", "content", "activity", "protocolApplied"}
    odd = [None, 7, "x", [], {}, [None], ["x"], [{}], [[]], {"coding": 3}, [{"a": []}]]
    for rtype in types:
        for value in odd:
            held = dict.fromkeys(keys, value) | {"resourceType": rtype}
            made = to_r4(held, release)
            assert made is None or made["resourceType"] in CATEGORY
