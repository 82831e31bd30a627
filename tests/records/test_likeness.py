"""Keys under which records of different sources meet, and which meetings count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.records.likeness import Seen, keys, may_be_one, number, unit

SALT = bytes(32)
LDL = "http://loinc.org|13457-7"
NOON = 1_772_625_600


def seen(**more):
    held = {
        "category": "test",
        "title": "LDL cholesterol",
        "start": NOON,
        "precision": "time",
        "written": "2026-03-04T12:00:00Z",
        "codes": (LDL,),
        "value": "5.4",
        "unit": "mmol/L",
        **more,
    }
    return Seen(**held)


def meet(one, other):
    return bool({*keys(one, salt=SALT)} & {*keys(other, salt=SALT)}) and may_be_one(
        one, other
    )


@pytest.mark.parametrize(
    "more",
    [
        {"value": "5.40"},
        {"start": NOON + 60},
        {"unit": ""},
        {"unit": "MMOL/L"},
        {"title": "LDL, calculated"},
        {"precision": "day", "written": "2026-03-04", "start": NOON - 43_200},
    ],
)
def test_a_result_meets_itself_as_another_source_writes_it(more):
    assert meet(seen(), seen(**more))


@pytest.mark.parametrize(
    "more",
    [
        {"value": "5.5"},
        {"start": NOON + 61},
        {"start": NOON + 86_400},
        {"unit": "mg/dL"},
        {"codes": ("http://loinc.org|2085-9",)},
        {"category": "vital"},
        {"start": None, "precision": "", "written": ""},
        {"value": ""},
    ],
)
def test_a_result_does_not_meet_another(more):
    assert not meet(seen(), seen(**more))


def test_a_condition_meets_by_a_shared_code_or_its_name_and_its_first_day():
    sugar = seen(category="condition", title="Diabetes", value="", precision="day")
    icd = sugar._replace(
        codes=("http://hl7.org/fhir/sid/icd-10-cm|E11.9",), title="DIAB\u00c9TES"
    )
    named = sugar._replace(title="Type 2 diabetes", codes=(LDL,))
    assert meet(sugar, icd)
    assert meet(sugar, named)
    assert not meet(icd, named)
    assert not meet(sugar, sugar._replace(start=NOON + 2 * 86_400))


def test_an_allergy_needs_no_day():
    nuts = seen(category="allergy", title="Peanut", value="", codes=())
    assert meet(nuts, nuts._replace(start=None, precision="", written=""))


@pytest.mark.parametrize("category", ["person", "other", "coverage"])
def test_people_and_places_are_never_suggested(category):
    assert keys(seen(category=category), salt=SALT) == ()


@given(st.text(), st.text())
def test_any_value_and_unit_has_one_spelling(value, written):
    assert number(number(value)) == number(value)
    assert unit(unit(written)) == unit(written)
