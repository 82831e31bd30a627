"""Labels by rule: from codes and from words."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.records import sensitivity
from wallet.records.sensitivity import by_rule

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
LOINC = "http://loinc.org"


def labels_of(system: str, code: str, words: str = "") -> set[str]:
    resource = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": system, "code": code}]},
    }
    found = by_rule(resource, words)
    for text in (json.dumps(resource), json.dumps(resource, indent=1)):
        assert by_rule(resource, words, text=text) == found
    return {label.code for label in found}


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        (ICD10, "F10.20", "ETHUD"),
        (ICD10, "F11.9", "OPIOIDUD"),
        (ICD10, "F19.10", "SUD"),
        (ICD10, "F33.1", "MH"),
        (ICD10, "F60.3", "MH"),
        (ICD10, "B20", "HIV"),
        (ICD10, "Z21", "HIV"),
        (ICD10, "A54.9", "STD"),
        (ICD10, "O04.5", "SEX"),
        (ICD10, "Z15.01", "GDIS"),
        (ICD10, "T74.11XA", "SDV"),
        (ICD9, "304.00", "OPIOIDUD"),
        (ICD9, "303.90", "ETHUD"),
        (ICD9, "042", "HIV"),
        (LOINC, "7917-8", "HIV"),
        (LOINC, "44249-1", "MH"),
    ],
)
def test_a_code_gives_its_label(system, code, label):
    assert labels_of(system, code) == {label}


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD10, "F17.210"),  # tobacco is none of it
        (ICD9, "305.1"),
        (ICD10, "I10"),
        (ICD10, "F"),
        (ICD10, ""),
        (LOINC, "2345-7"),
        ("http://snomed.info/sct", "F10.20"),
    ],
)
def test_other_codes_give_none(system, code):
    assert labels_of(system, code) == set()


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Buprenorphine 8 MG / naloxone 2 MG", "OPIOIDUD"),
        ("Alcohol use disorder, in remission", "ETHUD"),
        ("HIV-1 antibody", "HIV"),
        ("Major depressive disorder", "MH"),
        ("Recurrent DEPRESSION", "MH"),
        ("screened for chlamydia trachomatis", "STD"),
        ("oral contraceptives", "SEX"),
        ("BRCA1 carrier", "GDIS"),
        ("history of domestic violence", "SDV"),
    ],
)
def test_words_give_a_label(words, label):
    assert label in labels_of(LOINC, "2345-7", words)


@pytest.mark.parametrize("words", ["Shivering", "arachivist", "Band-Aids", "lipids"])
def test_words_inside_words_give_none(words):
    assert labels_of(LOINC, "2345-7", words) <= set()


def test_the_reason_is_the_rule():
    resource = {
        "resourceType": "Observation",
        "component": [{"code": {"coding": [{"system": LOINC, "code": "5640-8"}]}}],
    }
    (label,) = by_rule(resource, "")
    assert (label.code, label.basis) == ("ETHUD", "rule")


def test_a_person_is_not_what_they_treat():
    assert by_rule({"resourceType": "Practitioner"}, "Psychiatry, addiction") == ()


def choices():
    """Every choice of words by itself, those inside brackets left together."""
    for _, words in sensitivity._WORDS:
        depth, choice = 0, ""
        for letter in words:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if letter == "|" and not depth:
                yield choice
                choice = ""
            else:
                choice += letter
        yield choice


@pytest.mark.parametrize("choice", [*choices()])
@settings(max_examples=12, database=None)
@given(data=st.data())
def test_the_quick_looks_never_hide_what_the_search_would_find(choice, data):
    pattern = re.compile(rf"\b(?:{choice})\b", re.IGNORECASE | re.ASCII)
    words = data.draw(st.from_regex(pattern, fullmatch=True))
    assert sensitivity._READ.search(words)
    assert sensitivity.may_speak_of_it(words)
