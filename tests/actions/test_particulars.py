"""What the page of a record says beyond its title, by its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.actions.patient.particulars.rows import MOST_ROWS, particulars

CASES = [
    (
        {
            "resourceType": "MedicationRequest",
            "dosageInstruction": [
                {
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
                    "timing": {"repeat": {"frequency": 2, "period": 1.0}
                               | {"periodUnit": "d"}},
                    "asNeededBoolean": True,
                }
            ],
            "dispenseRequest": {"numberOfRepeatsAllowed": 3},
        },
        {"How to take it": "1 tablet, twice a day, when needed", "Refills": "3"},
    ),
    (
        {"resourceType": "AllergyIntolerance", "criticality": "high"}
        | {"category": ["food"], "reaction": [{"severity": "mild"}]},
        {"How dangerous": "High danger", "To": "Food", "How bad it was": "Mild"},
    ),
    (
        {"resourceType": "Patient", "birthDate": "1970-03-04", "gender": "female"}
        | {"address": [{"line": ["12 Elm St"], "city": "Salem"}]},
        {"Born": "4 March 1970", "Sex": "Woman", "Address": "12 Elm St, Salem"},
    ),
    (
        {"resourceType": "Immunization", "lotNumber": "AAJN11K"}
        | {"protocolApplied": [{"doseNumberPositiveInt": 2}]},
        {"Dose number": "2", "Lot number": "AAJN11K"},
    ),
    (
        {"resourceType": "QuestionnaireResponse"}
        | {
            "item": [
                {
                    "text": "Sleep",
                    "item": [{"text": "Well?", "answer": [{"valueBoolean": False}]}],
                }
            ]
        },
        {"Well?": "no"},
    ),
    (
        {"resourceType": "ImagingStudy", "numberOfInstances": 3}
        | {"series": [{"modality": {"code": "CT"}, "bodySite": {"display": "Chest"}}]},
        {"Kind of picture": "CT scan", "Part of the body": "Chest", "Pictures": "3"},
    ),
    (
        {"resourceType": "Coverage", "payor": [{"display": "Elm Mutual"}]}
        | {"subscriberId": "10987654d321"},
        {"Insurer": "Elm Mutual", "Member number": "10987654d321"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "rows"), CASES, ids=lambda one: one.get("resourceType", "rows")
)
def test_a_record_says_what_its_kind_has_to_say(resource, rows):
    assert dict(particulars(resource)) == rows


@pytest.mark.parametrize("code", ["195967001", "C50.9", "urn:oid:2.16", "at_home"])
def test_a_code_without_words_is_not_said(code):
    resource = {"resourceType": "Procedure", "bodySite": [{"coding": [{"code": code}]}]}
    assert particulars(resource) == ()


ANYTHING = st.recursive(
    st.sampled_from([None, True, 0, 7, "", "2020", "mild", "1.2.840"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "coding", "value", "code", "detail", "address"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=4,
)
KEYS = sorted(
    {"dosageInstruction", "reaction", "item", "series", "participant", "target", "code"}
    | {"bodySite", "telecom", "address", "reasonCode", "total", "payment", "collection"}
)


@given(
    kind=st.sampled_from([case[0]["resourceType"] for case in CASES]),
    held=st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=3),
)
def test_no_resource_however_odd_costs_more_than_its_rows(kind, held):
    rows = particulars({**held, "resourceType": kind})
    assert len(rows) <= MOST_ROWS
    assert all(name and said for name, said in rows)
