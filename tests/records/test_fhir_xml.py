"""FHIR in XML is the same records as in JSON; hostile XML ends in a finding.

HL7 publishes its examples in both forms: the JSON one says what to expect.
"""

import io
import json
import random

import pytest

from tests.support.wallets import bring_in, bundle, open_wallet
from wallet.actions.patient import records
from wallet.records.findings import Cause
from wallet.records.formats import format_of
from wallet.records.reader import Given, open_reader
from wallet.records.receipt import Outcome
from wallet.records.record import Label

NS = 'xmlns="http://hl7.org/fhir"'
RESULT = """<Observation %s><id value="o1"/>
<meta><security><system value="s"/><code value="ETH"/></security></meta>
<extension url="urn:x"><valueDecimal value="1.50"/></extension>
<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">caf\u00e9
<b>bold</b><br/></div></text><status value="final"/>
<category><coding><code value="laboratory"/></coding></category>
<code><text value="Sugar"/></code><effectiveDateTime value="2024-03">
<extension url="urn:y"><valueBoolean value="false"/></extension></effectiveDateTime>
<valueQuantity><value value="5.10"/><unit value="mmol/L"/></valueQuantity>
<referenceRange><low><value value="3"/></low></referenceRange></Observation>"""
EXPECTED = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"security": [{"system": "s", "code": "ETH"}]},
    "extension": [{"url": "urn:x", "valueDecimal": 1.5}],
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">caf\u00e9\n'
        "<b>bold</b><br/></div>",
    },
    "status": "final",
    "category": [{"coding": [{"code": "laboratory"}]}],
    "code": {"text": "Sugar"},
    "effectiveDateTime": "2024-03",
    "_effectiveDateTime": {"extension": [{"url": "urn:y", "valueBoolean": False}]},
    "valueQuantity": {"value": 5.1, "unit": "mmol/L"},
    "referenceRange": [{"low": {"value": 3}}],
}
PERSON = """<Patient><id value="p"/><name><given value="Maya">
<extension url="urn:z"><valueString value="q"/></extension></given>
<given value="Ann"/><family value="Lind"/></name></Patient>"""


def whole(*resources, meta=""):
    entries = "".join(
        f'<entry><fullUrl value="urn:uuid:{number:032}"/><resource>{one}</resource>'
        "</entry>"
        for number, one in enumerate(resources)
    )
    return f'<Bundle {NS}>{meta}<type value="collection"/>{entries}</Bundle>'


def read(content, encoding="utf-8"):
    data = content if isinstance(content, bytes) else content.encode(encoding)
    reader = open_reader(
        Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
    )
    found = list(reader.found())
    assert b"".join(one.gap + one.raw for one in found) + reader.tail == data
    return [one for one in found if one.facts or one.outcome], reader.findings


def test_a_resource_is_what_it_is_in_json():
    (found,), findings = read(RESULT % NS)
    assert json.loads(found.resource) == EXPECTED
    assert b"5.10" in found.resource
    assert (found.facts.title, found.facts.value) == ("Sugar", "5.10")
    assert findings == []


def test_hl7s_own_examples_are_the_same_in_both_forms(testdata):
    by_name = {}
    for path in (testdata / "fhir-r4-spec-examples").glob("*.json"):
        held = json.loads(path.read_bytes())
        by_name[held["resourceType"], held.get("id")] = held
    pairs = 0
    for path in sorted((testdata / "fhir-r4-xml").glob("*.xml")):
        (found,), findings = read(path.read_bytes())
        held = json.loads(found.resource)
        expected = by_name.get((held["resourceType"], held["id"]))
        assert findings == []
        if expected:
            pairs += 1
            for one in (held, expected):  # HL7 escapes signs otherwise here and there
                one["text"].pop("div")
            assert held == expected, path.name
    assert pairs >= 3


def test_every_entry_of_a_bundle_comes_with_its_place_and_name():
    inner = whole(RESULT % "").replace(f" {NS}", "")
    found, _ = read(whole(PERSON, RESULT % "", inner))
    assert [one.place for one in found] == ["entry 1", "entry 2", "entry 3 entry 1"]
    assert json.loads(found[0].resource)["name"] == [
        {
            "given": ["Maya", "Ann"],
            "_given": [{"extension": [{"url": "urn:z", "valueString": "q"}]}, None],
            "family": "Lind",
        }
    ]


