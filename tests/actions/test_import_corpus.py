"""Public records nobody here wrote: counted by another hand, none lost, byte for byte.

The other hand is `tests.corpus`, which knows the FHIR page of Bundle and nothing of
our reader; everything goes through the real `heartwood import --json`.
"""

import io
import json
import zipfile
from collections import Counter

import pytest

from tests import corpus
from tests.corpus import OUTCOMES, Command, bring_in, count, files_of
from tests.support.wallets import NOON, observation, open_wallet
from wallet.actions.patient import records
from wallet.actions.patient.company import Whose
from wallet.keys import custody
from wallet.keys.keyfile import Cost

R4 = ("fhir-r4-synthea", "us-core-6.1.0", "ips-1.1.0", "fhir-r4-spec-examples")
OTHER = {
    "fhir-r4-xml": {"fhir-xml"},
    "ccda-onc": {"c-cda"},
    "xdm-onc": {"ihe-xdm"},
}
# Formats that records are worked out from; their own tests look at types and places.
DERIVED = frozenset(
    {"hl7v2", "tabular-labs", "blue-button", "apple-health", "smart-health-cards"}
    | {"wearable-openmhealth", "dicom", "pdf-onc", "fhir-dstu2", "fhir-stu3"}
    | {"fhir-r4-xml", "traceability"}
    | {"ccda-onc", "ccda-ds4p-onc", "ccda-negative-onc"}
    | {"ccda-fhir-converter", "ccda-hl7-examples", "xdm-onc"}
)
# FHIR R4, value set bundle-type.
BUNDLE_TYPES = (
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)


@pytest.fixture
def command(tmp_path):
    phrase = tmp_path / "phrase"
    phrase.write_text("corpus\n")
    made = Command(home=tmp_path / "home", phrase=phrase)
    assert made("init")[0] == 0
    return made


def file_of(folder, content):
    folder.mkdir(exist_ok=True)
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# --- the corpora ------------------------------------------------------------------


def test_every_folder_comes_in_whole_and_goes_out_byte_for_byte(
    testdata, tmp_path, capsys
):
    """Nothing lost in any file of any folder, and every byte given back."""
    tallies = {}
    for number, folder in enumerate(sorted(testdata.iterdir())):
        if folder.is_dir():
            room = tmp_path / str(number)
            phrase = file_of(room, "corpus\n")
            command = Command(home=room / "home", phrase=phrase)
            command("init")
            tallies[folder.name] = bring_in(folder, command, stick=room / "stick")
    with capsys.disabled():
        rows = [corpus.HEAD, *(tally.row() for tally in tallies.values())]
        print(f"\n{corpus.show(rows)}")  # noqa: T201 a command
    assert len(tallies) > 20
    for name, tally in tallies.items():
        assert tally.lost == {}, name
        assert tally.given_back, name
        if name not in DERIVED:
            _check_types(tally)
            _check_places(tally)
    for name in (*R4, "phr-ndjson"):
        totals = tallies[name].totals
        assert (totals["failed"], totals["kept_raw"]) == (0, 0), name
    synthea = tallies["fhir-r4-synthea"]
    assert len(synthea.expected) == 9
    assert (synthea.total, synthea.totals["new"], synthea.totals["same"]) == (
        *(2439, 2437),
        2,  # two practices treat two of the nine and lie in both files
    )
    assert tallies["phr-ndjson"].total == 504
    for name, forms in OTHER.items():
        tally = tallies[name]
        assert {file["format"] for file in tally.answer["files"]} == forms


def _check_types(tally):
    """No type gains what another one loses: what is no record of its own is known."""
    missing = {
        kind: expected - tally.records[kind]
        for kind, expected in tally.types.items()
        if expected != tally.records[kind]
    }
    assert all(number > 0 for number in missing.values()), missing
    others = sum(tally.totals[name] for name in OUTCOMES[1:])
    assert sum(missing.values()) == others, (tally.folder, missing)
    assert set(tally.records) <= set(tally.types)


_READ = {"other_person", "other_release", "foreign_format", "byte_order_mark", "empty"}


