import base64
import hashlib
import json
from collections import Counter
from datetime import date

import pytest

from wallet.actions.demo_world.files import history, write

LAST = date(2026, 11, 24)


@pytest.fixture(scope="module")
def filed():
    return history(seed="maya", last_day=LAST)


@pytest.fixture(scope="module")
def everything(filed):
    return {
        (made["resourceType"], made["id"]): made
        for resources in filed.values()
        for made in resources
    }


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path):
    first = write(tmp_path / "a", seed="maya", last_day=LAST)
    again = write(tmp_path / "b", seed="maya", last_day=LAST)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    other = write(tmp_path / "c", seed="other", last_day=LAST)
    assert other[0].read_bytes() != first[0].read_bytes()


def test_there_are_at_least_600_resources_of_every_kind_a_wallet_shows(everything):
    kinds = Counter(rtype for rtype, _ in everything)
    assert len(everything) >= 600
    assert kinds["AllergyIntolerance"] == 3
    assert {
        "Patient",
        "Practitioner",
        "Organization",
        "Encounter",
        "Condition",
        "MedicationRequest",
        "Observation",
        "Immunization",
        "Procedure",
        "DiagnosticReport",
        "DocumentReference",
        "CarePlan",
        "CareTeam",
        "Goal",
        "Coverage",
    } <= set(kinds)


def test_every_file_names_one_patient_and_refers_only_to_what_it_holds(filed):
    for place, resources in filed.items():
        here = {f"{made['resourceType']}/{made['id']}" for made in resources}
        assert len(here) == len(resources), place
        assert sum(name.startswith("Patient/") for name in here) == 1
        assert set(_values(resources, "reference")) <= here, place


def test_nothing_is_dated_after_the_last_day_or_more_than_twelve_years_before(
    everything,
):
    dates = [
        value[:10]
        for key in ("effectiveDateTime", "onsetDateTime", "authoredOn", "date")
        for value in _values(list(everything.values()), key)
        if isinstance(value, str)
    ]
    assert max(dates) <= "2026-11-24"
    assert "2014-11-01" <= min(dates) <= "2015-03-01"


@pytest.mark.parametrize("day", [date(2027, 2, 28), date(2028, 2, 29)])
def test_any_last_day_will_do(day):
    filed = history(seed="maya", last_day=day)
    assert sum(len(resources) for resources in filed.values()) >= 600


def test_what_the_therapist_wrote_is_labelled(filed):
    labels = [
        {mark["code"] for mark in made["meta"]["security"]}
        for made in filed["willow-court-counselling"]
        if "meta" in made
    ]
    assert {"R", "MH"} in labels
    assert {"R", "SUD", "42CFRPart2"} in labels
    unlabelled = {
        made["resourceType"]
        for made in filed["willow-court-counselling"]
        if "meta" not in made
    }
    assert unlabelled == {"Patient", "Organization", "Practitioner"}


def test_the_files_are_two_kinds_of_bundle_and_lines(tmp_path, filed):
    paths = {path.name: path for path in write(tmp_path, seed="maya", last_day=LAST)}
    lines = paths["city-laboratory.ndjson"].read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == filed["city-laboratory"]
    bundle = json.loads(paths["harbour-hospital.json"].read_bytes())
    assert bundle["type"] == "transaction"
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert set(_values(bundle["entry"], "reference")) <= urls
    practice = json.loads(paths["lind-family-practice.json"].read_bytes())
    assert practice["type"] == "collection"


def test_a_letter_is_readable_text_with_its_size_and_hash(everything):
    letters = [
        made["content"][0]["attachment"]
        for (rtype, _), made in everything.items()
        if rtype == "DocumentReference"
    ]
    for letter in letters:
        data = base64.b64decode(letter["data"])
        assert letter["size"] == len(data)
        assert base64.b64decode(letter["hash"]) == _sha1(data)
        assert letter["title"] in data.decode()


def test_bad_cholesterol_is_one_series_over_twelve_years(everything):
    series = sorted(
        (made["effectiveDateTime"], made["valueQuantity"]["value"])
        for (rtype, _), made in everything.items()
        if rtype == "Observation"
        and made["code"].get("coding", [{}])[0].get("code") == "13457-7"
    )
    assert len({when[:4] for when, _ in series}) >= 12
    assert series[0][1] > 150
    assert series[-1][1] < 130


def _values(value, key):
    if isinstance(value, list):
        return [found for item in value for found in _values(item, key)]
    if isinstance(value, dict):
        here = [value[key]] if key in value else []
        return here + [found for item in value.values() for found in _values(item, key)]
    return []


def _sha1(data):
    return hashlib.sha1(data, usedforsecurity=False).digest()
