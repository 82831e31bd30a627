"""Results of one kind over time."""

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import records
from wallet.errors import UsageError

LDL, HDL = "13457-7", "2085-9"


def result(number, code, value, unit="mg/dL", **more):
    coding = {"system": "http://loinc.org", "code": code}
    return observation(
        number,
        code={"coding": [coding] if code else [], "text": "Cholesterol"},
        effectiveDateTime=f"20{20 + number}-05-04",
        valueQuantity={"value": value, "unit": unit},
        **more,
    )


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as opened:
        bring_in(
            opened,
            tmp_path,
            bundle(
                result(2, LDL, 150, referenceRange=[{"high": {"value": 130}}]),
                result(1, LDL, 160),
                result(3, LDL, 4.1, unit="mmol/L"),
                result(4, HDL, 55),
                result(5, None, 5),
                result(6, None, 6),
            ),
        )
        yield opened


def key(wallet, value):
    return next(
        found.scope_id
        for found in records.timeline(wallet).records
        if found.value == value
    )


def test_only_the_same_test_in_the_same_unit_makes_a_series_oldest_first(wallet):
    found = records.series(wallet, key(wallet, "150"))
    assert [(one.value, one.written) for one in found] == [
        ("160", "2021-05-04"),
        ("150", "2022-05-04"),
    ]


def test_each_result_keeps_the_range_the_lab_gave_with_it(wallet):
    found = records.series(wallet, key(wallet, "160"))
    assert [(one.low, one.high) for one in found] == [("", ""), ("", "130")]


def test_results_without_a_code_are_like_no_other(wallet):
    assert records.series(wallet, key(wallet, "5")) == ()


def test_what_names_no_record_is_refused(wallet):
    with pytest.raises(UsageError):
        records.series(wallet, "not an id")
