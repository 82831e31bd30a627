"""HL7 v2: every segment is a record, helps one, or is named; nothing breaks on it."""

import random
from decimal import Decimal

import pytest

from tests.corpus import TESTDATA
from wallet.records.fhir.facts import Names, facts_of
from wallet.records.findings import Cause
from wallet.records.hl7v2.reader import SUPPORTING, parse
from wallet.records.hl7v2.syntax import Signs, plain, segments
from wallet.records.hl7v2.values import moment

FILES = sorted((TESTDATA / "hl7v2").glob("*")) if TESTDATA.is_dir() else []
HEAD = (
    r"MSH|^~\&|LAB|City laboratory|W|H|20240301120000+0100||ORU^R01|1|P|2.5.1"
    "\rPID|1||77^^^HOSP&2.16.840.1.1&ISO^MR||Lindgren^Maya^A||19510203|F\r"
)


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(parse(data, None))


def records(text):
    return [found.resource for found in read(text) if found.resource]


def last(text):
    return records(HEAD + text)[-1]


def expected(data):
    """Counted by line starts alone: every line is one thing but those that help."""
    lines = data.replace(b"\xef\xbb\xbf", b"").replace(b"\n", b"\r").split(b"\r")
    names = [line[:3].decode("latin-1") for line in lines if line.strip()]
    count, letter = 0, False
    for name in names:
        if name in ("TXA", "OBX", "NTE"):
            count += name == "TXA" or (name == "OBX" and not letter)
            letter = letter or name == "TXA"
            continue
        letter = False
        count += name not in SUPPORTING
    return count


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line_of_a_published_message_is_accounted_for(path):
    data = path.read_bytes()
    assert len(read(data)) == expected(data)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_titles_of_published_messages_are_words_and_times_are_real(path):
    for resource in records(path.read_bytes()):
        facts = facts_of(resource, Names())
        assert any(letter.isalpha() for letter in facts.title)
        assert not facts.written.startswith("1970")


def test_a_number_keeps_its_digits_unit_range_and_mark():
    seen = last(
        "OBR|1||99^LAB|24331-1^Lipid panel^LN|||202402290800\r"
        "OBX|1|NM|2093-3^Cholesterol^LN||5.20|mmol/L^^UCUM|3.0-5.0|H|||F"
    )
    amount = {"system": "http://unitsofmeasure.org", "code": "mmol/L"}
    assert seen["valueQuantity"] == {
        "value": Decimal("5.20"), "unit": "mmol/L", **amount
    }  # fmt: skip
    assert str(seen["valueQuantity"]["value"]) == "5.20"
    assert seen["referenceRange"][0]["high"]["value"] == Decimal("5.0")
    assert seen["interpretation"][0]["coding"][0]["code"] == "H"
    assert seen["effectiveDateTime"] == "2024-02-29T08:00:00+01:00"
    assert seen["subject"]["display"] == "Maya A Lindgren"


@pytest.mark.parametrize(
    ("kind", "said", "key", "value"),
    [
        ("SN", "<^0.5", "valueQuantity", {"value": Decimal("0.5"), "comparator": "<"}),
        ("SN", "1^:^2", "valueString", "1 : 2"),
        ("ST", "< 3", "valueQuantity", {"value": Decimal(3), "comparator": "<"}),
        ("ST", "not seen", "valueString", "not seen"),
        ("NM", "much", "valueString", "much"),
        ("NM", "9" * 50, "valueString", "9" * 50),
        ("CE", "10828004^Positive^SCT", "valueCodeableConcept", None),
        ("DT", "20240102", "valueDateTime", "2024-01-02"),
        ("FT", r"One\.br\two", "valueString", "One\ntwo"),
    ],
)
def test_each_type_of_value_becomes_what_it_is(kind, said, key, value):
    seen = last(f"OBX|1|{kind}|1^A test^L||{said}||||||F")
    assert key in seen
    if value is not None:
        assert seen[key] == value


def test_an_empty_value_says_that_it_is_missing():
    assert "dataAbsentReason" in last("OBX|1|NM|1^A test^L||||||||I")


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [
        ("3.5 - 5", "3.5", "5"),
        ("<5", None, "5"),
        (">= 60", "60", None),
        ("see", None, None),
    ],
)
def test_a_range_has_its_numbers_where_there_are_any_and_its_words_always(
    limits, low, high
):
    [seen] = last(f"OBX|1|NM|1^A test^L||4||{limits}|||F")["referenceRange"]
    assert seen["text"] == limits
    assert (low is None) == ("low" not in seen)
    assert (high is None) == ("high" not in seen)


