"""What a file breaks is told by kind, with its place, and never without end."""

import json
import zipfile
from io import BytesIO

import pytest

from wallet.records.fhir.flaw_tally import MOST_KINDS, MOST_PLACES, FlawTally
from wallet.records.fhir.validity import Fault
from wallet.records.findings import MOST_FINDINGS, Cause, Finding, how_many
from wallet.records.reader import Given, open_reader
from wallet.records.receipt import Counts, FileAnswer

GOOD = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"text": "Sodium"},
}


def observed(**more):
    return {key: one for key, one in {**GOOD, **more}.items() if one is not ...}


def read(data):
    given = Given(file=BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
    reader = open_reader(given)
    found = [one for one in reader.found() if one.facts is not None]
    return found, reader.findings


def bundle(*resources):
    held = [{"resource": one} for one in resources]
    text = {"resourceType": "Bundle", "type": "collection", "entry": held}
    return json.dumps(text).encode()


def told(findings):
    return [(one.place, one.cause.value, one.detail) for one in findings]


def test_there_is_a_sentence_for_every_fault():
    for fault in Fault:
        finding = Finding(place="/", cause=Cause(f"flaw_{fault.value}"))
        assert finding.is_flaw
        assert finding.sentence.endswith("It was taken as it is.")


def test_a_broken_rule_is_told_and_the_record_is_taken():
    found, findings = read(bundle(GOOD, observed(id="p", status="done")))
    assert [one.outcome for one in found] == [None, None]
    assert told(findings) == [
        ("/entry/1/resource/status", "flaw_code", "Observation.status")
    ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (json.dumps(observed(status="done")).encode(), "/status"),
        (json.dumps([GOOD, observed(status="done")]).encode(), "/1/status"),
        (
            b"\n".join(
                json.dumps(one).encode() for one in (GOOD, {**GOOD, "status": ""})
            ),
            "line 2 /status",
        ),
        (
            (
                b'<Observation xmlns="http://hl7.org/fhir"><status value="done"/>'
                b'<code><text value="Sodium"/></code></Observation>'
            ),
            "/status",
        ),
    ],
)
def test_the_place_is_where_the_file_says_it(data, place):
    found, findings = read(data)
    assert found
    assert [one.place for one in findings] == [place]


@pytest.mark.parametrize(
    ("more", "place", "detail"),
    [
        ({"status": ...}, "/", "Observation.status"),
        ({"valueString": "x", "valueInteger": 1}, "/", "Observation.value"),
        ({"category": [{"coding": [{}]}]}, "/category/0/coding/0", None),
        ({"a secret b": 1}, "/", "Observation"),
        ({"x" * 65: 1}, "/", "Observation"),
        ({"colour": 1}, "/colour", "Observation.colour"),
        (
            {"effectivePeriod": {"start": "2026", "end": "2025"}},
            "/effectivePeriod",
            "Observation.effectivePeriod, per-1",
        ),
    ],
)
def test_only_names_that_can_be_an_elements_are_repeated(more, place, detail):
    _, findings = read(json.dumps(observed(**more)).encode())
    (finding,) = findings
    assert finding.place == place
    assert detail is None or finding.detail == detail


def test_one_mistake_made_everywhere_is_told_a_few_times_and_counted():
    _, findings = read(bundle(*(observed(id=f"o{n}", status="") for n in range(50))))
    assert len(findings) == MOST_PLACES
    assert [one.more for one in findings] == [*[0] * (MOST_PLACES - 1), 47]
    assert how_many(findings) == 50
    assert findings[-1].sentence.endswith("And 47 more of this kind.")


def test_kinds_without_end_are_counted_together():
    tally = FlawTally()
    for number in range(2_000):
        tally.look(observed(**{f"x{number}": 1}), "/")
    findings = list(tally.findings())
    assert len(findings) == MOST_KINDS + MOST_PLACES
    assert findings[-1].cause is Cause.FLAWS_OF_MORE_KINDS
    assert how_many(findings) == 2_000


def test_a_record_of_another_release_is_not_held_to_this_one():
    old = {"resourceType": "Observation", "status": "final", "comments": "x"}
    found, findings = read(json.dumps(old | {"code": {"text": "Sodium"}}).encode())
    assert found
    assert [one.cause for one in findings] == [Cause.TRANSLATED]


def test_an_archive_names_the_file_and_tells_no_more_than_an_answer_holds():
    made, many = BytesIO(), bundle(*(observed(id=f"o{n}", status="") for n in range(9)))
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(MOST_FINDINGS // MOST_PLACES + 20):
            archive.writestr(f"{number}.json", many)
    _, findings = read(made.getvalue())
    assert findings[0].place.startswith("0.json")
    assert len(findings) <= MOST_FINDINGS + MOST_PLACES
    assert how_many(findings) == 9 * (MOST_FINDINGS // MOST_PLACES + 20)


def test_an_answer_remembers_how_many_more_there_were():
    finding = Finding(place="/", cause=Cause.FLAW_CODE, detail="x", more=4)
    made = FileAnswer(
        path="a",
        format="fhir-r4-json",
        sha256="00",
        counts=Counts(new=1),
        findings=(finding, finding),
        findings_total=10,
    )
    assert FileAnswer.recalled(made.remembered(), path="a") == made
    assert (made.findings_beyond(1), made.findings_beyond(2)) == (5, 0)
    older = json.dumps(
        {**json.loads(made.remembered()), "findings": [["/", "link", ""]]}
    )
    assert FileAnswer.recalled(older, path="a").findings[0].more == 0
