import io
import re
from datetime import UTC, datetime

import pytest

from tests.support.shared_records import is_labelled, maya, shared
from wallet.exports.facts import facts, spoken_date, words
from wallet.exports.naming import Naming
from wallet.exports.readable import Notice, write_readable
from wallet.exports.reader_stick import for_reader
from wallet.exports.trimming import Extent

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def page(records, *, extent=Extent.SCOPED, notice=Notice.NAMED_READER):
    sink = io.BytesIO()
    naming = Naming(records, extent=extent, salt=b"s" * 32)
    write_readable(records, sink, naming=naming, made_at=NOW, notice=notice)
    return sink.getvalue().decode()


def test_the_summary_comes_first_and_every_kind_follows():
    text = page(maya(), extent=Extent.WHOLE)
    order = [text.index(f'id="{part}"') for part in ("summary", "allergy", "test")]
    assert order == sorted(order)
    for shown in ("Penicillin", "Apixaban 5 mg", "Cholesterol, bad (LDL)", "Talking"):
        assert shown in text
    assert "Everything in the wallet: 677 records, 2014 to 2026" in text
    assert "Itchy rash on day two of amoxicillin" in text


def test_the_page_holds_no_script_and_no_outside_address_and_forbids_both():
    text = page(maya(), extent=Extent.WHOLE)
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert not re.search(r"(?i)<script|<link|<img|<iframe|javascript:|\son\w+=", text)
    assert not re.search(r"(?i)(src|href)=\"(?!#)", text)
    assert "http://" not in text
    assert "https://" not in text


def test_a_whole_folder_says_plainly_that_it_is_not_encrypted():
    text = page(maya(), extent=Extent.WHOLE, notice=Notice.OPEN_FOLDER)
    assert "This folder is not encrypted." in text
    assert "This folder is not encrypted." not in page(maya())


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=y>', "a\u202eb\u0000c&amp;"],
)
def test_every_word_is_escaped(hostile):
    title = {"resourceType": "Condition", "id": "1", "code": {"text": hostile}}
    text = page([shared(title), shared(title | {"id": "2"}, title=hostile)])
    assert hostile not in text
    assert "<script" not in text
    assert "<img" not in text
    assert "\u202e" not in text


def test_what_was_held_back_leaves_no_trace_on_the_page():
    text = page([record for record in maya() if not is_labelled(record)])
    for word in ("Depression", "Sertraline", "PHQ-9", "Talking", "rinking", "14 rec"):
        assert word not in text
    assert "A chosen part: 663 records" in text
    assert "Low mood" not in text


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Encounter", "reasonCode": [{"text": "quillwort"}]},
        {"resourceType": "Basic", "text": {"div": "<div>quillwort</div>"}},
        {
            "resourceType": "MedicationRequest",
            "medicationReference": {"reference": "Medication/9"},
        },
        {
            "resourceType": "DiagnosticReport",
            "presentedForm": [{"contentType": "text/plain", "title": "quillwort"}],
        },
    ],
)
def test_a_title_taken_from_what_was_held_back_is_not_on_a_scoped_page(resource):
    record = shared({**resource, "id": "1"}, title="quillwort")
    assert "quillwort" not in page([record])
    assert "quillwort" in page([record], extent=Extent.WHOLE)


def test_a_medicine_that_goes_along_still_names_its_prescription():
    given = {"resourceType": "Medication", "id": "9", "code": {"text": "Sorrelin"}}
    dose = {
        "resourceType": "MedicationRequest",
        "id": "1",
        "medicationReference": {"reference": "Medication/9"},
    }
    text = page([shared(dose, title="Sorrelin"), shared(given, title="Sorrelin")])
    assert text.count("Sorrelin") >= 2
    assert "Sorrelin" not in page([shared(dose, title="Sorrelin")])


def test_a_value_stands_with_its_unit_its_range_and_its_mark():
    seen = facts(
        {
            "resourceType": "Observation",
            "effectiveDateTime": "2026-11-12T08:10:00Z",
            "code": {"text": "LDL"},
            "valueQuantity": {"value": 148, "unit": "mg/dL", "comparator": ">"},
            "interpretation": [{"coding": [{"code": "H"}]}],
            "referenceRange": [{"high": {"value": 130, "unit": "mg/dL"}}],
            "performer": [{"display": "City Laboratory"}],
        },
        title="",
        place="a file",
    )
    assert (seen.shown, seen.what, seen.value) == (
        "12 November 2026",
        "LDL",
        ">148 mg/dL",
    )
    assert seen.usual == "above the usual range; usual: up to 130 mg/dL"
    assert seen.place == "City Laboratory"


@pytest.mark.parametrize(
    "resource",
    [
        {"status": 3, "code": ["x", {"coding": "y"}], "component": "z"},
        {"content": [{"attachment": {"contentType": "text/plain", "data": "%%"}}]},
        {"effectivePeriod": {"start": 4}, "participant": [None, {"individual": 1}]},
        {"interpretation": [None, {"coding": [None]}], "referenceRange": ["x"]},
        {"valueQuantity": "x", "reaction": ["x"], "dosageInstruction": {"text": 1}},
    ],
)
def test_a_misshapen_resource_is_shown_as_far_as_it_can_be_read(resource):
    seen = facts({"resourceType": "Basic", **resource}, title="Kept", place="here")
    assert seen.what == "Kept"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("28.284183818012863", "28.28"),
        ("7.40", "7.40"),
        ("0.00012345", "0.0001234"),
        (3, "3"),
    ],
)
def test_a_number_nobody_measures_so_exactly_is_shortened(written, shown):
    amount = {"value": written, "unit": "U/L"}
    seen = facts({"resourceType": "Basic", "valueQuantity": amount}, title="", place="")
    assert seen.value == f"{shown} U/L"


def test_a_scoped_page_names_no_source_file():
    record = shared({"resourceType": "Condition", "id": "1"}, source_name="hiv.json")
    assert "hiv.json" not in page([record])
    assert "hiv.json" in page([record], extent=Extent.WHOLE)


def test_a_date_is_no_more_exact_than_it_was_written():
    assert spoken_date("2026") == "2026"
    assert spoken_date("2026-11") == "November 2026"
    assert spoken_date("not a date") == "not a date"[:3] or spoken_date("x") == "x"


def test_a_name_is_read_in_the_order_people_say_it():
    name = {"family": "Osei", "given": ["Amara", "K"], "prefix": ["Dr."]}
    assert words(name) == "Dr. Amara K Osei"


def test_a_stick_for_one_reader_has_no_word_about_whom(tmp_path):
    package = tmp_path / "p"
    package.write_bytes(b"HWP1" + bytes(70_000))
    parts = for_reader(grant_file=b"HWGRANT1...", package=package)
    assert [part.name for part in parts] == [
        "START-HERE.html",
        "permission.hwgrant",
        "package.hwp",
    ]
    again = for_reader(grant_file=b"HWGRANT1 another", package=package)
    assert parts[0].digest == again[0].digest
    with parts[0].read() as page:
        text = page.read().decode("ascii")
    assert "encrypted" in text
    assert not re.search(r"(?i)<script|<link|https?:|(src|href)=", text)
