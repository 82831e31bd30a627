"""Open mHealth: data points and bodies become readings; others are kept as they are."""

import io
import json
import random

import pytest

from tests.corpus import TESTDATA
from wallet.records.findings import Cause
from wallet.records.open_mhealth import parse
from wallet.records.reader import Given, open_reader

ROOT = TESTDATA / "wearable-openmhealth"
FILES = sorted(ROOT.rglob("shouldPass/*.json")) if ROOT.is_dir() else []
FRAME = {"effective_time_frame": {"date_time": "2024-02-29T07:25:00+01:00"}}
HEART = {"heart_rate": {"value": 70, "unit": "beats/min"}, **FRAME}
POINT = {
    "header": {
        "id": "11",
        "schema_id": {"namespace": "omh", "name": "heart-rate", "version": "1.0"},
        "acquisition_provenance": {"source_name": "Watch"},
    },
    "body": HEART,
}


def read(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    reader = open_reader(
        Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _: None)
    )
    return reader, [one for one in reader.found() if not one.form]


def values(value):
    return [
        (one.facts.title, one.facts.value, one.facts.unit, one.facts.written)
        for one in read(value)[1]
        if one.facts
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: "-".join(p.parts[-4:]))
def test_every_published_file_is_one_thing_and_never_dated_1970(path):
    _, found = read(path.read_bytes())
    assert len(found) == 1
    for one in found:
        assert one.facts is None or not one.facts.written.startswith("1970")


def test_a_point_a_body_a_list_and_lines_say_the_same():
    reading = ("Heart rate", "70", "/min", "2024-02-29T07:25:00+01:00")
    lines = b"\n".join([json.dumps(POINT).encode()] * 2)
    for value, times in ((POINT, 1), (HEART, 1), ([POINT, HEART], 2), (lines, 2)):
        assert values(value) == [reading] * times


def test_two_pressures_are_one_record():
    body = {
        "systolic_blood_pressure": {"value": 120, "unit": "mmHg"},
        "diastolic_blood_pressure": {"value": 80, "unit": "mmHg"},
        **FRAME,
    }
    assert values(body)[0][:3] == ("Blood pressure", "120/80", "mmHg")


@pytest.mark.parametrize(
    "body",
    [
        {"heart_rate": {"value": "many", "unit": "beats/min"}, **FRAME},
        {"heart_rate": {"value": True, "unit": "beats/min"}, **FRAME},
        {"heart_rate": {"value": 5, "unit": 7}, **FRAME},
        {"heart_rate": {}, **FRAME},
        {"systolic_blood_pressure": {"value": 1, "unit": "mmHg"}, **FRAME},
        {"something_new": {"value": 1, "unit": "x"}, **FRAME},
    ],
)
def test_a_body_nobody_knows_is_kept_as_it_is(body):
    reader, found = read(body)
    assert [one.cause for one in reader.findings] == [Cause.UNKNOWN_TYPE]
    assert found[0].facts is None


def test_a_point_without_a_time_has_none():
    body = {"heart_rate": {"value": 5, "unit": "x"}, "effective_time_frame": {}}
    assert values(body) == [("Heart rate", "5", "x", "")]


def test_a_fhir_resource_with_such_words_stays_fhir():
    value = {"resourceType": "Basic", "x": {"effective_time_frame": {}}}
    assert read(value)[0].format.startswith("fhir")


def test_changed_files_end_in_records_or_causes():
    seed = random.Random(9)  # noqa: S311 the same files each time
    text = json.dumps([POINT, HEART]).encode()
    for _ in range(300):
        data = bytearray(text)
        for _ in range(seed.randrange(1, 9)):
            data[seed.randrange(len(data))] = seed.randrange(256)
        read(bytes(data[: seed.randrange(1, len(data))]))


def test_damaged_letters_are_named():
    reader, _ = read(b'{"effective_time_frame": "\xff", "heart_rate": 5}')
    assert [one.cause for one in reader.findings] == [Cause.NOT_UTF8]


def test_a_broken_line_is_named_and_the_others_are_read():
    found = list(parse(json.dumps(HEART).encode() + b"\n{nul\n[]", None))
    assert [(one.place, one.cause) for one in found] == [
        ("line 1", None),
        ("line 2", Cause.NOT_JSON),
        ("line 3", Cause.NOT_A_RECORD),
    ]
