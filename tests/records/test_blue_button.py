"""Blue Button text: each entry is a record, each other section a document."""

import base64
import random
import re

import pytest

from tests.corpus import TESTDATA
from wallet.records.blue_button.fields import date
from wallet.records.blue_button.reader import parse
from wallet.records.blue_button.syntax import sections
from wallet.records.fhir.facts import Names, facts_of
from wallet.records.findings import Cause

FILES = sorted((TESTDATA / "blue-button").rglob("*.txt")) if TESTDATA.is_dir() else []
STARTS = {
    "Medication", "Drug Name", "Allergy Name", "Problem", "Condition Name",
    "Medical Event", "Immunization", "Immunization Name", "Lab Test", "Test Name",
    "Test/Lab Type", "Type of Report", "Procedure/Test Name", "Vital Sign",
    "Measurement Type", "Vital Statistic Type", "Admission Date", "Device Name",
    "Health Insurance Company", "Contract ID/Plan ID",
}  # fmt: skip


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse(data, None))


def va(name, *lines):
    return read("\n".join((f"------- {name} -------", "", "Source: VA", "", *lines)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_entry_of_a_published_file_is_a_record(path):
    data = path.read_text("utf-8", "replace")
    found = read(path.read_bytes())
    begun = sum(
        line.split(":")[0].strip() in STARTS and ":" in line
        for line in data.splitlines()
    )
    mapped = [one for one in found if one.cause is None]
    about = ("Patient", "Appointment", "DocumentReference")
    assert len([m for m in mapped if m.resource["resourceType"] not in about]) == begun
    for one in found:
        facts = facts_of(one.resource, Names())
        assert any(letter.isalpha() for letter in facts.title)
        assert not facts.written.startswith("1970")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_word_of_a_published_file_is_lost_to_search(path):
    """What is in no record is a heading or the prose before the first entry."""
    found = read(path.read_bytes())
    said = " ".join(_all_words(one) for one in found)
    for section in sections(path.read_bytes()):
        first = next((one for one in found if section.name in one.place), None)
        if first is None or first.cause is None:
            continue
        for word in re.findall(r"[A-Za-z]{5,}", section.said):
            assert word in said


def _all_words(found):
    attached = [
        base64.b64decode(content["attachment"]["data"]).decode()
        for content in found.resource.get("content", ())
    ]
    return " ".join([found.words, *attached])


def test_next_of_kin_is_never_taken_for_the_patient():
    found = va(
        "VA DEMOGRAPHICS", "First Name:  Maya", "Last Name:   Lindgren",
        "Date of Birth: 03 Feb 1951", "-" * 40, "PRIMARY NEXT OF KIN",
        "  Name:      Olof Lindgren",
    )  # fmt: skip
    [patient] = [one.resource for one in found if one.cause is None]
    assert patient["name"] == [{"given": ["Maya"], "family": "Lindgren"}]
    assert patient["birthDate"] == "1951-02-03"


def test_a_result_has_its_number_unit_range_mark_and_day():
    found = va(
        "VA LABORATORY RESULTS", "Lab Test: Potassium",
        "Date/Time Collected: 17 Jan 2013 @ 1341", "-" * 40, "Test Name: POTASSIUM",
        "Result: 6.5 Critical High", "Units: mmol/L", "Reference Range: (3.5-5.0)",
        "Status: Final",
    )  # fmt: skip
    seen = found[-1].resource
    assert (str(seen["valueQuantity"]["value"]), seen["valueQuantity"]["unit"]) == (
        "6.5",
        "mmol/L",
    )
    assert seen["interpretation"] == [{"text": "Critical High"}]
    assert str(seen["referenceRange"][0]["high"]["value"]) == "5.0"
    assert seen["effectiveDateTime"] == "2013-01-17"


def test_a_note_keeps_its_text_and_its_fields_are_not_read_out_of_it():
    found = va(
        "VA NOTES", "Date/Time:  25 Jan 2013 @ 0701", "Note Title: CARDIOLOGY",
        "Signed By:  PROVIDER", "-" * 40, "Problem: none", "All is well.",
    )  # fmt: skip
    [note] = [one for one in found if one.cause is None]
    data = note.resource["content"][0]["attachment"]["data"]
    assert base64.b64decode(data).decode() == "Problem: none\nAll is well."


def test_a_section_nobody_knows_is_a_document_and_counted_as_kept():
    [found] = va("SOMETHING NEW", "Key: value")
    assert found.cause is Cause.UNKNOWN_TYPE
    assert found.resource["type"]["text"] == "Something New"


def test_a_section_that_says_it_is_empty_gives_nothing():
    assert va("VA ALLERGIES", "No information was available that matched.") == []


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("07 Dec 2012 @ 1155", "2012-12-07"),
        ("05/01/2007", "2007-05-01"),
        ("Jan 25, 2013", "2013-01-25"),
        ("1/27/1942", "1942-01-27"),
        ("13/13/2012", ""),
        ("40 Dec 2012", ""),
        ("UNKNOWN", ""),
        ("", ""),
    ],
)
def test_american_dates_are_days_and_others_are_none(written, day):
    assert date(written) == day


def test_blood_pressure_is_one_record_of_two_values():
    found = va(
        "VA VITALS AND READINGS", "Vital Sign: Blood Pressure",
        "Measurement: 190/70 mm[Hg]", "Date/Time Collected: 07 Jan 2013",
    )  # fmt: skip
    facts = facts_of(found[0].resource, Names())
    assert (facts.value, facts.unit, facts.title) == (
        "190/70",
        "mmHg",
        "Blood pressure",
    )


def test_changed_files_end_in_records():
    seed = random.Random(6)  # noqa: S311 the same files each time
    samples = [path.read_bytes()[:12_000] for path in FILES] or [b"---- A ----\nB: c"]
    for _ in range(100):
        data = bytearray(seed.choice(samples))
        for _ in range(seed.randrange(1, 30)):
            data[seed.randrange(len(data))] = seed.randrange(256)
        for found in read(bytes(data[: seed.randrange(1, len(data))])):
            facts_of(found.resource, Names())


def test_long_lines_and_endless_rules_end():
    assert read("-" * 500_000 + "\n" + "A" * 500_000 + ":" + " " * 500_000)
    assert read(("-" * 32 + "\n") * 20_000) is not None
