"""The document as a whole: its sections, its marks, and what it holds back."""

import re
from dataclasses import replace

import pytest

from tests.exports.cda.documents import parts, written
from tests.exports.cda.test_round_trip import CONDITION, MEDICINE, RESULT
from tests.support.selections import chosen
from tests.support.shared_records import is_labelled, maya, shared
from wallet.exports.clinical_document import write
from wallet.exports.dress import Why
from wallet.exports.trimming import Extent
from wallet.records.record import Label

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
REQUIRED = {"48765-2", "10160-0", "11450-4", "30954-2", "8716-3", "29762-2"}


def labelled(resource, *codes):
    record = shared(resource)
    marks = tuple(
        Label(code=code, system=LEVEL if code in "NRV" else ACT_CODE, basis="source")
        for code in codes
    )
    return replace(record, labels=marks)


def test_the_required_sections_stand_there_even_when_nothing_is_known():
    text = written([])[0].decode()
    empty = re.findall(r'<section nullFlavor="NI">.*?<code code="([^"]+)"', text)
    assert set(empty) == REQUIRED
    assert text.count("Nothing of this kind is in this copy.") == len(REQUIRED)
    assert "No known" not in text


def test_the_document_bears_the_highest_mark_and_each_section_its_own():
    data, said = written([labelled(CONDITION, "R", "MH"), shared(MEDICINE)])
    text = data.decode()
    assert said.level == "R"
    head, body = text.split("<structuredBody>")
    assert '<confidentialityCode code="R"' in head
    marks = dict(
        re.findall(
            r'<section[^>]*>.*?<code code="([^"]+)".*?<confidentialityCode code="(.)"',
            body,
        )
    )
    assert (marks["11450-4"], marks["10160-0"]) == ("R", "N")


def test_every_label_comes_back_with_its_record_and_with_no_other():
    data, _ = written([labelled(CONDITION, "R", "MH"), shared(MEDICINE)])
    found = {p.resource["resourceType"]: p.labels for p in parts(data) if p.resource}
    codes = {kind: {one.code for one in labels} for kind, labels in found.items()}
    assert codes["Condition"] == {"R", "MH"}
    assert "MH" not in codes["MedicationStatement"]
    assert "R" not in codes["MedicationStatement"]


@pytest.mark.parametrize("code", ["SUD", "42CFRPart2", "NORDSCLCD", "V", "odd"])
def test_no_label_gets_lost(code):
    data, _ = written([labelled(RESULT, code)])
    found = [p for p in parts(data) if p.resource["resourceType"] == "Observation"]
    assert code in {label.code for label in found[0].labels}


def test_what_was_held_back_leaves_no_trace_in_the_document():
    kept = [record for record in maya() if not is_labelled(record)]
    text = written(kept, extent=Extent.SCOPED)[0].decode()
    for word in ("Depression", "Sertraline", "PHQ-9", "Talking", "rinking", "Low mood"):
        assert word not in text


def test_what_has_no_entry_is_told_in_words_and_said():
    goal = {"resourceType": "Goal", "description": {"text": "Walk to the sea"}}
    data, said = written([shared(goal, title="Walk to the sea"), shared(RESULT)])
    assert (said.coded, said.in_words) == (1, (("Goals", 1),))
    assert "Walk to the sea" in data.decode()


def test_a_record_made_in_error_is_no_entry():
    wrong = RESULT | {"status": "entered-in-error"}
    data, said = written([shared(wrong)])
    assert said.coded == 0
    assert "<observation" not in data.decode()


def test_the_program_is_the_author_and_not_the_patient():
    text = written(maya())[0].decode()
    assert text.count("<assignedAuthoringDevice>") == 1
    assert "<representedCustodianOrganization>" in text


def test_every_entry_points_at_its_row_in_the_narrative():
    text = written(maya())[0].decode()
    rows = set(re.findall(r'<tr ID="(r\d+)">', text))
    pointed = set(re.findall(r'<reference value="#(r\d+)"/>', text))
    assert pointed <= rows
    assert len(pointed) > 500


@pytest.mark.parametrize("letter", ["\u0000", "\u001b", "\ufffe", "]]>", "\U0001f9e1"])
def test_letters_that_xml_has_no_way_to_write_break_nothing(letter):
    named = RESULT | {"code": {"text": f"Iron{letter} test"}}
    found = [p.resource for p in parts(written([shared(named)])[0])]
    held = next(one for one in found if one["resourceType"] == "Observation")
    assert held["code"]["text"].startswith("Iron")


def test_the_dress_names_what_is_not_in_it(tmp_path):
    dress = write(chosen(maya(), tmp_path))
    assert {one.why for one in dress.left_out} == {Why.NO_PLACE}
    assert {one.rtype for one in dress.left_out} == {"Organization", "Practitioner"}
    assert dress.held + len(dress.left_out) == len(maya())
    assert [part.name for part in dress.parts] == ["clinical-document.xml"]
