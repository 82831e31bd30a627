"""Public records nobody here wrote: counted independently, none lost, byte for byte."""

import json
from collections import Counter

import pytest

from tests.support.wallets import NOON, open_wallet
from wallet.actions.patient import records
from wallet.vault import sources

R4 = ("fhir-r4-synthea", "us-core-6.1.0", "ips-1.1.0", "fhir-r4-spec-examples")


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def counted(value):
    """Count resources by the words of DESIGN.md 6, by another way than the program."""
    if value.get("resourceType") != "Bundle":
        return Counter([value["resourceType"]])
    inner = (entry.get("resource") for entry in value.get("entry", ()))
    return sum((counted(resource) for resource in inner if resource), Counter())


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", R4)
def test_every_resource_of_an_r4_folder_is_a_record(wallet, testdata, name):
    paths = files_of(testdata / name)
    expected = sum((counted(json.loads(p.read_bytes())) for p in paths), Counter())
    answer = records.import_paths(wallet, paths, now=NOON)
    totals = answer.totals
    assert (totals.failed, totals.kept_raw) == (0, 0)
    assert totals.total == expected.total()
    assert {file.format for file in answer.files} == {"fhir-r4-json"}
    listed = records.timeline(wallet, limit=1 << 30)
    assert listed.total == len(listed.records) == totals.new
    assert totals.new + totals.same + totals.changed == expected.total()


def test_nine_patients_keep_every_byte_and_come_in_once(wallet, testdata):
    paths = files_of(testdata / "fhir-r4-synthea")
    first = records.import_paths(wallet, paths, now=NOON).totals
    assert first.total == 2439
    # Two practices treat two of them and lie in both files.
    assert (first.new, first.same) == (2437, 2)
    again = records.import_paths(wallet, paths, now=NOON).totals
    assert again.same == again.total == 2439
    held = {
        source.name: b"".join(sources.original(wallet.store, source))
        for source in sources.whole_sources(wallet.store)
    }
    assert held == {path.name: path.read_bytes() for path in paths}


def test_titles_are_words_and_not_codes_or_types(wallet, testdata):
    paths = [path for name in R4[:3] for path in files_of(testdata / name)]
    records.import_paths(wallet, paths, now=NOON)
    for record in records.timeline(wallet, limit=1 << 30).records:
        assert record.title
        assert record.title != record.rtype
        assert not record.title.startswith(("http:", "urn:"))


def test_lines_of_phr_files_are_counted_by_line(wallet, testdata):
    paths = [p for p in files_of(testdata / "phr-ndjson") if p.suffix == ".phr"]
    expected = 0
    for path in paths:
        lines = path.read_bytes().split(b"\n")
        expected += sum(counted(json.loads(x)).total() for x in lines if x.strip())
    answer = records.import_paths(wallet, paths, now=NOON)
    assert len(paths) == 3
    assert answer.totals.total == expected == 504
    assert answer.totals.failed == 0
    assert {file.format for file in answer.files} == {"fhir-r4-ndjson"}


@pytest.mark.parametrize(
    ("name", "releases"),
    [("fhir-dstu2", {"dstu2"}), ("fhir-stu3", {"stu3"})],
)
def test_other_releases_are_named_and_kept(wallet, testdata, name, releases):
    paths = [path for path in files_of(testdata / name) if path.suffix == ".json"]
    expected = sum(counted(json.loads(p.read_bytes())).total() for p in paths)
    answer = records.import_paths(wallet, paths, now=NOON)
    assert answer.totals.kept_raw == answer.totals.total == expected
    assert {file.format.split("-")[1] for file in answer.files} == releases
    for file in answer.files:
        assert "other_release" in {finding.cause.value for finding in file.findings}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("fhir-r4-xml", "fhir-xml"),
        ("pdf-onc", "pdf"),
        ("dicom", "dicom"),
        ("hl7v2", "hl7v2"),
        ("ccda-onc", "c-cda"),
    ],
)
def test_other_formats_are_named_by_their_bytes_and_kept(wallet, testdata, name, form):
    paths = files_of(testdata / name)
    answer = records.import_paths(wallet, paths, now=NOON)
    assert answer.totals.kept_raw == answer.totals.total == len(paths)
    assert {file.format for file in answer.files} == {form}
    assert answer.all_taken


def test_labels_of_tagged_patients_are_carried(wallet, testdata):
    paths = sorted((testdata / "security-labels").glob("*sample.json"))
    records.import_paths(wallet, paths, now=NOON)
    listed = records.timeline(wallet, limit=1 << 30).records
    marked = {r.scope_id: {(x.system, x.code) for x in r.labels} for r in listed}
    expected = Counter()
    for path in paths:
        held = json.loads(path.read_bytes())
        for entry in held["entry"]:
            expected.update(_marks(entry["resource"]) or _marks(held))
    assert len(expected) > 4
    assert Counter(mark for here in marked.values() for mark in here) == expected


def _marks(resource):
    found = resource.get("meta", {}).get("security", ())
    return {(coding.get("system", ""), coding["code"]) for coding in found}
