import copy
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shared_records import shared
from wallet.exports.dress import Notice, Selection, Why
from wallet.exports.dresses import dress
from wallet.exports.mending import mended
from wallet.exports.trimming import Extent
from wallet.records.fhir.elements import row_of
from wallet.records.fhir.validity import flaws_of

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ME = "urn:uuid:me"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UNKNOWN = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
SEEN = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": ME},
}
ILL = {"resourceType": "Condition", "subject": {"reference": ME}}
VISIT = {
    "resourceType": "Appointment",
    "participant": [{"status": "accepted", "actor": {"reference": ME}}],
}
PERSON = {"resourceType": "Patient"}


def written(value):
    url = "http://hl7.org/fhir/StructureDefinition/originalText"
    return {"url": url, "valueString": value}


def made(resource):
    held, left = mended(copy.deepcopy(resource), person=ME, number=Decimal)
    assert tuple(flaws_of(held)) == left
    return held, [flaw.element for flaw in left]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({**SEEN, "note": [], "method": {}, "category": [None]}, SEEN),
        ({**SEEN, "meta": {"id": "m"}, "category": [{"id": "c"}]}, SEEN),
        ({**SEEN, "status": " final "}, SEEN),
        ({**SEEN, "code": [{"text": "x"}]}, SEEN),
        ({**SEEN, "category": {"text": "y"}}, {**SEEN, "category": [{"text": "y"}]}),
        ({key: SEEN[key] for key in SEEN if key != "subject"}, None),
        (
            {key: SEEN[key] for key in SEEN if key != "status"},
            {**SEEN, "status": "unknown"},
        ),
        ({key: SEEN[key] for key in SEEN if key != "code"}, {**SEEN, "code": UNKNOWN}),
        (
            {**SEEN, "effectiveDateTime": "2026-02-03T10:05Z"},
            {**SEEN, "effectiveDateTime": "2026-02-03T10:05:00Z"},
        ),
        (
            {**SEEN, "effectiveDateTime": "2026-02-03T10:05:00"},
            {
                **SEEN,
                "effectiveDateTime": "2026-02-03",
                "_effectiveDateTime": {"extension": [written("2026-02-03T10:05:00")]},
            },
        ),
        (
            {**SEEN, "issued": "03.02.2026"},
            {
                **SEEN,
                "_issued": {
                    "extension": [written("03.02.2026"), *UNKNOWN["extension"]]
                },
            },
        ),
        (
            {**SEEN, "valueQuantity": {"value": "7.40", "code": "g"}},
            {**SEEN, "valueQuantity": {"value": Decimal("7.40"), "unit": "g"}},
        ),
        (
            {**SEEN, "text": {"status": "generated", "div": "<div><p>a</p>b</div>"}},
            {
                **SEEN,
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p>b</div>',
                },
            },
        ),
        (
            {**VISIT, "status": "booked"},
            {**VISIT, "status": "booked", "_start": UNKNOWN, "_end": UNKNOWN},
        ),
        (
            {**VISIT, "status": "booked", "start": "2026-02-03T10:05:00Z"},
            {
                **VISIT,
                "status": "booked",
                "start": "2026-02-03T10:05:00Z",
                "_end": UNKNOWN,
            },
        ),
        ({**VISIT, "status": "proposed"}, {**VISIT, "status": "proposed"}),
        (
            {**SEEN, "text": {"status": "generated", "div": "<script>x</script> & y"}},
            {
                **SEEN,
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml">'
                    "<p>x &amp; y</p></div>",
                },
            },
        ),
        (
            {**ILL, "abatementDateTime": "2026"},
            {
                **ILL,
                "abatementDateTime": "2026",
                "clinicalStatus": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/"
                            "condition-clinical",
                            "code": "inactive",
                        }
                    ]
                },
            },
        ),
        (
            {**PERSON, "telecom": [{"value": "a@b.test"}, {"value": "7"}]},
            {
                **PERSON,
                "telecom": [
                    {"value": "a@b.test", "system": "email"},
                    {"value": "7", "system": "other"},
                ],
            },
        ),
        (
            {**PERSON, "gender": "F"},
            {
                **PERSON,
                "_gender": {"extension": [written("F"), *UNKNOWN["extension"]]},
            },
        ),
        (
            {"resourceType": "Organization", "active": True},
            {"resourceType": "Organization", "active": True, "_name": UNKNOWN},
        ),
        (
            {"resourceType": "AllergyIntolerance"},
            {
                "resourceType": "AllergyIntolerance",
                "patient": {"reference": ME},
                "clinicalStatus": UNKNOWN,
            },
        ),
        (
            {
                "resourceType": "Provenance",
                "recorded": "2026-02-03T10:05:00Z",
                "agent": [{"who": {"display": "x"}}],
            },
            {
                "resourceType": "Provenance",
                "recorded": "2026-02-03T10:05:00Z",
                "agent": [{"who": {"display": "x"}}],
                "target": [UNKNOWN],
            },
        ),
    ],
)
def test_what_can_be_mended_without_loss_is(before, after):
    held, left = made(before)
    assert left == []
    if after is not None:
        assert held == after


