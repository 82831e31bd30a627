"""A judge's slip is told from what is really wrong, by looking at the file."""

import json

import pytest

from tests.foreign.fhir_refuted import refuted

BILL = {
    "resourceType": "ExplanationOfBenefit",
    "id": "1",
    "diagnosis": [
        {"sequence": 1, "diagnosisCodeableConcept": {"text": "Gout"}},
        {"sequence": 2},
    ],
    "item": [{"adjudication": [{"reason": {"text": "a"}}, {"reason": {"text": "b"}}]}],
}
GIVEN = {"resourceType": "Immunization", "_occurrenceDateTime": {"extension": []}}


def said(place, *, rule="cardinality.min", judge="pyrofile", text="", **more):
    return {"judge": judge, "rule": rule, "place": place, "text": text, **more}


def bundle(*resources):
    return {"entry": [{"resource": one} for one in resources]}


@pytest.mark.parametrize("number", [0, 1])
def test_a_choice_in_a_list_is_missing_only_where_it_is(tmp_path, number):
    finding = said(f"ExplanationOfBenefit.diagnosis[{number}].diagnosis[x]", id="1")
    assert refuted(finding, bundle(BILL), tmp_path) is (number == 0)


def test_one_element_in_each_of_a_list_is_not_too_many(tmp_path):
    finding = said(
        "ExplanationOfBenefit.item.adjudication.reason",
        rule="profile.element.cardinality.max",
        text="Profile allows at most 1 value(s) for it",
    )
    assert refuted(finding, BILL, tmp_path)
    twice = {**BILL, "item": [{"adjudication": [{"reason": [1, 2]}]}]}
    assert not refuted(finding, twice, tmp_path)


def test_an_element_that_says_why_it_has_no_value_is_there(tmp_path):
    finding = said("Immunization.occurrence", judge="fhirjs", text="Missing property")
    assert refuted(finding, bundle(GIVEN), tmp_path)
    assert not refuted(finding, bundle({"resourceType": "Immunization"}), tmp_path)
    assert not refuted(
        finding, bundle(GIVEN, {"resourceType": "Immunization"}), tmp_path
    )


def test_an_element_of_the_release_is_not_unknown(tmp_path):
    made = {"snapshot": {"element": [{"path": "Claim.item"}]}}
    (tmp_path / "StructureDefinition-Claim.json").write_text(json.dumps(made))
    for name, known in (("item", True), ("colour", False)):
        finding = said(f"Claim.{name}", judge="fhirjs", text="Unexpected property")
        assert refuted(finding, {}, tmp_path) is known


def test_a_large_file_is_no_fault_while_its_strings_are_short(tmp_path):
    finding = said("Bundle", rule="structure.size")
    large = {"resourceType": "Basic", "code": [{"text": "a" * 600_000}] * 2}
    assert refuted(finding, large, tmp_path)
    long = {"resourceType": "Basic", "code": {"text": "a" * 1_048_577}}
    assert not refuted(finding, long, tmp_path)


def test_what_it_cannot_look_up_stands(tmp_path):
    assert not refuted(said("Patient.name", id="7"), bundle(BILL), tmp_path)
    assert not refuted(said("Claim.a:b.c"), bundle({"resourceType": "Claim"}), tmp_path)
    assert not refuted(said("Patient", rule="extension.context"), BILL, tmp_path)
