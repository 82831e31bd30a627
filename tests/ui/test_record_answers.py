from datetime import UTC, datetime

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from ui import record_answers
from ui.views import Flag
from wallet.actions.patient import records
from wallet.actions.patient.results import Likeness, Result
from wallet.records.plain.conversion import Conversion


def result(value, low="", high=""):
    at = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    found = Result(
        at=at, written="2026-05-05T01:30:00+02:00", value=value, low=low, high=high
    )
    return Likeness(result=found, into=Conversion(), same=True)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/", ""),
        ("/entry/0/resource", "Record 1 of this file"),
        ("/entry/13", "Record 14 of this file"),
        ("line 12", "Line 12"),
    ],
)
def test_a_place_in_a_file_is_said_without_a_programs_words(place, words):
    assert record_answers.place_words(place) == words


def sheet(tmp_path, *likes, **more):
    one = observation(
        1,
        code={"text": "Potassium"},
        effectiveDateTime="2026-05-04",
        **{"valueQuantity": {"value": 5.4, "unit": "mmol/L"}, **more},
    )
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, bundle(one))
        key = records.timeline(wallet).records[0].scope_id
        return record_answers.record_sheet(records.show(wallet, key), likes)


def test_range_and_flag_are_told_apart(tmp_path):
    found = sheet(
        tmp_path,
        interpretation=[{"coding": [{"code": "H"}]}],
        referenceRange=[{"low": {"value": 3.5}, "high": {"value": 5.1}}],
    )
    assert (found.number, found.unit, found.flag) == ("5.4", "mmol/L", Flag.ABOVE)
    assert found.usual == "usual range: 3.5 to 5.1"


def test_a_record_without_a_flag_claims_nothing(tmp_path):
    found = sheet(tmp_path)
    assert (found.flag, found.usual) == (Flag.UNKNOWN, "")


def test_one_result_makes_no_series_and_words_are_no_numbers(tmp_path):
    assert sheet(tmp_path, result("5.4"), result("positive")).series == ()


def test_a_series_has_the_day_of_the_place_and_the_labs_range(tmp_path):
    found = sheet(tmp_path, result("5.4", low="3.5"), result("5.0", high="nan"))
    assert [(one.day.day, one.low, one.high) for one in found.series] == [
        (5, 3.5, None),
        (5, None, None),
    ]


def test_a_number_with_more_digits_than_anyone_measures_is_still_a_number(tmp_path):
    long = {"value": 117.99317539641194, "unit": "mL/min/{1.73_m2}"}
    found = sheet(tmp_path, valueQuantity=long)
    assert (found.number, found.unit) == ("118.0", "mL/min/1.73 m\u00b2")
    assert "Result" not in dict(found.facts)


def test_a_result_in_another_unit_is_turned_and_keeps_what_was_written(tmp_path):
    given = result("2.5", high="3.0").result
    other = Likeness(result=given, into=Conversion(factor=38.67), same=False)
    found = sheet(tmp_path, result("5.4"), other)
    turned = found.series[1]
    assert (turned.written, turned.original) == ("96.68", "2.5")
    assert (round(turned.value, 3), round(turned.high, 2)) == (96.675, 116.01)


@pytest.mark.parametrize(
    ("value", "low", "high", "flag"),
    [
        ("5.4", "3.5", "5.1", Flag.ABOVE),
        ("3.4", "3.5", "5.1", Flag.BELOW),
        ("5.1", "3.5", "5.1", Flag.INSIDE),
        ("<5", "5", "", Flag.BELOW),
        ("<5", "", "9", Flag.UNKNOWN),
        (">9", "", "9", Flag.ABOVE),
        ("positive", "3.5", "5.1", Flag.UNKNOWN),
        ("5.4", "", "", Flag.UNKNOWN),
    ],
)
def test_a_flag_is_only_what_the_lab_range_says(value, low, high, flag):
    assert record_answers.flag_of(value, low, high) is flag


def test_a_comparator_keeps_its_sign_in_the_series(tmp_path):
    found = sheet(tmp_path, result("<5"), result("5.4"))
    assert [(one.sign, one.value) for one in found.series] == [("<", 5.0), ("", 5.4)]


def test_broken_rules_are_said_by_kind_without_a_word_of_the_format(tmp_path):
    wrong = [observation(number, status="done") for number in range(5)]
    data = bundle(*wrong, observation(9, status=""), observation(10, colour="red"))
    with open_wallet(tmp_path / "home") as wallet:
        said = record_answers.import_answer(bring_in(wallet, tmp_path, data))
    (file,) = said.files
    assert [one.place for one in file.findings] == [
        "5 places in this file",
        "1 place in this file",
        "1 place in this file",
    ]
    words = " ".join(one.sentence for one in file.findings)
    assert not {"Observation", "status", "colour"} & set(words.split())
    assert words.count("It was taken as it is.") == 3
