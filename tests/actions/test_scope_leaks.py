"""From the vault to the package: what a scope holds back is in no byte of it.

The paths are those of the reference page on health data, D3: narrative, sections,
reasons, references and their words, provenance, attachments, titles, names, counts.
"""

import base64
import json

import pytest

from tests.support import packages
from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import gathering, records
from wallet.grants.scope import Clause, Scope

ODD = ("quillwort", "zibbelwort", "quokkaberry", "plonkweed")
R = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
MH = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "MH"}
NARRATIVE = {
    "status": "generated",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml">quillwort</div>',
}
LETTER = base64.b64encode(b"the plonkweed letter").decode()

HELD_BACK = (
    {
        "resourceType": "Condition",
        "id": "secret",
        "meta": {"security": [R, MH]},
        "code": {"text": "quokkaberry illness"},
        "subject": {"reference": "Patient/m"},
        "recordedDate": "2026-01-02",
    },
    {
        "resourceType": "Medication",
        "id": "pill",
        "meta": {"security": [MH]},
        "code": {"text": "zibbelwort 5 mg"},
    },
    {
        "resourceType": "Practitioner",
        "id": "therapist",
        "meta": {"security": [MH]},
        "name": [{"family": "Quillwort"}],
    },
    {
        "resourceType": "DocumentReference",
        "id": "note",
        "meta": {"security": [MH]},
        "status": "current",
        "description": "zibbelwort-letter.pdf",
        "content": [{"attachment": {"contentType": "text/plain", "data": LETTER}}],
    },
)
TELLING = (
    {
        "resourceType": "Encounter",
        "id": "visit",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/m"},
        "text": NARRATIVE,
        "reasonCode": [{"text": "quokkaberry"}],
        "diagnosis": [{"condition": {"reference": "Condition/secret"}}],
        "participant": [
            {
                "individual": {
                    "reference": "Practitioner/therapist",
                    "display": "Dr. Quillwort",
                }
            }
        ],
        "period": {"start": "2026-01-02"},
    },
    {
        "resourceType": "MedicationRequest",
        "id": "rx",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/m"},
        "medicationReference": {
            "reference": "Medication/pill",
            "display": "zibbelwort 5 mg",
        },
        "reasonReference": [{"reference": "Condition/secret", "display": "quokka"}],
        "note": [{"text": "for the quokkaberry"}],
    },
    {
        "resourceType": "DiagnosticReport",
        "id": "report",
        "status": "final",
        "code": {"text": "Blood count"},
        "presentedForm": [
            {"contentType": "text/plain", "data": LETTER, "title": "zibbelwort"}
        ],
        "contained": [
            {"resourceType": "Condition", "id": "c", "code": {"text": "quokkaberry"}}
        ],
    },
    {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/m"},
        "title": "Walking",
        "addresses": [{"reference": "Condition/secret", "display": "quokkaberry"}],
        "activity": [
            {"detail": {"status": "completed", "reasonCode": [{"text": "quokkaberry"}]}}
        ],
    },
    {
        "resourceType": "Provenance",
        "id": "prov",
        "target": [{"reference": "Condition/secret", "display": "quokkaberry"}],
        "recorded": "2026-01-02T10:00:00Z",
        "agent": [{"who": {"display": "Dr. Quillwort"}}],
    },
    {
        "resourceType": "Composition",
        "id": "comp",
        "title": "Summary with quokkaberry",
        "section": [{"title": "zibbelwort", "text": NARRATIVE}],
    },
)
PLAIN = {
    "resourceType": "Patient",
    "id": "m",
    "name": [{"family": "Rosander"}],
    "birthDate": "1961-04-17",
}


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        content = bundle(PLAIN, *HELD_BACK, *TELLING, observation(1))
        answer = bring_in(wallet, tmp_path, content)
        assert answer.totals.failed == 0
        yield wallet


def package(wallet, scope):
    """Every byte a reader would get, names of parts included, letters decoded."""
    whole = packages.text(wallet, scope)
    return whole.decode() + (" plonkweed" if LETTER.encode() in whole else "")


SCOPES = {
    "a denied label": Scope(denied=("MH",)),
    "a ceiling": Scope(ceiling="N", denied=("MH",)),
    "classes": Scope(
        include=(Clause(classes=("test", "visit", "medicine", "care_plan")),),
        denied=("MH",),
    ),
    "a date": Scope(include=(Clause(since=1_767_000_000),), denied=("MH",)),
    "an exclusion": Scope(exclude=(Clause(classes=("condition",)),), denied=("MH",)),
}


@pytest.mark.parametrize("name", SCOPES)
def test_no_word_of_what_is_held_back_is_in_the_package(wallet, name):
    text = package(wallet, SCOPES[name])
    assert not [word for word in ODD if word in text.lower()]
    assert "Rosander" in text or name in ("classes", "a date")
    held = {record.scope_id for record in records.timeline(wallet).records}
    assert len(held) == len(HELD_BACK) + len(TELLING) + 2
    assert not [record for record in held if record in text]


def test_without_a_scope_all_of_it_is_there(wallet):
    text = package(wallet, Scope())
    assert all(word in text.lower() for word in ODD)


def test_the_package_says_how_much_is_in_it_and_not_how_much_is_not(wallet):
    text = package(wallet, Scope(denied=("MH",)))
    held = packages.files(wallet, Scope(denied=("MH",)))
    found = json.loads(held["fhir/patient-shared.json"])
    kinds = [entry["resource"]["resourceType"] for entry in found["entry"]]
    assert sorted(kinds) == [
        *("CarePlan", "DiagnosticReport", "Encounter"),
        *("MedicationRequest", "Observation", "Patient"),
    ]
    assert "A chosen part: 5 records" in text
    scope = Scope(denied=("MH",))
    counted = gathering.gather(wallet, scope, now=NOON).contents
    classes = {"care_plan": 1, "medicine": 1, "person": 1, "test": 2, "visit": 1}
    assert dict(counted) == classes
    seen = gathering.preview(wallet, scope)
    assert dict(seen.shown) == dict(counted)
    assert seen.left_out == len(HELD_BACK) + 2  # and what speaks about other records


def test_a_source_file_never_goes_along_and_in_a_scope_not_even_its_name(wallet):
    for scope in (Scope(), Scope(denied=("MH",))):
        names = [
            part.ref.name for part in gathering.gather(wallet, scope, now=NOON).parts
        ]
        assert names == [
            "START-HERE.html",
            "fhir/patient-shared.json",
            "fhir/ips.json",
            "health-records-xdm.zip",
        ]
    assert "file-0" not in package(wallet, Scope(denied=("MH",)))
