import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.selections import chosen, files_of
from tests.support.shared_records import is_labelled, maya, shared
from wallet.exports import patient_shared
from wallet.exports.all_records import write_all
from wallet.exports.gate import Gate
from wallet.exports.naming import Naming
from wallet.exports.patient_shared import write_patient_shared
from wallet.exports.trimming import Extent

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SALT = b"s" * 32
MAYA = {"resourceType": "Patient", "id": "m", "name": [{"family": "Rosander"}]}


class OpenGate(Gate):
    """Lets everything through: here it is about what is taken out of a record."""

    def passed(self, record):
        return self.naming.trimmed(record)


def bundle(records, *, extent=Extent.SCOPED, salt=SALT, address_book=()):
    sink = io.BytesIO()
    naming = Naming(records, extent=extent, salt=salt, address_book=address_book)
    count = write_patient_shared(records, sink, gate=OpenGate(naming), made_at=NOW)
    made = json.loads(sink.getvalue())
    assert count == len(made["entry"])
    return made


def resources(made, rtype):
    return [
        entry["resource"]
        for entry in made["entry"]
        if entry["resource"]["resourceType"] == rtype
    ]


def values(value, key):
    if isinstance(value, list):
        return [found for item in value for found in values(item, key)]
    if isinstance(value, dict):
        here = [value[key]] if key in value else []
        return here + [found for item in value.values() for found in values(item, key)]
    return []


def test_the_whole_history_is_a_collection_with_one_patient_and_fresh_names():
    made = bundle(maya(), extent=Extent.WHOLE)
    assert made["type"] == "collection"
    assert made["timestamp"] == "2026-11-24T10:00:00Z"
    assert len(resources(made, "Patient")) == 1
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(set(urls)) == len(urls) >= 600
    assert all(url.startswith("urn:uuid:") for url in urls)
    assert set(values(made, "reference")) <= set(urls)
    for entry in made["entry"]:
        assert entry["fullUrl"] == "urn:uuid:" + entry["resource"]["id"]


def test_two_packages_use_different_names_for_the_same_record():
    records = maya()
    ours = bundle(records, extent=Extent.WHOLE)
    theirs = bundle(records, extent=Extent.WHOLE, salt=b"t" * 32)
    both = {entry["fullUrl"] for entry in ours["entry"]} & {
        entry["fullUrl"] for entry in theirs["entry"]
    }
    assert not both


@pytest.mark.parametrize(
    "reference", ["Patient/x", "urn:uuid:m", "https://a.test/fhir/Patient/m/_history/2"]
)
def test_however_a_source_names_the_patient_there_is_one(reference):
    note = {"resourceType": "Condition", "id": "c", "subject": {"reference": reference}}
    other = {**MAYA, "id": "x", "gender": "female", "birthDate": "1961-04-17"}
    made = bundle([shared(MAYA), shared(other, source_name="B"), shared(note)])
    (patient,) = resources(made, "Patient")
    assert patient["gender"] == "female"
    (condition,) = resources(made, "Condition")
    assert condition["subject"]["reference"] == "urn:uuid:" + patient["id"]


def test_the_same_name_from_two_sources_means_each_source_own_record():
    def pair(source):
        code = {"text": f"visit of {source}"}
        visit = {"resourceType": "Encounter", "id": "1", "type": [code]}
        seen = {
            "resourceType": "Observation",
            "id": f"o-{source}",
            "encounter": {"reference": "Encounter/1"},
        }
        return shared(visit, source_name=source), shared(seen, source_name=source)

    made = bundle([*pair("A"), *pair("B")])
    named = {"urn:uuid:" + v["id"]: v["type"] for v in resources(made, "Encounter")}
    told = [named[o["encounter"]["reference"]] for o in resources(made, "Observation")]
    assert told == [[{"text": "visit of A"}], [{"text": "visit of B"}]]


def test_without_the_person_in_scope_the_patient_is_bare():
    made = bundle([shared({"resourceType": "Condition", "id": "c"})])
    (patient,) = resources(made, "Patient")
    assert set(patient) == {"resourceType", "id"}


ODD = "quillwort"