def test_the_same_record_in_both_forms_is_one_record(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        content = json.dumps(bundle(EXPECTED)).replace("5.1,", "5.10,")
        content = content.replace("1.5}", "1.50}")
        bring_in(wallet, tmp_path, content)
        answer = bring_in(wallet, tmp_path, whole(RESULT % ""))
        assert answer.totals.same == 1
        (record,) = records.timeline(wallet).records
        assert record.sensitivity == ("ETH",)


def test_labels_of_a_bundle_go_to_what_bears_none():
    meta = '<meta><security><system value="s"/><code value="R"/></security></meta>'
    found, _ = read(whole(PERSON, RESULT % "", meta=meta))
    assert found[0].labels == (Label(code="R", system="s", basis="container"),)
    assert [label.code for label in found[1].labels] == ["ETH"]


def test_another_release_is_told_and_translated():
    order = """<MedicationOrder><patient><reference value="Patient/p"/></patient>
    <dateWritten value="2015"/><medicationCodeableConcept><text value="Metformin"/>
    </medicationCodeableConcept></MedicationOrder>"""
    (found,), findings = read(whole(order))
    held = json.loads(found.resource)
    assert held["resourceType"] == "MedicationRequest"
    assert held["subject"] == {"reference": "Patient/p"}
    assert [(one.cause, one.detail) for one in findings] == [
        (Cause.TRANSLATED, "FHIR DSTU2")
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_other_encodings_are_read_by_their_name(encoding):
    named = encoding.removesuffix("-sig").replace("latin-1", "ISO-8859-1")
    data = f'<?xml version="1.0" encoding="{named}"?>{RESULT % NS}'.encode(encoding)
    if encoding == "utf-16":  # told by its mark; formats are told from plain bytes
        from wallet.records.fhir.xml_reader import resources_in  # noqa: PLC0415

        (derived,) = resources_in(data, None)
        assert derived.resource["text"] == EXPECTED["text"]
        return
    (found,), _ = read(data)
    assert json.loads(found.resource) == EXPECTED


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (
            b'<?xml version="1.0"?>\n<!-- a <b> -->\n<f:Patient xmlns:f="%s">',
            "fhir-xml",
        ),
        (b'<Patient xmlns="%s"/>', "fhir-xml"),
        (b'<a xmlns="urn:x"><b xmlns="%s"/></a>', "xml"),
        (b'<a xmlns="%s/other"/>', "xml"),
        (b"<!--" + b"-" * 3_000 + b"%s", "xml"),
    ],
)
def test_it_is_told_by_its_outermost_element(start, form):
    assert format_of(start % b"http://hl7.org/fhir").name == form


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<Patient %s><id value="&b;"/></Patient>"""
OUTSIDE = """<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>
<Patient %s><id value="1"/><text><div>&f;</div></text></Patient>"""


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (BOMB % NS, Cause.BROKEN_XML),
        (OUTSIDE % NS, Cause.BROKEN_XML),
        (f"<Patient {NS}>&nbsp;</Patient>", Cause.BROKEN_XML),
        (f"<Patient {NS}><id value='1'/>", Cause.BROKEN_XML),
        (f"<Patient {NS}>" + "<name>" * 5_000, Cause.TOO_DEEP),
        (f'<x xmlns="urn:y"><Patient {NS}/></x>', Cause.FOREIGN_FORMAT),
        (f'<?xml version="1.0" encoding="ebcdic"?><Patient {NS}/>', Cause.NOT_UTF8),
    ],
)
def test_what_is_hostile_or_broken_is_kept_and_said(content, cause):
    (found,), (finding,) = read(content)
    assert found.facts is None
    assert found.outcome in (Outcome.FAILED, Outcome.KEPT_RAW)
    assert finding.cause is cause


def test_what_came_before_the_damage_is_taken():
    content = whole(PERSON, RESULT % "", PERSON)
    found, findings = read(content[: content.rindex("<Patient>") + 30])
    assert [one.outcome for one in found] == [None, None, Outcome.FAILED]
    assert [one.cause for one in findings] == [Cause.BROKEN_XML]


def test_no_change_to_a_file_makes_the_reader_raise():
    good = whole(PERSON, RESULT % "").encode()
    dice = random.Random(7)  # noqa: S311 noise
    broken = 0
    for _ in range(300):
        data = bytearray(good)
        at = dice.randrange(90, len(data))
        match dice.randrange(4):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                del data[at : at + dice.randrange(80)]
            case 2:
                data[at:at] = data[at : at + dice.randrange(200)]
            case 3:
                data[at:at] = b"<a><div xmlns='http://www.w3.org/1999/xhtml'>"
        _, findings = read(bytes(data))
        broken += bool(findings)
    assert broken > 50
