"""Whether a file is about you: what settles it, and what is only a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.records.person import (
    Demographics,
    Difference,
    Match,
    demographics,
    differences,
    match,
)

MRN = {"system": "urn:oid:1.2.3", "value": "88"}


def patient(given="Ana Maria", family="Example", **more):
    return {
        "resourceType": "Patient",
        "name": [{"family": family, "given": given.split()}],
        "birthDate": "1951-03-05",
        "gender": "female",
        **more,
    }


def asked(other, me=None):
    known = [demographics(me or patient())]
    met = demographics(other)
    return match(met, known), differences(met, known)


@pytest.mark.parametrize(
    "other",
    [
        patient(),
        patient(given="ANA", family="EXAMPLE"),
        patient(given="Ana M."),
        patient(family="\u00c9xample"),
        patient(gender="unknown"),
        patient(gender=None, identifier=[MRN]),
        patient(name=[{"text": "Ana Example"}]),
        patient(name=[{"family": "Born", "given": ["Ana"]}, *patient()["name"]]),
    ],
)
def test_the_same_person_is_known_however_a_source_spells_her(other):
    assert asked(other)[0] is Match.SAME


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (patient(given="Eva"), Difference.GIVEN_NAME),  # a twin
        (patient(given="Ana Sofia"), Difference.GIVEN_NAME),
        (patient(given="Anna"), Difference.GIVEN_NAME),
        (patient(family="Born"), Difference.FAMILY_NAME),
        (patient(family="Other", given="Ben"), Difference.NAME),
        (patient(birthDate="1951-05-03"), Difference.DAY_AND_MONTH),
        (patient(birthDate="1980-03-05"), Difference.BIRTH_DATE),
        (patient(gender="male"), Difference.SEX),
        (patient(birthDate=None), Difference.TOO_LITTLE),
        (patient(birthDate="1951"), Difference.TOO_LITTLE),
        (patient(name=None), Difference.TOO_LITTLE),
        (patient(given="A"), Difference.GIVEN_NAME),
    ],
)
def test_what_does_not_settle_it_is_a_question_with_its_reason(other, why):
    answer, told = asked(other)
    assert answer is Match.UNSURE
    assert told[0] is why


def test_a_number_of_a_family_does_not_make_two_people_one():
    mother = patient(identifier=[MRN])
    child = patient(given="Eva", birthDate="1980-01-02", identifier=[MRN])
    assert asked(child, mother)[0] is Match.UNSURE
    unnamed = {"birthDate": "1951-03-05", "identifier": [MRN]}
    assert asked(unnamed, mother)[0] is Match.SAME


def test_what_was_known_word_for_word_needs_nothing_else():
    phone = {"birthDate": "1951-03-05", "gender": "female"}
    assert asked(phone)[0] is Match.UNSURE
    assert asked(phone, phone)[0] is Match.SAME


def test_who_is_not_named_is_nobody():
    assert asked({"gender": "female"})[0] is Match.NOBODY
    assert (
        asked({"name": [{}], "birthDate": "soon", "identifier": 5})[0] is Match.NOBODY
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(["name", "birthDate", "gender", "identifier"]),
)
def test_nothing_in_a_patient_makes_it_raise_and_all_of_it_can_be_kept(held, key):
    met = demographics({key: held})
    assert Demographics.from_json(met.as_json()) == met
    assert match(met, [met]) is (Match.NOBODY if met.says_nothing else Match.SAME)
