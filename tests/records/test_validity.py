import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus import TESTDATA
from wallet.records.fhir.elements import elements_of, row_of
from wallet.records.fhir.validity import MOST, Fault, flaws_of

ME = {"reference": "Patient/p"}
SEEN = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
    "subject": ME,
    "effectiveDateTime": "2026-02-28T08:10:00+01:00",
    "valueQuantity": {"value": Decimal("7.40"), "unit": "g/dL"},
}
ILL = {
    "resourceType": "Condition",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "subject": ME,
}
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'
SYSTEM = "http://terminology.hl7.org/CodeSystem/"
ERROR = {"coding": [{"system": f"{SYSTEM}condition-ver-status", "code": ""}]}
ERROR["coding"][0]["code"] = "entered-in-error"
NOT_AN_ALLERGY = copy.deepcopy(ERROR)
NOT_AN_ALLERGY["coding"][0]["system"] = f"{SYSTEM}allergyintolerance-verification"


MORE = {"url": "http://a.test/e", "valueString": "x"}


def told(resource):
    return [(flaw.fault, flaw.element, flaw.rule) for flaw in flaws_of(resource)]


def observed(**more):
    return {key: one for key, one in {**SEEN, **more}.items() if one is not ...}


def test_a_good_record_has_no_flaw():
    assert flaws_of(SEEN) == []
    assert flaws_of(observed(valueQuantity={"value": 7, "unit": "g"})) == []
    assert flaws_of(observed(_status={"id": "beside a value"})) == []


@pytest.mark.parametrize(
    ("resource", "fault", "element"),
    [
        (observed(colour="red"), Fault.UNKNOWN, "Observation.colour"),
        (observed(status=...), Fault.MISSING, "Observation.status"),
        (observed(code=...), Fault.MISSING, "Observation.code"),
        (observed(status="done"), Fault.CODE, "Observation.status"),
        (observed(status=["final"]), Fault.SHAPE, "Observation.status"),
        (observed(status=7), Fault.FORMAT, "Observation.status"),
        (observed(status=""), Fault.EMPTY, "Observation.status"),
        (observed(code="718-7"), Fault.SHAPE, "Observation.code"),
        (observed(code={}), Fault.EMPTY, "Observation.code"),
        (observed(category={"text": "x"}), Fault.SHAPE, "Observation.category"),
        (observed(meta={"id": "m"}), Fault.EMPTY, "Observation.meta"),
        (observed(category=[{"id": "c"}]), Fault.EMPTY, "Observation.category"),
        (observed(category=[]), Fault.EMPTY, "Observation.category"),
        (observed(category=[None]), Fault.EMPTY, "Observation.category"),
        (observed(valueString="x"), Fault.TWO, "Observation.value"),
        (
            observed(effectiveDateTime="2026-02-30"),
            Fault.FORMAT,
            "Observation.effectiveDateTime",
        ),
        (
            observed(effectiveDateTime="2026-02-28T08:10"),
            Fault.FORMAT,
            "Observation.effectiveDateTime",
        ),
        (observed(issued="2026-02-28"), Fault.FORMAT, "Observation.issued"),
        (observed(id="a b"), Fault.FORMAT, "Observation.id"),
        (observed(language=" "), Fault.FORMAT, "Observation.language"),
        (
            observed(valueQuantity={"value": "7.4"}),
            Fault.FORMAT,
            "Observation.valueQuantity.value",
        ),
        (
            observed(valueQuantity={"comparator": "<<"}),
            Fault.CODE,
            "Observation.valueQuantity.comparator",
        ),
        (
            observed(encounter={"reference": "Patient/p"}),
            Fault.TARGET,
            "Observation.encounter",
        ),
        (observed(_status="final"), Fault.SHAPE, "Observation.status"),
        (observed(_code={"id": "x"}), Fault.UNKNOWN, "Observation.code"),
        (observed(extension=[{}]), Fault.EMPTY, "Observation.extension"),
        (
            observed(extension=[{"valueString": "x"}]),
            Fault.MISSING,
            "Observation.extension.url",
        ),
        (
            observed(text={"status": "generated", "div": "<p>x</p>"}),
            Fault.FORMAT,
            "Observation.text.div",
        ),
        (observed(contained=[{"x": "1"}]), Fault.SHAPE, "Observation.contained"),
        ({"resourceType": "Observatory"}, Fault.SHAPE, "Resource"),
        (
            {"resourceType": "MedicationRequest", "status": "active"}
            | {"intent": "order", "subject": ME},
            Fault.MISSING,
            "MedicationRequest.medication",
        ),
        (
            {"resourceType": "Binary", "contentType": "a/b", "data": "a"},
            Fault.FORMAT,
            "Binary.data",
        ),
        (
            {"resourceType": "Patient", "multipleBirthInteger": 1 << 31},
            Fault.FORMAT,
            "Patient.multipleBirthInteger",
        ),
        (
            {"resourceType": "Condition", "subject": ME}
            | {"clinicalStatus": {"coding": [{"code": "gone"}]}},
            Fault.CODE,
            "Condition.clinicalStatus",
        ),
    ],
)
def test_a_single_fault_is_told_once_and_by_its_element(resource, fault, element):
    assert told(resource) == [(fault, element, "")]


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        (observed(dataAbsentReason={"text": "x"}), "obs-6"),
        (observed(component=[{"code": SEEN["code"]}]), "obs-7"),
        (observed(referenceRange=[{"type": {"text": "x"}}]), "obs-3"),
        (observed(valueQuantity={"value": 1, "code": "g"}), "qty-3"),
        (observed(effectiveDateTime=..., effectivePeriod={}), None),
        (
            observed(
                effectiveDateTime=...,
                effectivePeriod={"start": "2026-02-02", "end": "2026-02-01"},
            ),
            "per-1",
        ),
        (observed(extension=[{"url": "u"}]), "ext-1"),
        (
            observed(extension=[{"url": "u", "valueString": "x"}], _status=None),
            None,
        ),
        (observed(subject={"reference": "#p"}), "ref-1"),
        (observed(contained=[{"resourceType": "Patient", "id": "p"}]), "dom-3"),
        (
            observed(
                subject={"reference": "#p"},
                contained=[
                    {"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}
                ],
            ),
            "dom-4",
        ),
        (
            observed(
                subject={"reference": "#p"},
                contained=[
                    {
                        "resourceType": "Patient",
                        "id": "p",
                        "meta": {"security": [{"code": "R"}]},
                    }
                ],
            ),
            "dom-5",
        ),
        ({**ILL, "abatementDateTime": "2026"}, "con-4"),
        ({**ILL, "verificationStatus": ERROR}, "con-5"),
        ({**ILL, "stage": [{"type": {"text": "x"}}]}, "con-1"),
        ({**ILL, "evidence": [{"extension": [MORE]}]}, "con-2"),
        ({"resourceType": "AllergyIntolerance", "patient": ME}, "ait-1"),
        (
            {
                "resourceType": "AllergyIntolerance",
                "patient": ME,
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "verificationStatus": NOT_AN_ALLERGY,
            },
            "ait-2",
        ),
        ({"resourceType": "Patient", "telecom": [{"value": "1"}]}, "cpt-2"),
        ({"resourceType": "Patient", "contact": [{"gender": "male"}]}, "pat-1"),
        ({"resourceType": "Organization", "active": True}, "org-1"),
        (
            {"resourceType": "Organization", "name": "x", "telecom": [{"use": "home"}]},
            "org-3",
        ),
        (
            {"resourceType": "Patient", "photo": [{"data": "YQ=="}]},
            "att-1",
        ),
        (
            observed(
                valueQuantity=...,
                valueRange={"low": {"value": 2}, "high": {"value": 1}},
            ),
            "rng-2",
        ),
        (observed(valueQuantity=..., valueRatio={"numerator": {"value": 1}}), "rat-1"),
    ],
)
def test_a_broken_rule_of_the_release_is_told_by_its_name(resource, rule):
    rules = [name for fault, _, name in told(resource) if fault is Fault.RULE]
    assert rules == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    ("inside", "safe"),
    [
        ("<p>said</p>", True),
        ("<b>said</b>&nbsp;", True),
        ('<a href="https://a.test/">said</a>', True),
        ("", False),
        ("<script>x</script>", False),
        ('<p onclick="x">said</p>', False),
        ('<a href="java\nscript:x">said</a>', False),
        ("<iframe>x</iframe>", False),
        ("<p>said", False),
        ("<?php x ?>said", False),
    ],
)
def test_only_plain_formatting_is_a_narrative(inside, safe):
    held = observed(text={"status": "generated", "div": DIV % inside})
    assert (flaws_of(held) == []) is safe


