"""What becomes of the parts of a CDA document."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from tests.support import cda_builder as cda
from wallet.records.cda.document import Document
from wallet.records.findings import Cause


def parts_of(raw: bytes):
    return list(Document(raw).parts())


def only(raw: bytes, rtype: str):
    found = [
        part.resource
        for part in parts_of(raw)
        if part.resource and part.resource["resourceType"] == rtype
    ]
    assert len(found) == 1, [part.place for part in parts_of(raw)]
    return found[0]


def problem_of(**kwargs):
    entry = cda.problem("Hypertension", **kwargs)
    return only(cda.document(cda.section("11450-4", entry)), "Condition")


def result_of(value: str, **kwargs):
    entry = cda.result(value, **kwargs)
    return only(cda.document(cda.section("30954-2", entry)), "Observation")


def test_header_gives_document_patient_and_keeper():
    raw = cda.document()
    patient = only(raw, "Patient")
    assert patient["name"] == [
        {"family": "Lindqvist", "given": ["Maya", "E"], "use": "usual"}
    ]
    assert (patient["birthDate"], patient["gender"]) == ("1970-03-07", "female")
    assert patient["telecom"][0] == {
        "system": "phone",
        "value": "+1(555)555-0100",
        "use": "mobile",
    }
    assert only(raw, "Organization")["name"] == "Oak Clinic"
    whole = only(raw, "Composition")
    assert whole["title"] == "Summary of care"
    assert whole["author"] == [{"display": "Dr. Ana Ruiz"}]
    assert whole["date"] == "2024-03-05T10:15:00-05:00"


def test_every_part_has_its_own_bytes_and_none_overlap():
    raw = cda.document(
        cda.section(
            "11450-4", cda.problem("Asthma"), text="<list><item>Asthma</item></list>"
        ),
        cda.section("30954-2", cda.result('<value xsi:type="PQ" value="1" unit="g"/>')),
        cda.section("10164-2", text="<paragraph>It began in spring.</paragraph>"),
    )
    parts = parts_of(raw)
    for part, later in pairwise(parts):
        assert part.start < part.end <= later.start
    assert parts[0].start == 0
    problem = next(part for part in parts if part.place.endswith("entry 1"))
    own = raw[problem.start : problem.end]
    assert own.startswith(b"<entry>")
    assert own.endswith(b"</entry>")
    assert b"Asthma" in own


def test_a_panel_and_its_results_share_the_bytes_of_the_entry():
    raw = cda.document(
        cda.section(
            "30954-2", cda.result('<value xsi:type="PQ" value="5.4" unit="mmol/L"/>')
        )
    )
    report, glucose = (p for p in parts_of(raw) if "entry 1" in p.place)
    assert report.resource["resourceType"] == "DiagnosticReport"
    assert report.resource["result"] == [
        {"reference": f"Observation/{glucose.resource['id']}"}
    ]
    assert report.end == glucose.start
    assert b"5.4" not in raw[report.start : report.end]
    assert raw[glucose.start : glucose.end].endswith(b"</entry>")


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2011", "2011"),
        ("201110", "2011-10"),
        ("20111005", "2011-10-05"),
        ("201110051430", "2011-10-05"),
        ("201110051430-0500", "2011-10-05T14:30:00-05:00"),
        ("20111005143005.123+0100", "2011-10-05T14:30:05.123+01:00"),
        ("20110231", None),
        ("00000000", None),
        ("19700101", "1970-01-01"),
    ],
)
def test_dates_are_no_more_exact_than_written(stamp, said):
    assert problem_of(when=f'<low value="{stamp}"/>').get("onsetDateTime") == said


def test_a_date_that_is_not_known_stays_unknown():
    found = problem_of(when='<low nullFlavor="UNK"/>')
    assert not [key for key in found if "onset" in key or "abatement" in key]


def test_a_problem_with_an_end_is_over():
    found = problem_of(when='<low value="2011"/><high value="2012"/>')
    assert found["abatementDateTime"] == "2012"
    assert found["clinicalStatus"]["coding"][0]["code"] == "resolved"


def test_an_end_before_the_start_is_left_out():
    found = problem_of(when='<low value="2012"/><high value="2011"/>')
    assert found["onsetDateTime"] == "2012"
    assert "abatementDateTime" not in found


def test_what_was_denied_says_so():
    found = problem_of(negated=' negationInd="true"')
    assert found["code"]["text"] == "Not found: Hypertension"
    assert found["verificationStatus"]["coding"][0]["code"] == "refuted"
    assert "clinicalStatus" not in found


def test_no_known_problems_is_a_sentence():
    found = problem_of(code="55607006", negated=' negationInd="true"')
    assert found["code"]["text"] == "No known health conditions"


def test_translations_are_further_codes():
    entry = cda.problem("Hypertension").replace(
        'displayName="Hypertension"/>',
        f'displayName="Hypertension"><translation code="I10" codeSystem="{cda.ICD10}"/>'
        "</value>",
    )
    found = only(cda.document(cda.section("11450-4", entry)), "Condition")
    assert [one["code"] for one in found["code"]["coding"]] == ["38341003", "I10"]
    assert found["code"]["coding"][1]["system"] == "http://hl7.org/fhir/sid/icd-10-cm"


def test_words_of_a_code_may_stand_in_the_narrative():
    entry = cda.problem("x").replace(
        'displayName="x"/>',
        '><originalText><reference value="#c1"/></originalText></value>',
    )
    text = (
        '<table><tbody><tr><td ID="c1">High blood\n pressure</td></tr></tbody></table>'
    )
    raw = cda.document(cda.section("11450-4", entry, text=text))
    assert only(raw, "Condition")["code"]["text"] == "High blood pressure"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            '<value xsi:type="PQ" value="5.40" unit="mmol/L"/>',
            {
                "valueQuantity": {
                    "value": Decimal("5.40"),
                    "unit": "mmol/L",
                    "system": "http://unitsofmeasure.org",
                    "code": "mmol/L",
                }
            },
        ),
        (
            '<value xsi:type="PQ" value="5" unit="drops a day"/>',
            {"valueQuantity": {"value": Decimal(5), "unit": "drops a day"}},
        ),
        (
            (
                '<value xsi:type="PQ" nullFlavor="OTH"><translation value="7">'
                "<originalText>"
                "Lit</originalText></translation></value>"
            ),
            {"valueQuantity": {"value": Decimal(7), "unit": "Lit"}},
        ),
        ('<value xsi:type="ST">yellow</value>', {"valueString": "yellow"}),
        ('<value xsi:type="BL" value="false"/>', {"valueBoolean": False}),
        ('<value xsi:type="TS" value="2024"/>', {"valueDateTime": "2024"}),
        (
            (
                '<value xsi:type="RTO"><numerator value="1"/>'
                '<denominator value="128"/></value>'
            ),
            {
                "valueRatio": {
                    "numerator": {"value": Decimal(1)},
                    "denominator": {"value": Decimal(128)},
                }
            },
        ),
        (
            '<value xsi:type="IVL_PQ"><high value="0.5" inclusive="false"/></value>',
            {"valueQuantity": {"comparator": "<", "value": Decimal("0.5")}},
        ),
        (
            '<value xsi:type="IVL_PQ"><low value="2"/><high value="4"/></value>',
            {
                "valueRange": {
                    "low": {"value": Decimal(2)},
                    "high": {"value": Decimal(4)},
                }
            },
        ),
        (
            '<value xsi:type="CD" code="260385009" displayName="Negative"/>',
            {
                "valueCodeableConcept": {
                    "coding": [{"code": "260385009", "display": "Negative"}],
                    "text": "Negative",
                }
            },
        ),
    ],
)
def test_values_of_every_type(value, said):
    found = result_of(value)
    assert {key: one for key, one in found.items() if key.startswith("value")} == said


def test_a_missing_value_says_why():
    found = result_of('<value xsi:type="PQ" nullFlavor="NASK"/>')
    assert found["dataAbsentReason"]["coding"][0]["code"] == "not-asked"


def test_a_value_that_is_no_number_becomes_none():
    found = result_of('<value xsi:type="PQ" value="1e999999" unit="g"/>')
    assert "valueQuantity" not in found


def test_ranges_and_interpretation_are_the_laboratorys():
    found = result_of(
        '<value xsi:type="PQ" value="5" unit="g"/><interpretationCode code="H" '
        'codeSystem="2.16.840.1.113883.5.83" displayName="High"/>',
        more='<referenceRange><observationRange><value xsi:type="IVL_PQ">'
        '<low value="1" unit="g"/><high value="4" unit="g"/></value>'
        "</observationRange></referenceRange>",
    )
    assert found["interpretation"][0]["text"] == "High"
    assert found["referenceRange"][0]["low"]["value"] == Decimal(1)
    assert found["referenceRange"][0]["high"]["value"] == Decimal(4)


def test_one_number_for_two_things_hides_neither():
    raw = cda.document(
        cda.section(
            "11450-4",
            cda.problem("Asthma", code="195967001", number="same"),
            cda.problem("Gout", code="90560007", number="same"),
            cda.problem("Gout", code="90560007", number="same", status="completed"),
        )
    )
    ids = [
        part.resource["id"]
        for part in parts_of(raw)
        if part.resource and part.resource["resourceType"] == "Condition"
    ]
    assert len(set(ids)) == 3


def test_the_same_entry_has_the_same_name_in_every_document():
    section = cda.section("11450-4", cda.problem("Asthma"))
    first = only(cda.document(section), "Condition")
    later = only(cda.document(section, effective="20250101"), "Condition")
    assert first["id"] == later["id"]


def test_one_number_for_other_things_in_two_documents_hides_neither():
    asthma = cda.section("11450-4", cda.problem("Asthma", code="195967001"))
    gout = cda.section("11450-4", cda.problem("Gout", code="90560007"))
    later = cda.section(
        "11450-4", cda.problem("Gout", code="90560007", when='<low value="2019"/>')
    )
    documents = map(cda.document, (asthma, gout, later))
    assert len({only(raw, "Condition")["id"] for raw in documents}) == 3


def test_a_section_without_entries_is_read_and_searched():
    raw = cda.document(
        cda.section(
            "10164-2",
            title="History of present illness",
            text="<paragraph>Since <content>spring</content> she coughs.</paragraph>",
        )
    )
    part = next(p for p in parts_of(raw) if p.place.startswith("section 1"))
    assert part.resource["title"] == "History of present illness (Summary of care)"
    assert "she coughs" in part.words
    assert (
        "<p>Since <span>spring</span> she coughs.</p>"
        in (part.resource["section"][0]["text"]["div"])
    )


def test_narrative_becomes_safe_text():
    raw = cda.document(
        cda.section(
            "10164-2",
            text='<paragraph onclick="x()">a &lt;script&gt; <linkHtml '
            'href="http://evil.example/">b</linkHtml></paragraph><script>c</script>',
        )
    )
    part = next(p for p in parts_of(raw) if p.place.startswith("section 1"))
    div = part.resource["section"][0]["text"]["div"]
    assert "http://evil" not in div
    assert "<script" not in div
    assert "onclick" not in div
    assert "&lt;script&gt;" in div


def test_an_entry_nobody_understands_is_kept_and_named():
    raw = cda.document(
        cda.section(
            "11450-4", "<act><code nullFlavor='UNK'/></act>", cda.problem("Gout")
        )
    )
    document = Document(raw)
    parts = list(document.parts())
    kept = next(part for part in parts if part.resource is None)
    assert kept.cause is Cause.UNKNOWN_ENTRY
    assert (
        raw[kept.start : kept.end]
        == b"<entry><act><code nullFlavor='UNK'/></act></entry>"
    )
    assert [finding.place for finding in document.findings] == [
        "section 1 Health conditions entry 1"
    ]
    assert any(p.resource and p.resource["resourceType"] == "Condition" for p in parts)


def test_a_file_inside_a_document_is_a_document():
    body = (
        "<nonXMLBody><text mediaType='application/pdf' representation='B64'>"
        "JVBE\nRi0=</text></nonXMLBody>"
    )
    raw = cda.document().replace(b"<structuredBody>\n</structuredBody>", body.encode())
    found = only(raw, "DocumentReference")["content"][0]["attachment"]
    assert found == {
        "contentType": "application/pdf",
        "data": "JVBERi0=",
        "title": "Summary of care",
    }


def test_prefixes_of_names_do_not_matter():
    raw = cda.document(cda.section("11450-4", cda.problem("Asthma"))).decode()
    for name in (
        "ClinicalDocument",
        "section",
        "entry",
        "observation",
        "value",
        "code",
    ):
        raw = raw.replace(f"<{name} ", f"<n1:{name} ").replace(
            f"<{name}>", f"<n1:{name}>"
        )
        raw = raw.replace(f"</{name}>", f"</n1:{name}>")
    found = only(raw.replace("xmlns=", "xmlns:n1=").encode(), "Condition")
    assert found["code"]["text"] == "Asthma"


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-be", "windows-1252", "utf-8-sig"]
)
def test_other_encodings_are_read_and_given_back(encoding):
    name = {"utf-16-be": "utf-16"}.get(encoding, encoding.removesuffix("-sig"))
    prolog = f'<?xml version="1.0" encoding="{name}"?>\n'
    text = cda.document(
        cda.section("11450-4", cda.problem("M\u00e9ni\u00e8re")), prolog=prolog
    ).decode()
    raw = text.encode(encoding)
    if encoding == "utf-16-be":
        raw = b"\xfe\xff" + raw
    document = Document(raw)
    parts = list(document.parts())
    said = [
        p.resource["code"]["text"] for p in parts if p.resource and "code" in p.resource
    ]
    assert said == ["M\u00e9ni\u00e8re"]
    pieces, at = [], 0
    for part in parts:
        pieces.append(document.tree.own(document.tree.data[at : part.end]))
        at = part.end
    pieces.append(document.tree.own(document.tree.data[at:]))
    assert b"".join(pieces) == raw


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hives", "Aspirin"),
        ("Aspirin 81 mg tablets", "Aspirin 81 mg tablets"),
        ("", "Aspirin"),
    ],
)
def test_an_allergy_is_called_by_what_it_is_to_and_not_by_what_happens(text, title):
    entry = (
        '<observation classCode="OBS" moodCode="EVN">'
        '<templateId root="2.16.840.1.113883.10.20.22.4.7"/>'
        '<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>'
        '<statusCode code="completed"/>'
        '<value code="419511003" codeSystem="2.16.840.1.113883.6.96"/>'
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        '<code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin">'
        f"<originalText>{text}</originalText></code>"
        "</playingEntity></participantRole></participant></observation>"
    )
    found = only(cda.document(cda.section("48765-2", entry)), "AllergyIntolerance")
    assert found["code"]["text"] == title
