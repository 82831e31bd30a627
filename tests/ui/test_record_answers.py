from datetime import UTC, datetime

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from ui import record_answers
from ui.views import Flag
from wallet.actions.patient import records
from wallet.actions.patient.records import Result


def result(value, low="", high=""):
    at = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    return Result(
        at=at, written="2026-05-05T01:30:00+02:00", value=value, low=low, high=high
    )


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
        valueQuantity={"value": 5.4, "unit": "mmol/L"},
        **more,
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