def test_a_time_without_any_zone_keeps_its_day_only():
    assert moment("20240301120000") == "2024-03-01"
    assert moment("20240301120000", zone="-0500") == "2024-03-01T12:00:00-05:00"
    assert [moment(t) for t in ("2024", "202403", "", "0000", "soon")] == [
        "2024", "2024-03", "", "", ""
    ]  # fmt: skip


def test_frames_marks_and_every_line_end_are_read_alike():
    text = (HEAD + "OBX|1|NM|1^A test^L||4||||||F\r").encode()
    plain_records = records(text)
    assert len(plain_records) == 2
    for other in (
        b"\x0b" + text + b"\x1c\r",
        b"\xef\xbb\xbf" + text,
        text.replace(b"\r", b"\r\n"),
        text.replace(b"\r", b"\n"),
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + text + b"BTS|1\rFTS|1\r",
    ):
        assert records(other) == plain_records


def test_signs_of_the_sender_are_used_and_ambiguous_ones_are_not():
    text = (
        "MSH#*!?$#LAB#C#W#H#20240301#x#ORU*R01#1#P#2.5\rOBX#1#NM#1*A test*L##4######F"
    )
    assert records(text)[0]["code"]["text"] == "A test"
    [head] = list(segments(b"MSH|||||LAB"))
    assert head.signs == Signs()


def test_escapes_become_letters_and_unknown_ones_go():
    signs = Signs()
    assert plain(r"a\T\b \F\ \S\ \R\ \E\ \X41\ \H\x\N\ \Zq\end", signs) == (
        "a&b | ^ ~ \\ A x end"
    )
    assert plain("C:\\dir and no end\\T", signs) == "C:\\dir and no end\\T"


def test_notes_stand_with_the_record_before_them():
    seen = last("OBX|1|NM|1^A test^L||4||||||F\rNTE|1||Fasting.\rNTE|2||Again.")
    assert [note["text"] for note in seen["note"]] == ["Fasting.", "Again."]


def test_a_letter_is_one_document_with_its_text():
    found = read(HEAD + "TXA|1|DI^Echo report|TX|20240229\rOBX|1|TX|1^x||One.||||||F\r"
                 "OBX|2|TX|1^x||Two.||||||F")  # fmt: skip
    assert len(found) == 2
    [content] = found[-1].resource["content"]
    assert content["attachment"]["data"] == "T25lLgpUd28u"


def test_a_restricted_order_marks_what_follows_and_a_new_one_ends_it():
    found = read(
        HEAD + "ORC|RE||1" + "|" * 25 + "HIV\rOBX|1|ST|1^A test^L||x||||||F\r"
        "ORC|RE||2\rOBX|1|ST|1^B test^L||x||||||F"
    )
    assert [{label.code for label in one.labels} for one in found[1:]] == [
        {"R", "HIV"},
        set(),
    ]


def test_a_restriction_nobody_knows_still_restricts_the_whole_message():
    found = read(HEAD + "ARV|1|A|XYZ\rOBX|1|ST|1^A test^L||x||||||F")
    assert {label.code for label in found[-1].labels} == {"R"}


def test_a_segment_nobody_knows_is_named_and_text_before_the_head_too():
    found = read("hello\r" + HEAD + "ZZZ|1|own")
    assert [(one.cause, one.detail) for one in found if one.cause] == [
        (Cause.TRAILING, ""),
        (Cause.UNKNOWN_TYPE, "ZZZ"),
    ]


def test_a_refused_vaccine_is_not_shown_as_given():
    seen = last("RXA|0|1|20240101||140^Flu vaccine^CVX|999||||||||||||00^No^NIP002||RE")
    assert (seen["status"], "doseQuantity" in seen) == ("not-done", False)


def test_the_same_report_in_two_messages_has_one_lasting_name():
    line = "OBR|1||99^LAB|24331-1^Lipid panel^LN|||20240229||||||||||||||||||F"
    first, second = (read(HEAD + line)[-1].stable for _ in range(2))
    assert first == second != ""


def test_changed_files_end_in_records_or_causes_and_never_in_a_fault():
    seed = random.Random(4)  # noqa: S311 the same files each time
    samples = [path.read_bytes() for path in FILES[:6]] or [HEAD.encode()]
    for _ in range(400):
        data = bytearray(seed.choice(samples))
        for _ in range(seed.randrange(1, 30)):
            data[seed.randrange(len(data))] = seed.randrange(256)
        cut = bytes(data[: seed.randrange(1, len(data))])
        for found in read(cut):
            assert found.resource is not None or found.cause is not None
            if found.resource is not None:
                facts_of(found.resource, Names())


def test_a_million_repetitions_and_segments_end():
    assert len(read(HEAD + "OBX|1|ST|1^A^L||" + "x~" * 200_000)) == 2
    found = read(HEAD + "OBX|\r" * 200_100)
    assert found[-1].cause is Cause.TOO_LARGE
