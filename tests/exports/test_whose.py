"""Each record of a dress leads to its one Patient, and her birth time has its place."""

import pytest

from wallet.exports.whose import born, with_person

HER = "urn:uuid:her"
TIME = {
    "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
    "valueDateTime": "1961-04-17T03:10:00Z",
}


@pytest.mark.parametrize(
    "named",
    [
        {"display": "Maya Rosander"},
        {"identifier": {"value": "4711"}},
        {"type": "Patient", "identifier": {"value": "4711"}},
    ],
)
def test_a_person_named_without_a_link_gets_one_and_keeps_her_name(named):
    made = with_person({"resourceType": "Observation", "subject": named}, HER)
    assert made["subject"] == {**named, "reference": HER}


@pytest.mark.parametrize("rtype", ["Encounter", "Observation", "DiagnosticReport"])
def test_a_record_that_names_nobody_is_hers(rtype):
    assert with_person({"resourceType": rtype}, HER)["subject"] == {"reference": HER}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Observation", "subject": {"reference": "urn:uuid:ward"}},
        {
            "resourceType": "Observation",
            "subject": {"type": "Location", "display": "W"},
        },
        {"resourceType": "Observation", "subject": {"extension": [{"url": "u"}]}},
        {"resourceType": "Device", "deviceName": [{"name": "Scale"}]},
        {"resourceType": "Organization", "name": "Lind Family Practice"},
        {"resourceType": "Procedure", "subject": ["Maya"]},
    ],
)
def test_what_names_somebody_else_or_nobody_on_purpose_stays(resource):
    assert with_person(resource, HER) == resource


def test_her_time_of_birth_stands_at_her_birth_date():
    other = {"url": "https://a.test/eyes", "valueCode": "green"}
    given = {"resourceType": "Patient", "extension": [TIME, other]}
    assert born(given) == {
        "resourceType": "Patient",
        "extension": [other],
        "_birthDate": {"extension": [TIME]},
    }
    assert given["extension"] == [TIME, other]


def test_a_time_of_birth_that_is_in_its_place_is_not_said_twice():
    there = {"resourceType": "Patient", "_birthDate": {"extension": [TIME]}}
    assert born(there) is there
    assert born({**there, "extension": [TIME]}) == there
