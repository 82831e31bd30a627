"""Judges nobody here wrote find nothing in our FHIR that HL7's examples do not raise.

A sample of every kind of source, through the real import and the real export; the long
form, over all public patients, is `make judges`.
"""

import json
from pathlib import Path

import pytest

from tests.corpus import TESTDATA
from tests.foreign import fhir_kinds
from tests.foreign.fhir_exports import exported
from tests.foreign.fhir_findings import judged

SOURCES = {
    "apple health": ["apple-health/export.zip"],
    "blue button": ["blue-button/parser-cms/*.txt"],
    "c-cda": ["ccda-fhir-converter/Transfer_Summary.ccda"],
    "dstu2": ["fhir-dstu2/CUSTOM/*.json"],
    "hl7 v2": ["hl7v2/ADT-A01-01.hl7", "hl7v2/VXU-V04-01.hl7"],
    "ips": ["ips-1.1.0/Bundle-IPS*.json"],
    "spec": ["fhir-r4-spec-examples/[C-I]*-f00*.json"],
    "us core": [
        "us-core-6.1.0/Patient-*.json",
        "us-core-6.1.0/Observation-[b-p]*.json",
    ],
}
BARE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:0c9b3a52-6a3f-4a2f-9d0e-1f4c7f2f6a11",
            "resource": {
                "resourceType": "Observation",
                "code": {"text": "Glucose"},
                "effectiveDateTime": "20",
                "colour": "red",
            },
        }
    ],
}
"""Without a status, with a date that is none and an element R4 does not have."""


def without_problems(summary):
    """A patient summary that lacks one of the sections none may be without."""
    head = summary["entry"][0]["resource"]
    head["section"] = [
        section
        for section in head["section"]
        if section["code"]["coding"][0]["code"] != "11450-4"
    ]
    return summary


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the judges say, by name of the source; one process of each for all."""
    if not TESTDATA.is_dir():
        pytest.skip("there is no corpus of test data")
    folder = tmp_path_factory.mktemp("judged")
    files = []
    for name, patterns in SOURCES.items():
        given = [path for one in patterns for path in sorted(TESTDATA.glob(one))]
        assert given, name
        scopes = ("whole", "part") if name == "c-cda" else ("whole",)
        files += exported(given, folder / name, scopes=scopes)
    summary = json.loads((folder / "ips/ips-whole.json").read_bytes())
    for name, wrong in (("bare", BARE), ("no problems", without_problems(summary))):
        (folder / name).mkdir()
        files.append(folder / name / "wrong.json")
        files[-1].write_text(json.dumps(wrong), encoding="utf-8")
    (folder / "work").mkdir()
    said = judged(files, folder / "work")
    return {
        name: [one for one in said if one.file.split("-", 2)[2].startswith(f"{name}-")]
        for name in (*SOURCES, "bare", "no problems")
    }


@pytest.mark.parametrize("name", SOURCES)
def test_no_kind_of_finding_is_ours_alone(found, name):
    known = fhir_kinds.known()
    assert [one for one in found[name] if one.kind not in known] == []


def test_each_judge_finds_what_is_wrong_with_a_bundle(found):
    known = fhir_kinds.known()
    new = [one.kind for one in found["bare"] if one.kind not in known]
    for judge in ("fhirjs", "medplum", "pyrofile"):
        wrong = {kind.element for kind in new if kind.judge == judge}
        assert len({"Observation.status", "Observation.colour"} & wrong) == 2, judge


def test_a_stranger_misses_a_section_no_summary_may_be_without(found):
    known = fhir_kinds.known()
    (new,) = {one.kind for one in found["no problems"]} - known.keys()
    assert (new.judge, new.element) == ("medplum", "Composition.section")
    assert "slice sectionProblems" in new.said


def test_every_kind_written_down_names_an_example():
    assert len(fhir_kinds.known()) > 20
    for kind, example in fhir_kinds.known().items():
        assert kind.judge in ("fhirjs", "medplum", "pyrofile")
        assert Path(example).suffix == ".json"