def _check_places(tally):
    """Every place points at something that is there; a failure at what is no JSON."""
    for file in tally.answer["files"]:
        told = sum(1 + finding["more"] for finding in file["findings"])
        assert file["findings_total"] == told, file["path"]
        data = corpus.Path(file["path"]).read_bytes()
        for finding in file["findings"]:
            found = pointed_at(data, finding["place"])
            assert found is not None, (file["path"], finding)
            assert finding["sentence"]
            if finding["reason"].startswith("flaw_"):
                continue  # any part of a record may break a rule, also one of nothing
            if finding["reason"] in ("not_json", "unknown_format"):
                assert not isinstance(_parsed(found), dict | list)
            elif finding["reason"] not in _READ:
                assert _parsed(found) is not None


def _parsed(data):
    try:
        return json.loads(data)
    except ValueError:
        return None


def pointed_at(data, place):
    """The bytes at a place: ``/`` for all, ``line N``, or a JSON pointer."""
    if place == "/":
        return data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next(one for one in archive.namelist() if place.startswith(one))
            return pointed_at(archive.read(name), place[len(name) :].strip() or "/")
    if place.startswith("line "):
        number, _, pointer = place.removeprefix("line ").partition(" ")
        line = data.split(b"\n")[int(number) - 1]
        return pointed_at(line, pointer) if pointer else line
    value = json.loads(data)
    for step in place.split("/")[1:]:
        value = value[int(step) if isinstance(value, list) else step]
    return json.dumps(value).encode()


def test_the_same_corpus_twice_adds_nothing(testdata, command):
    paths = files_of(testdata / R4[0])
    first = command("import", "--mine", *paths)[1]["totals"]
    again = command("import", "--mine", *paths)[1]["totals"]
    assert again["same"] == sum(again.values()) == sum(first.values())


def test_titles_are_words_and_not_codes_or_types(testdata, tmp_path):
    paths = [path for name in R4[:3] for path in files_of(testdata / name)]
    with open_wallet(tmp_path / "home") as wallet:
        records.import_paths(wallet, paths, now=NOON, whose=Whose.MINE)
        listed = records.timeline(wallet, limit=1 << 30).records
    for record in listed:
        assert record.title
        assert record.title != record.rtype
        assert not record.title.startswith(("http:", "urn:"))


def test_other_releases_are_named(testdata, command):
    for name in ("fhir-dstu2", "fhir-stu3"):
        paths = [path for path in files_of(testdata / name) if path.suffix == ".json"]
        for file in command("import", "--mine", *paths)[1]["files"]:
            reasons = {one["reason"] for one in file["findings"]}
            assert "translated" in reasons
            assert sum(file["counts"].values()) > file["counts"]["kept_raw"] > -1


def test_labels_of_tagged_patients_are_carried(testdata, tmp_path):
    paths = sorted((testdata / "security-labels").glob("*sample.json"))
    with open_wallet(tmp_path / "home") as wallet:
        records.import_paths(wallet, paths, now=NOON, whose=Whose.MINE)
        listed = records.timeline(wallet, limit=1 << 30).records
    marked = [
        {(x.system, x.code) for x in record.labels if x.basis != "rule"}
        for record in listed
    ]
    expected = Counter()
    for path in paths:
        held = json.loads(path.read_bytes())
        for entry in held["entry"]:
            own, around = _marks(entry["resource"]), _marks(held)
            expected.update(own or around)
            if own and not any(_is_level(mark) for mark in own):
                expected.update(mark for mark in around if _is_level(mark))
    assert len(expected) > 4
    assert Counter(mark for here in marked for mark in here) == expected


def _is_level(mark):
    return mark[0].endswith("Confidentiality")


def _marks(resource):
    found = resource.get("meta", {}).get("security", ())
    return {(coding.get("system", ""), coding["code"]) for coding in found}


# --- every type of bundle -----------------------------------------------------------