@pytest.mark.parametrize(
    "telling",
    [
        {"text": {"status": "generated", "div": f"<div>{ODD}</div>"}},
        {"reasonCode": [{"text": ODD}]},
        {"reasonReference": [{"display": ODD}]},
        {"note": [{"text": ODD}]},
        {"encounter": {"reference": "Encounter/secret", "display": ODD}},
        {"partOf": [{"display": ODD}]},
        {"basedOn": [{"reference": "https://a.test/fhir/CarePlan/9", "display": ODD}]},
        {"supportingInformation": [{"reference": "#9", "display": ODD}]},
        {"meta": {"source": f"file:/{ODD}.json"}},
        {
            "contained": [
                {"resourceType": "Condition", "id": "1", "code": {"text": ODD}}
            ]
        },
        {
            "extension": [
                {"url": "u", "valueReference": {"reference": "Condition/secret"}},
                {"url": "u", "valueReference": {"display": ODD}},
            ]
        },
        {
            "diagnosis": [
                {"condition": {"reference": "Condition/secret"}, "use": {"text": ODD}}
            ]
        },
        {"performer": [{"actor": {"reference": "Organization/1", "display": ODD}}]},
        {"content": [{"attachment": {"contentType": "a/b", "url": f"Binary/{ODD}"}}]},
        {"presentedForm": [{"contentType": "text/plain", "data": ODD}]},
        {"presentedForm": [{"title": ODD, "hash": "x"}]},
        {"evidence": [{"code": [{"text": ODD}]}]},
        {"encounter": {"identifier": {"value": ODD}}},
        {"subject": {"reference": "Patient/m", "display": ODD}},
        {"subject": {"reference": "Patient/m", "identifier": {"value": ODD}}},
        {"extension": [{"url": "u", "valueString": ODD}]},
        {"extension": [{"url": "u", "extension": [{"url": "v", "valueString": ODD}]}]},
        {"extension": [{"url": "u", "valueAnnotation": {"text": ODD}}]},
        {"dosageInstruction": [{"asNeededCodeableConcept": {"text": ODD}}]},
        {"location": [{"location": {"reference": "Location/9", "display": ODD}}]},
    ],
)
def test_a_scoped_package_says_nothing_of_what_was_held_back(telling):
    seen = {"resourceType": "Procedure", "id": "p", "status": "completed", **telling}
    records = [shared(MAYA), shared(seen)]
    assert ODD not in json.dumps(bundle(records))


@pytest.mark.parametrize(
    "telling",
    [
        {"note": [{"text": ODD}]},
        {"reasonCode": [{"text": ODD}]},
        {"reasonReference": [{"display": ODD}]},
        {"partOf": [{"reference": "Procedure/secret", "display": ODD}]},
        {"encounter": {"reference": "Encounter/secret", "display": ODD}},
        {"subject": {"reference": "Patient/m", "display": ODD}},
        {"subject": {"identifier": {"value": ODD}, "display": ODD}},
        {"extension": [{"url": "http://a.test/x", "valueString": ODD}]},
    ],
)
def test_past_the_real_gate_the_record_goes_and_says_nothing_of_it(telling, tmp_path):
    seen = {"resourceType": "Procedure", "id": "p", "status": "completed"}
    seen |= {"subject": {"reference": "Patient/m"}, **telling}
    selection = chosen([shared(MAYA), shared(seen)], tmp_path, extent=Extent.SCOPED)
    made = patient_shared.write(selection)
    (text,) = files_of(made).values()
    assert made.left_out == ()
    assert b'"Procedure"' in text
    assert ODD.encode() not in text


@pytest.mark.parametrize(
    "rtype",
    [
        *("Composition", "List", "Provenance", "Bundle", "Binary", "Claim"),
        *("ExplanationOfBenefit", "DocumentManifest"),
    ],
)
def test_a_scoped_package_has_nothing_that_speaks_about_other_records(rtype):
    gathering = {"resourceType": rtype, "id": "g", "title": ODD}
    assert ODD not in json.dumps(bundle([shared(MAYA), shared(gathering)]))


def test_nobody_is_named_who_is_not_in_the_scope():
    seen = {
        "resourceType": "Observation",
        "id": "o",
        "subject": {"reference": "Patient/m", "display": "Maya Rosander"},
    }
    assert "Rosander" not in json.dumps(bundle([shared(seen)]))
    whole = bundle([shared(MAYA), shared(seen)], extent=Extent.WHOLE)
    assert "Maya Rosander" in json.dumps(whole)


@pytest.mark.parametrize(
    ("kind", "goes"),
    [
        ("text/plain", True),
        ("application/pdf", True),
        ("application/xml", False),
        ("text/xml; charset=utf-8", False),
        ("application/fhir+json", False),
        ("application/hl7-cda", False),
        ("application/zip", False),
    ],
)
def test_a_letter_goes_along_but_no_file_that_holds_a_whole_record(kind, goes):
    letter = {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "content": [{"attachment": {"contentType": kind, "data": ODD, "title": "L"}}],
    }
    made = bundle([shared(MAYA), shared(letter)])
    assert (ODD in json.dumps(made)) is goes
    (held,) = resources(made, "DocumentReference")[0]["content"]
    assert held["attachment"]["contentType"] == kind
    whole = bundle([shared(MAYA), shared(letter)], extent=Extent.WHOLE)
    assert ODD in json.dumps(whole)


def test_a_dose_as_needed_stays_one_without_its_reason():
    dose = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "dosageInstruction": [
            {"text": "1 tablet", "asNeededCodeableConcept": {"text": ODD}}
        ],
    }
    (made,) = resources(bundle([shared(dose)]), "MedicationRequest")
    assert made["dosageInstruction"] == [{"text": "1 tablet", "asNeededBoolean": True}]


