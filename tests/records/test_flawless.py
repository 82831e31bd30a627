"""The quick yes is never wrong, and common enough to be worth it."""

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus import TESTDATA
from wallet.records.fhir import flawless
from wallet.records.fhir.elements import elements_of
from wallet.records.fhir.flawless import is_flawless
from wallet.records.fhir.invariants import _BY_NAMES, _RULES
from wallet.records.fhir.validity import flaws_of

SYSTEM = "http://terminology.hl7.org/CodeSystem/"
RESULT = {
    "resourceType": "Observation",
    "id": "o-1",
    "meta": {"lastUpdated": "2026-02-28T08:10:00Z", "profile": ["http://a.test/p"]},
    "status": "final",
    "category": [{"coding": [{"system": f"{SYSTEM}x", "code": "laboratory"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
    "subject": {"reference": "Patient/p", "display": "Maya"},
    "encounter": {"reference": "http://a.test/Encounter/1/_history/2"},
    "effectivePeriod": {"start": "2026-02-27", "end": "2026-02-28T08:10:00+01:00"},
    "valueQuantity": {"value": Decimal("7.40"), "unit": "g/dL", "code": "g/dL"}
    | {"system": "http://unitsofmeasure.org", "comparator": "<"},
    "referenceRange": [{"low": {"value": 7, "unit": "g/dL"}, "text": "7 and up"}],
    "component": [
        {"code": {"text": "part"}, "valueBoolean": False},
        {"code": {"text": "other"}, "valueInteger": 0},
    ],
    "extension": [{"url": "http://a.test/e", "valueString": "x"}],
}
ILLNESS = {
    "resourceType": "Condition",
    "clinicalStatus": {
        "coding": [{"system": f"{SYSTEM}condition-clinical", "code": "resolved"}]
    },
    "subject": {"reference": "Patient/p"},
    "abatementDateTime": "2026-01-31",
    "onsetAge": {"value": 40, "code": "a", "system": "http://unitsofmeasure.org"},
    "note": [{"text": "said"}],
}


def closely(resource):
    """What the walk over every element finds, without the quick look before it."""
    return flaws_of(resource, type_of=lambda _reference: None)


def test_a_name_of_nothing_is_looked_at_closely():
    named = {**RESULT, "meta": {"id": "m"}}
    assert not is_flawless(named)
    assert closely(named)


@pytest.mark.parametrize("resource", [RESULT, ILLNESS])
def test_a_good_record_is_seen_at_once(resource):
    assert is_flawless(resource)
    assert closely(resource) == []


@pytest.mark.parametrize(
    "more",
    [
        {"subject": {"reference": "#p"}},
        {"contained": [{"resourceType": "Patient", "id": "p"}]},
        {"_status": {"id": "x"}},
        {"resourceType": "Observatory"},
        {"resourceType": ["Observation"]},
    ],
)
def test_what_is_rare_is_looked_at_closely(more):
    assert not is_flawless({**RESULT, **more})


def test_no_depth_is_too_much_for_it():
    deep = {"url": "http://a.test/e", "valueString": "x"}
    for _ in range(150):
        deep = {"url": "http://a.test/e", "extension": [deep]}
    assert not is_flawless({**RESULT, "extension": [deep]})


def test_a_subclass_of_text_is_no_text():
    class Number(str):
        __slots__ = ()

    held = {**RESULT, "status": Number("final")}
    assert not is_flawless(held)
    assert [flaw.element for flaw in closely(held)] == ["Observation.status"]


def places_in(value, at=()):
    yield at
    if isinstance(value, dict | list):
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value)
        ):
            yield from places_in(inner, (*at, key))


_PLAIN = [None, True, 0, -1, 1 << 31, Decimal("1.5"), 2.5, "", " ", "\u00a0", "a b"]
_DATES = ["2026-02-30", "2026-13-01", "0000-01-01", "2026-01-01T24:00:00Z", "2026"]
_WORDS = [
    "final",
    "active",
    "#x",
    "Patient/p",
    "Group/Patient/1",
    "http://a.test/Device/1",
]
_HELD = [[], {}, [None], [{}], ["x"], {"text": "x"}, {"coding": []}, {"url": "u"}]
_VALUES = st.sampled_from(
    [*_PLAIN, *_DATES, *_WORDS, *_HELD, {"value": 1}, {"code": "x"}]
).map(copy.deepcopy)
_NAMES = st.sampled_from(
    (
        *("id", "code", "value", "status", "url", "system", "start", "end", "text"),
        *("extension", "coding", "reference", "valueString", "valueQuantity", "low"),
        *("high", "dataAbsentReason", "component", "contained", "resourceType"),
        *("colour", "_code"),
    )
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([RESULT, ILLNESS]), st.data())
def test_a_yes_is_never_wrong(resource, data):
    held = copy.deepcopy(resource)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from(sorted(places_in(held), key=repr)))
        inner = held
        for step in at[:-1]:
            inner = inner[step]
        change = data.draw(st.sampled_from(["put", "drop", "add"]))
        if not at or change == "add":
            outer = inner[at[-1]] if at else held
            if isinstance(outer, dict):
                outer[data.draw(_NAMES)] = data.draw(_VALUES)
        elif change == "drop":
            del inner[at[-1]]
        else:
            inner[at[-1]] = data.draw(_VALUES)
    before = copy.deepcopy(held)
    if is_flawless(held):
        assert closely(held) == []
    assert held == before


@given(st.data())
def test_rules_that_ask_for_names_ask_for_nothing_else(data):
    kind = data.draw(st.sampled_from(sorted(_RULES)))
    names = data.draw(st.lists(st.sampled_from(sorted(elements_of(kind)))))
    held = {name: data.draw(_VALUES) for name in names}
    for name, keeps in _RULES[kind]:
        if name in _BY_NAMES:
            assert keeps(held) == keeps(dict.fromkeys(names)), name


def test_a_rule_that_asks_for_names_is_one_of_the_release():
    assert {name for rules in _RULES.values() for name, _ in rules} >= _BY_NAMES


def test_a_file_of_ever_new_shapes_is_not_remembered_without_end(monkeypatch):
    monkeypatch.setattr(flawless._room, "left", 0)
    flawless._objects.cache_clear()
    assert not is_flawless(RESULT)
    assert flaws_of(RESULT) == []
    monkeypatch.undo()
    flawless._objects.cache_clear()
    assert is_flawless(RESULT)


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="no public test data here")
def test_most_records_of_the_corpus_are_seen_at_once():
    seen = []
    for folder in ("fhir-r4-synthea", "us-core-6.1.0"):
        for path in sorted((TESTDATA / folder).glob("*.json"))[::4]:
            held = json.loads(path.read_bytes(), parse_float=Decimal)
            for entry in held.get("entry", [{"resource": held}]):
                resource = entry["resource"]
                seen.append(is_flawless(resource))
                assert not (seen[-1] and closely(resource)), path.name
    assert sum(seen) > 0.8 * len(seen)