@pytest.mark.parametrize("kind", BUNDLE_TYPES)
def test_a_bundle_of_every_type_is_counted_by_what_its_entries_hold(
    command, tmp_path, kind
):
    contained = {"resourceType": "Patient", "id": "inside"}
    issue = {"severity": "information", "code": "informational"}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    request = {"method": "DELETE", "url": "Observation/gone"}
    entries = [
        {
            "fullUrl": "urn:uuid:1",
            "resource": observation(
                1, contained=[contained], performer=[{"reference": "#inside"}]
            ),
        },
        {"request": request},
        {"response": {"status": "404", "outcome": outcome}},
        {"resource": outcome, "search": {"mode": "outcome"}},
        {"resource": {**_bundle("collection", [{"resource": observation(2)}])}},
        {"resource": _bundle(kind, [{"resource": _bundle(kind, [])}])},
        {"link": [{"relation": "self", "url": "urn:x"}]},
    ]
    content = json.dumps(_bundle(kind, entries)).encode()
    assert count(content).total == 3
    assert count(content).bundles == Counter({kind: 3}) + Counter(["collection"])
    code, said = command("import", file_of(tmp_path / "in", content))
    assert code == 0
    assert sum(said["totals"].values()) == 3
    assert (said["totals"]["failed"], said["files"][0]["findings"]) == (0, [])
    listed = command("records", "list")[1]["records"]
    assert Counter(record["type"] for record in listed) == count(content).types


def _bundle(kind, entries):
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


# --- faults are named by place --------------------------------------------------------

FAULTS = {
    "not_json": b'{"resourceType": "Observation", "id": nul}',
    "duplicate_key": b'{"resourceType": "Observation", "id": "x", "id": "y"}',
    "not_a_number": b'{"resourceType": "Observation", "v": NaN}',
    "not_utf8": b'{"resourceType": "Observation", "id": "\xff"}',
    "too_deep": b'{"resourceType": "Observation", "x": '
    + b"[" * 1_000
    + b"]" * 1_000
    + b"}",
}


def test_every_damaged_entry_of_a_real_patient_is_named_where_it_stands(
    testdata, tmp_path, command
):
    """A real bundle, some of its entries spoilt: those places and no others."""
    path = files_of(testdata / R4[0])[0]
    entries = json.loads(path.read_bytes())["entry"]
    spoilt = dict(zip(range(3, len(entries), 37), [*FAULTS] * 99, strict=False))
    parts = [
        b'{"resource": ' + FAULTS[spoilt[n]] + b"}"
        if n in spoilt
        else json.dumps(entry).encode()
        for n, entry in enumerate(entries)
    ]
    head, tail = b'{"resourceType":"Bundle","type":"batch","entry":[', b"]}"
    content = head + b",\n".join(parts) + tail
    code, said = command("import", file_of(tmp_path / "in", content))
    (file,) = said["files"]
    assert code == 0
    assert len(spoilt) > 5
    assert {one["place"]: one["reason"] for one in file["findings"]} == {
        f"/entry/{n}": reason for n, reason in spoilt.items()
    }
    assert file["counts"]["failed"] == len(spoilt)
    assert sum(file["counts"].values()) == len(entries)


def test_every_damaged_line_of_real_lines_is_named_by_its_number(
    testdata, tmp_path, command
):
    path = next(p for p in files_of(testdata / "phr-ndjson") if p.suffix == ".phr")
    lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    spoilt = dict(zip(range(2, len(lines), 7), [*FAULTS] * 99, strict=False))
    for number, reason in spoilt.items():
        lines[number] = FAULTS[reason]
    content = b"\r\n".join(lines) + b"\n"
    _, said = command("import", file_of(tmp_path / "in", content))
    (file,) = said["files"]
    assert len(spoilt) > 5
    damaged = {
        one["place"]: one["reason"]
        for one in file["findings"]
        if not one["reason"].startswith("flaw")  # real lines break rules as well
    }
    assert damaged == {
        f"line {number + 1}": reason for number, reason in spoilt.items()
    }
    assert file["counts"]["failed"] == len(spoilt)
    assert sum(file["counts"].values()) == len(lines)


def test_what_follows_the_end_is_named_by_the_line_it_starts_in(tmp_path, command):
    padding = "\n" * (3 << 20)  # far behind the window the reader holds
    body = json.dumps(_bundle("batch", [{"resource": observation(1)}]), indent=1)
    content = f"{body}\n{padding}and more\n"
    _, said = command("import", file_of(tmp_path / "in", content))
    (finding,) = said["files"][0]["findings"]
    line = 1 + body.count("\n") + 1 + len(padding)
    assert (finding["place"], finding["reason"]) == (f"line {line}", "trailing")
    assert pointed_at(content.encode(), finding["place"]) == b"and more"
