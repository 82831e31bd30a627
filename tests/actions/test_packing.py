import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.support.shared_records import shared
from wallet.actions.demo_world.files import history
from wallet.actions.patient.packing import choose, pack
from wallet.grants.scope import Clause, Scope
from wallet.records.record import Label, Record

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def _record(resource, place):
    plain = shared(resource, source_name=place)
    marks = resource.get("meta", {}).get("security", [])
    return Record(
        record_id=plain.record_id,
        person=0,
        category=plain.category,
        rtype=plain.rtype,
        title="",
        start=None,
        start_precision="",
        start_as_written="",
        end=None,
        codes=(),
        value="",
        unit="",
        status="",
        provider="",
        source_name=place,
        confidentiality="R" if marks else None,
        sensitivity=tuple(mark["code"] for mark in marks[1:]),
        labels=tuple(
            Label(code=mark["code"], system=mark["system"], basis="source")
            for mark in marks
        ),
        body=plain.body,
    )


@pytest.fixture(scope="module")
def vault():
    filed = history(seed="maya", last_day=date(2026, 11, 24))
    made = {
        resource["id"]: _record(resource, place)
        for place, resources in filed.items()
        for resource in resources
    }
    return {record.record_id: record for record in made.values()}


def _packed(vault, scope, tmp_path):
    listed = [replace(record, body=b"") for record in vault.values()]
    made = pack(listed, scope, fetch=vault.__getitem__, made_at=NOW, scratch=tmp_path)
    page, bundle = (part.read().read() for part in made)
    return made, page.decode(), json.loads(bundle)


def test_everything_is_every_record_in_two_dresses_and_no_raw_file(vault, tmp_path):
    made, page, bundle = _packed(vault, Scope(), tmp_path)
    names = [part.ref.name for part in made]
    assert names == ["START-HERE.html", "fhir/patient-shared.json"]
    assert len(bundle["entry"]) == len(vault)
    assert "Everything in the wallet" in page


def test_a_denied_label_leaves_no_trace_in_any_part(vault, tmp_path):
    scope = Scope(denied=("MH", "SUD"))
    _, page, bundle = _packed(vault, scope, tmp_path)
    text = page + json.dumps(bundle)
    for word in ("Depression", "Sertraline", "PHQ-9", "rinking", "Castellan"):
        assert word not in text
    assert '"MH"' not in text


def test_a_class_is_shared_with_the_people_it_mentions_and_nothing_else(
    vault, tmp_path
):
    scope = Scope(include=(Clause(classes=("medicine",)),))
    made, page, bundle = _packed(vault, scope, tmp_path)
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert kinds == {"Patient", "MedicationRequest", "Practitioner"}
    assert "Dr. Tomas Varga" in page
    assert "Rosander" not in page
    listed = [replace(record, body=b"") for record in vault.values()]
    assert len(choose(listed, scope, fetch=vault.__getitem__)) == 36
    assert made[0].ref.size < 60_000
