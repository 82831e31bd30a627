"""A stranger's reader finds every fact of ours in a clinical document (ccda-to-fhir).

HL7's CDA schema is in no package that can be had here. Where ``HEARTWOOD_CDA_SCHEMA``
names its CDA_SDTC.xsd, the document is held against it too.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.exports.cda.documents import written
from tests.exports.cda.test_round_trip import EVERY
from tests.foreign import tools
from tests.support.shared_records import maya, shared

SCHEMA = os.environ.get("HEARTWOOD_CDA_SCHEMA", "")


def asked(tmp_path, records):
    program = tools.HERE.parents[1] / "build/peers"
    if not list(program.glob("lib/python*/site-packages/ccda_to_fhir")):
        tools.missing("there is no ccda-to-fhir here")
    document = tmp_path / "document.xml"
    document.write_bytes(written(records)[0])
    words = [*tools.peer("cda_reader.py"), document, *filter(None, [SCHEMA])]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return asked(tmp_path_factory.mktemp("cda"), maya())


def test_it_finds_as_many_facts_as_we_wrote(found):
    before = {
        kind: sum(record.rtype == kind for record in maya())
        for kind in ("MedicationRequest", "Encounter", "Immunization", "Procedure")
    }
    assert {kind: found["kinds"][kind] for kind in before} == before
    assert found["kinds"]["AllergyIntolerance"] == 3
    assert found["kinds"]["Observation"] >= 397


def test_it_reads_one_of_each_kind(tmp_path):
    kinds = asked(tmp_path, [shared(one) for one in EVERY])["kinds"]
    assert {one["resourceType"] for one in EVERY} <= set(kinds)


@pytest.mark.skipif(
    not Path(SCHEMA).is_file(), reason="HEARTWOOD_CDA_SCHEMA names no CDA schema"
)
def test_the_schema_finds_nothing_wrong(found, tmp_path):
    assert found["wrong"] == []
    assert asked(tmp_path, [shared(one) for one in EVERY])["wrong"] == []
    assert asked(tmp_path, [])["wrong"] == []
