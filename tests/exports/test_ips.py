"""An International Patient Summary: what must be there is, and what is not is named."""

import json

import pytest

from tests.support.selections import chosen, files_of
from tests.support.shared_records import maya, shared
from wallet.exports import ips
from wallet.exports.dress import Why
from wallet.exports.trimming import Extent
from wallet.records.fhir.validity import flaws_of

NEEDED = {"11450-4": "Problem", "48765-2": "Allergies", "10160-0": "Medication"}
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"


def summary(records, tmp_path, *, extent=Extent.WHOLE):
    dress = ips.write(chosen(records, tmp_path, extent=extent))
    return json.loads(files_of(dress)[ips.PATH]), dress


def resources(document):
    return [entry["resource"] for entry in document["entry"]]


def sections(document):
    return {
        section["code"]["coding"][0]["code"]: section
        for section in resources(document)[0]["section"]
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return summary(maya(), tmp_path_factory.mktemp("ips"))


def test_it_is_a_document_with_its_composition_first_and_its_person_next(made):
    document, _ = made
    assert (document["resourceType"], document["type"]) == ("Bundle", "document")
    assert document["timestamp"]
    assert document["identifier"]["value"]
    composition, patient, *_ = resources(document)
    assert composition["resourceType"] == "Composition"
    assert composition["type"]["coding"][0]["code"] == "60591-5"
    assert patient["resourceType"] == "Patient"
    assert composition["subject"]["reference"] == document["entry"][1]["fullUrl"]


def test_every_section_has_words_and_leads_to_what_is_in_the_document(made):
    document, _ = made
    there = {entry["fullUrl"] for entry in document["entry"]}
    assert len(there) == len(document["entry"])
    assert sections(document).keys() >= NEEDED.keys()
    for section in sections(document).values():
        assert "</div>" in section["text"]["div"]
        for entry in section.get("entry", ()):
            assert entry["reference"] in there


def test_every_resource_keeps_the_rules_of_the_release(made):
    document, _ = made
    for resource in resources(document):
        assert list(flaws_of(resource)) == [], resource["resourceType"]


def test_of_nothing_it_says_that_nothing_is_known_and_never_that_there_is_none(
    tmp_path,
):
    document, _ = summary([], tmp_path)
    held = {entry["fullUrl"]: entry["resource"] for entry in document["entry"]}
    assert sections(document).keys() >= NEEDED.keys()
    for code in NEEDED:
        (entry,) = sections(document)[code]["entry"]
        said = json.dumps(held[entry["reference"]])
        assert ABSENT in said
        assert "no-" in said
        assert "-info" in said


def test_what_is_not_in_it_is_named_and_everything_is_in_one_or_the_other(made):
    _, dress = made
    assert dress.held + len({one.record_id for one in dress.left_out}) >= len(maya())
    assert {one.why for one in dress.left_out} <= set(Why)
    assert any(one.why is Why.OLDER for one in dress.left_out)


def test_an_entry_that_was_taken_back_is_left_out(tmp_path):
    wrong = shared(
        {
            "resourceType": "AllergyIntolerance",
            "id": "wrong",
            "code": {"text": "Peanut"},
            "verificationStatus": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/"
                        "allergyintolerance-verification",
                        "code": "entered-in-error",
                    }
                ]
            },
        }
    )
    document, dress = summary([wrong], tmp_path)
    assert "Peanut" not in json.dumps(document)
    assert [one.why for one in dress.left_out] == [Why.TAKEN_BACK]