def test_what_the_therapist_labelled_leaves_no_trace_when_it_is_held_back():
    everything = maya()
    held_back = [record for record in everything if is_labelled(record)]
    shown = [record for record in everything if not is_labelled(record)]
    assert len(held_back) == 14
    text = json.dumps(bundle(shown))
    for word in ("Depression", "Sertraline", "PHQ-9", "Talking", "F10.11", "AUDIT"):
        assert word in "".join(record.body.decode() for record in held_back)
        assert word not in text
    ids = [json.loads(record.body)["id"] for record in held_back]
    assert not [found for found in ids if found in text]


def test_labels_go_along_with_what_is_shared():
    made = bundle(maya(), extent=Extent.WHOLE)
    codes = values(values(made, "security"), "code")
    assert {"R", "MH", "SUD", "42CFRPart2"} <= set(codes)


def test_a_label_its_container_gave_it_is_written_into_the_record():
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    label = SimpleNamespace(system=system, code="R")
    note = {"resourceType": "Condition", "id": "c"}
    for resource in (note, {**note, "meta": {"security": [vars(label)]}}):
        record = replace(shared(resource), labels=(label,))
        (made,) = resources(bundle([record]), "Condition")
        assert made["meta"]["security"] == [{"system": system, "code": "R"}]


def test_a_label_without_a_system_is_written_once_and_without_one():
    note = {"resourceType": "Condition", "id": "c"}
    record = replace(shared(note), labels=(SimpleNamespace(system="", code="IAL1.2"),))
    carrying = {**note, "meta": {"security": [{"code": "IAL1.2"}]}}
    for one in (record, replace(record, body=shared(carrying).body)):
        (made,) = resources(bundle([one]), "Condition")
        assert made["meta"]["security"] == [{"code": "IAL1.2"}]


def test_staff_and_places_go_along_only_if_somebody_mentions_them():
    clinic = {"resourceType": "Organization", "id": "1", "name": "Heart Centre"}
    role = {
        "resourceType": "PractitionerRole",
        "id": "2",
        "organization": {"reference": "Organization/1"},
    }
    stranger = {"resourceType": "Organization", "id": "3", "name": ODD}
    seen = {
        "resourceType": "Procedure",
        "id": "p",
        "performer": [{"actor": {"reference": "PractitionerRole/2"}}],
    }
    book = [shared(clinic), shared(role), shared(stranger)]
    made = bundle([shared(MAYA), shared(seen), *book])
    assert made == bundle([shared(MAYA), shared(seen)], address_book=book)
    assert len(resources(made, "Organization")) == 1
    assert set(values(made, "reference")) <= set(values(made, "fullUrl"))
    assert ODD not in json.dumps(made)


def test_a_needed_reference_that_is_held_back_leaves_a_valid_resource():
    cover = {
        "resourceType": "Coverage",
        "id": "c",
        "payor": [{"reference": "Organization/9", "display": ODD}],
    }
    dose = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "medicationReference": {"reference": "Medication/9", "display": ODD},
    }
    made = bundle([shared(cover), shared(dose)])
    assert resources(made, "Coverage")[0]["payor"] == [{"display": "Not shared"}]
    medicine = resources(made, "MedicationRequest")[0]["medicationCodeableConcept"]
    assert medicine == {"text": "Not shared"}
    assert ODD not in json.dumps(made)


def test_decimals_keep_the_digits_they_were_written_with():
    body = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":7.40}}'
    record = replace(shared(json.loads(body)), body=body)
    sink = io.BytesIO()
    naming = Naming([record], extent=Extent.WHOLE, salt=SALT)
    write_patient_shared([record], sink, gate=OpenGate(naming), made_at=NOW)
    assert b'"value":7.40' in sink.getvalue()
    lines = io.BytesIO()
    assert write_all([record], lines) == 1
    assert lines.getvalue() == body + b"\n"


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Naming([], extent=Extent.WHOLE, salt=b"short")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["reference", "display", "text", "div", "coding", "item", "value"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["code", "subject", "x", "contained"]), _JSON))
def test_whatever_a_record_holds_no_reference_points_outside(inner):
    record = shared({"resourceType": "Basic", "id": "b", **inner})
    made = bundle([shared(MAYA), record])
    urls = set(values(made, "fullUrl"))
    for name in values(made["entry"][1], "reference"):
        assert not isinstance(name, str) or name in urls or name == "#"


MAYAS = maya()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 40), st.integers(1, 9))
def test_whichever_records_are_held_back_none_of_their_names_is_left(seed, tenth):
    def is_kept(record):
        drawn = hashlib.sha256(record.record_id + seed.to_bytes(6, "big")).digest()
        return drawn[0] * 10 < tenth * 256

    kept = [record for record in MAYAS if is_kept(record)]
    held_back = [record for record in MAYAS if not is_kept(record)]
    made = bundle(kept, address_book=[])
    text = json.dumps(made)
    assert not [r for r in held_back if json.loads(r.body)["id"] in text]
    assert set(values(made["entry"], "reference")) <= set(values(made, "fullUrl"))
    letters = [r for r in held_back if r.rtype == "DocumentReference"]
    assert not [r for r in letters if values(json.loads(r.body), "data")[0] in text]