def test_no_entity_of_a_narrative_is_expanded():
    bomb = '<!DOCTYPE div [<!ENTITY a "x">]>' + DIV % "&a;"
    held = observed(text={"status": "generated", "div": bomb})
    assert told(held) == [(Fault.FORMAT, "Observation.text.div", "")]


def test_a_place_is_a_json_pointer():
    (flaw,) = flaws_of(observed(category=[{"text": "x"}, {"coding": [{"a/~b": 1}]}]))
    assert flaw.pointer == "/category/1/coding/0/a~1~0b"


def test_a_type_may_be_known_by_who_names_the_targets():
    held = observed(encounter={"reference": "urn:uuid:1"})
    assert flaws_of(held) == []
    assert [flaw.fault for flaw in flaws_of(held, type_of=lambda _: "Patient")] == [
        *(Fault.TARGET,)
    ]


def test_an_extension_may_stand_for_what_is_needed():
    unknown = {"extension": [{"url": "u", "valueCode": "unknown"}]}
    assert flaws_of(observed(status=..., _status=unknown, code=unknown)) == []
    names = [{"given": [None, "B"], "_given": [unknown, None]}]
    assert flaws_of({"resourceType": "Patient", "name": names}) == []


def test_flaws_of_one_record_are_not_told_without_end():
    assert len(flaws_of(observed(**{f"x{n}": 1 for n in range(1_000)}))) == MOST


def test_the_table_says_what_xml_needs():
    assert row_of("Patient")["name"] == "*HumanName"
    assert row_of("Quantity")["value"] == "d"
    assert row_of("Patient")["active"] == "b"
    assert row_of("Bundle.entry")["resource"] == "R"
    assert elements_of("Nothing") == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "coding", "extension", "_status", "url", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(row_of("Observation"))), _JSON))
def test_whatever_a_record_holds_is_judged_and_not_changed(inner):
    held = {"resourceType": "Observation", **inner}
    before = copy.deepcopy(held)
    flaws_of(held)
    assert held == before


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="no public test data here")
def test_hl7s_own_examples_have_no_flaw():
    wrong = {}
    for folder in ("fhir-r4-spec-examples", "us-core-6.1.0"):
        for path in sorted((TESTDATA / folder).glob("*.json"))[::3]:
            held = json.loads(path.read_bytes())
            for entry in held.get("entry", [{"resource": held}]):
                found = flaws_of(entry.get("resource", held))
                if found:
                    wrong[path.name] = found
    assert wrong == {}
