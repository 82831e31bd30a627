"""The tables of plain words hold what they claim, and only that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.records.plain import conversion, names, panels, synonyms, tables, units

LOINC = [code for system, code in names.plain_names() if system == names.LOINC]
CVX = [code for system, code in names.plain_names() if system == names.CVX]
PAIRS = [(what, one, two) for what, one, two, *_ in tables.rows("conversions")]


def test_there_are_names_for_what_people_mostly_have():
    assert len(set(LOINC)) >= 300
    assert len(set(CVX)) >= 100
    assert len(list(tables.rows("units"))) >= 60


@pytest.mark.parametrize("table", ["loinc", "cvx"])
def test_every_code_stands_under_one_name_only(table):
    codes = [code for _, held in tables.rows(table) for code in held.split()]
    assert len(codes) == len(set(codes))


def test_every_loinc_code_has_its_check_digit():
    # Modulus 10 as LOINC Users' Guide, appendix C: every other digit doubled.
    for code in LOINC:
        digits, _, check = code.partition("-")
        total = 0
        for place, digit in enumerate(map(int, reversed(digits))):
            doubled = digit * (1 if place % 2 else 2)
            total += doubled - 9 if doubled > 9 else doubled
        assert (10 - total % 10) % 10 == int(check), code


def test_a_name_is_words_and_no_code():
    for name in names.plain_names().values():
        assert name[0].isupper(), name
        assert not any(sign in name for sign in "[]|_/#"), name


def test_panels_and_conversions_speak_of_names_that_exist():
    known = set(names.plain_names().values())
    said = {name for _, held in panels.panels() for name in held}
    said |= {what for what, *_ in PAIRS if what != "*"}
    assert said <= known


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        (["http://loinc.org|2345-7"], "Blood sugar"),
        (["urn:oid:1.2.3|GLU", "http://loinc.org|2345-7"], "Blood sugar"),
        (["http://hl7.org/fhir/sid/cvx|140"], "Flu vaccine"),
        (["http://snomed.info/sct|38341003"], ""),
        (["|2345-7"], ""),
        ([], ""),
    ],
)
def test_a_code_of_a_system_we_have_is_said_in_our_words(codes, name):
    assert names.plain_name(codes) == name


def test_a_title_loses_the_kind_that_a_terminology_adds():
    assert names.title_of("Asthma (disorder)", []) == "Asthma"
    assert names.title_of("Advil (ibuprofen)", []) == "Advil (ibuprofen)"


@pytest.mark.parametrize(
    ("what", "old", "new", "value", "found"),
    [
        ("Blood sugar", "mg/dL", "mmol/L", 100, 5.551),
        ("Blood sugar", "mmol/l", "mg/dl", 5.551, 100),
        ("Creatinine", "mg/dL", "umol/L", 1, 88.4),
        ("Body temperature", "[degF]", "Cel", 98.6, 37),
        ("Long-term blood sugar (HbA1c)", "%", "mmol/mol", 7, 53.0),
        ("Haemoglobin", "g/dL", "g/L", 14, 140),
        ("White blood cells", "10*3/uL", "10*9/L", 6.2, 6.2),
        ("Weight", "[lb_av]", "g", 1, 453.59237),
    ],
)
def test_a_known_pair_is_converted(what, old, new, value, found):
    assert conversion.conversion(what, old, new).of(value) == pytest.approx(
        found, rel=0.002
    )


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("Insulin", "u[IU]/mL", "pmol/L"),  # depends on the method
        ("Total cholesterol", "mg/dL", "U/L"),
        ("", "mg/dL", "mmol/L"),
        ("Blood sugar", "mg/dL", ""),
        ("Blood sugar", "%", "mmol/mol"),
        ("Lipoprotein(a)", "mg/dL", "nmol/L"),  # the size of the particle varies
    ],
)
def test_a_pair_that_is_not_known_to_be_safe_is_refused(what, old, new):
    assert conversion.conversion(what, old, new) is None


@given(st.sampled_from(PAIRS), st.floats(0.01, 1e6))
def test_there_and_back_is_the_same_value(pair, value):
    what, one, two = pair
    there = conversion.conversion(what, one, two)
    back = conversion.conversion(what, two, one)
    assert back.of(there.of(value)) == pytest.approx(value, rel=1e-6)


@given(st.sampled_from(PAIRS))
def test_every_way_from_one_unit_to_another_gives_the_same(pair):
    what, one, two = pair
    direct = conversion.conversion(what, one, two)
    said = next(row for row in tables.rows("conversions") if row[:3] == pair)
    assert direct.factor == pytest.approx(float(said[3]), rel=1e-3)


@pytest.mark.parametrize(
    ("written", "sign"),
    [("10+3/ul", "thousand/\u00b5L"), ("MMHG", "mmHg"), ("{score}", "")],
)
def test_a_unit_is_known_in_the_spellings_of_labs(written, sign):
    assert units.unit_of(written).sign == sign


def test_a_unit_that_is_not_known_stays_what_it_is():
    assert units.unit_of("furlong") is None
    assert units.code_of("furlong") == "furlong"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("sugar", "glucose"), ("Flu Shot", "influenza"), ("blood pressure", "systolic")],
)
def test_what_people_type_leads_to_what_records_say(typed, meant):
    (group,) = synonyms.groups(typed)
    assert meant in group
    assert group[0] == typed.lower()


def test_words_of_no_table_stand_for_themselves():
    assert synonyms.groups("maple 2024") == [("maple",), ("2024",)]
