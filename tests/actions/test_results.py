"""Results over time and by what is read together."""

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import records, results
from wallet.errors import UsageError
from wallet.vault import measures

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


def series(wallet, value):
    return results.like(wallet, key(wallet, value))


def test_a_series_holds_the_same_test_in_other_units_turned_into_its_own(wallet):
    found = series(wallet, "150")
    assert [(one.result.value, one.result.written, one.same) for one in found] == [
        ("160", "2021-05-04", True),
        ("150", "2022-05-04", True),
        ("4.1", "2023-05-04", False),
    ]
    assert found[2].into.of(4.1) == pytest.approx(158.5, abs=0.1)


def test_each_result_keeps_the_range_the_lab_gave_with_it(wallet):
    found = series(wallet, "160")
    assert [(one.result.low, one.result.high) for one in found] == [
        ("", ""),
        ("", "130"),
        ("", ""),
    ]


def test_a_result_without_a_code_goes_by_its_name(wallet):
    assert [one.result.value for one in series(wallet, "5")] == ["5", "6"]


def test_a_unit_that_goes_into_no_other_makes_a_series_of_its_own(tmp_path):
    with open_wallet(tmp_path / "odd") as opened:
        odd = (result(1, LDL, 3, unit="{odd}"), result(2, LDL, 150))
        bring_in(opened, tmp_path, bundle(*odd))
        assert [one.result.value for one in series(opened, "3")] == ["3"]


def test_what_is_no_record_has_no_series(wallet):
    with pytest.raises(UsageError):
        results.like(wallet, "not an id")


def test_an_overview_says_what_is_read_together_and_what_is_missing(wallet):
    fats, rest = results.overview(wallet)
    assert fats.title == "Blood fats"
    assert [(one.name, one.newest.value) for one in fats.lines] == [
        ("LDL cholesterol (bad)", "4.1"),
        ("HDL cholesterol (good)", "55"),
    ]
    assert fats.lines[0].before.value == "150"
    assert "Triglycerides" in fats.missing
    assert [one.newest.value for one in rest.lines] == ["6"]


def test_no_test_is_lost_between_the_panels(tmp_path):
    codes = [f"{number}-{number % 10}" for number in range(100, 160)]
    with open_wallet(tmp_path / "many") as opened:
        many = (result(n % 9 + 1, code, n) for n, code in enumerate(codes))
        bring_in(
            opened,
            tmp_path,
            bundle(*({**one, "id": f"m{n}"} for n, one in enumerate(many))),
        )
        assert len(measures.everything(opened.store)) == len(codes)
        assert sum(len(one.lines) for one in results.overview(opened)) == len(codes)