def test_a_contradiction_is_told_in_a_note():
    active = {"coding": [{"code": "active"}]}
    held, left = made({**ILL, "abatementDateTime": "2026", "clinicalStatus": active})
    assert left == []
    assert held["clinicalStatus"]["coding"][0]["code"] == "inactive"
    assert "active" in held["note"][0]["text"]


@pytest.mark.parametrize(
    ("before", "element"),
    [
        ({**SEEN, "colour": "red"}, "Observation.colour"),
        ({**SEEN, "status": "done"}, "Observation.status"),
        ({**SEEN, "valueString": "x", "valueInteger": 1}, "Observation.value"),
        ({**SEEN, "issued": "when depression began"}, "Observation.issued"),
        (
            {"resourceType": "Immunization", "vaccineCode": {"text": "x"}}
            | {"patient": {"reference": ME}, "occurrenceString": "once"},
            "Immunization.status",
        ),
    ],
)
def test_what_cannot_is_left_and_named(before, element):
    held, left = made(before)
    assert element in left
    assert set(before) <= set(held)


def bundle(records, tmp_path):
    chosen = Selection(
        records=[shared(one) for one in records],
        extent=Extent.WHOLE,
        notice=Notice.OPEN_FOLDER,
        made_at=NOW,
        salt=b"s" * 32,
        scratch=tmp_path,
    )
    held = dress("patient-shared", chosen)
    with held.parts[0].read() as file:
        return held, json.load(file)


def test_a_record_beyond_mending_stays_behind_and_nothing_refers_to_it(tmp_path):
    visit = {"resourceType": "Encounter", "id": "v", "status": "over", "class": {}}
    seen = {**SEEN, "id": "o", "encounter": {"reference": "Encounter/v"}}
    held, made = bundle([PERSON | {"id": "p"}, visit, seen], tmp_path)
    (missing,) = held.left_out
    assert (missing.rtype, missing.why) == ("Encounter", Why.UNFIT)
    assert missing.detail == "Encounter.status"
    assert [e["resource"]["resourceType"] for e in made["entry"]] == [
        *("Patient", "Observation")
    ]
    assert "encounter" not in made["entry"][1]["resource"]
    assert held.held == 2


def test_a_person_is_never_left_out_for_one_bad_element(tmp_path):
    person = PERSON | {"id": "p", "birthDate": "1950", "contact": [{"gender": "male"}]}
    held, made = bundle([person], tmp_path)
    assert made["entry"][0]["resource"]["birthDate"] == "1950"
    assert "contact" not in made["entry"][0]["resource"]
    assert [one.detail for one in held.left_out] == ["Patient.contact"]
    assert held.held == 1


def test_whatever_is_in_a_bundle_keeps_the_rules(tmp_path):
    odd = [{**SEEN, "id": "o", key: value} for key, value in ODD]
    _, made = bundle([PERSON | {"id": "p"}, *odd], tmp_path)
    assert len(made["entry"]) > 1
    assert not [e for e in made["entry"] if flaws_of(e["resource"])]


ODD = [
    ("issued", "yesterday"),
    ("_id", "mongo"),
    ("note", {"text": "x"}),
    ("status", "x"),
    ("valueQuantity", {"value": 1, "code": "g", "unit": "h"}),
]

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "coding", "extension", "_status", "url", "value"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(row_of("Observation"))), _JSON))
def test_whatever_a_record_holds_mending_ends_and_tells_what_is_left(inner):
    made({"resourceType": "Observation", **inner})
