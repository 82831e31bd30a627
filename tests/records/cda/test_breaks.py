"""Documents that are not what they should be: the good part stays, and it is said."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest

from tests.support import cda_builder as cda
from wallet.records import labels
from wallet.records.cda.document import Document
from wallet.records.findings import Cause
from wallet.records.xml_tree import MOST_DEPTH

GOOD = cda.document(
    cda.section(
        "11450-4",
        cda.problem("Asthma", number="a"),
        cda.problem("Gout", number="b"),
        cda.problem("Cough", number="c"),
        text="<paragraph>Three problems.</paragraph>",
    ),
    cda.section("30954-2", cda.result('<value xsi:type="PQ" value="5" unit="g"/>')),
    cda.section("10164-2", text="<paragraph>Since spring.</paragraph>"),
)


def read(raw: bytes):
    document = Document(raw)
    parts = list(document.parts())
    for part, later in pairwise(parts):
        assert part.start < part.end <= later.start
    return document, parts


def problems(parts):
    return [
        part.resource["code"]["text"]
        for part in parts
        if part.resource and part.resource["resourceType"] == "Condition"
    ]


def test_the_good_document_has_no_finding():
    document, parts = read(GOOD)
    assert document.findings == []
    assert problems(parts) == ["Asthma", "Gout", "Cough"]


@pytest.mark.parametrize(
    ("inserted", "cause"),
    [
        (b"<broken", Cause.NOT_XML),
        (b"</never>", Cause.NOT_XML),
        (b"a & b", Cause.NOT_XML),
        (b"\x01", Cause.NOT_XML),
        (b"\xff\xfe", Cause.NOT_XML),
        (b"&nbsp;", Cause.ENTITY),
        (b"&bomb;", Cause.ENTITY),
        (b"<x>" * (MOST_DEPTH + 5), Cause.TOO_DEEP),
    ],
)
def test_one_damaged_entry_takes_no_other_with_it(inserted, cause):
    raw = GOOD.replace(b'displayName="Gout"/>', b'displayName="Gout"/>' + inserted)
    document, parts = read(raw)
    assert problems(parts) == ["Asthma", "Cough"]
    bad = [part for part in parts if part.resource is None]
    assert [part.place for part in bad] == ["section 1 Health conditions entry 2"]
    assert bad[0].cause is cause
    assert inserted in raw[bad[0].start : bad[0].end]
    assert document.findings[0].cause is cause
    assert any("Since spring." in part.words for part in parts)


def test_damage_in_the_header_leaves_patient_and_sections():
    raw = GOOD.replace(b"<title>", b"<title", 1)
    document, parts = read(raw)
    kinds = [part.resource["resourceType"] for part in parts if part.resource]
    assert "Patient" in kinds
    assert problems(parts) == ["Asthma", "Gout", "Cough"]
    assert document.findings


def test_a_level_lost_to_damage_counts_as_restricted():
    raw = GOOD.replace(
        b'<confidentialityCode code="N"', b'<confidentialityCode <code="N"'
    )
    _, parts = read(raw)
    assert {labels.confidentiality(part.labels) for part in parts} == {"R"}
    assert {part.labels[0].basis for part in parts} == {"unreadable", "container"}


def test_a_level_that_was_cut_off_counts_as_restricted():
    _, parts = read(GOOD[: GOOD.index(b"<confidentialityCode")])
    assert {labels.confidentiality(part.labels) for part in parts} == {"R"}


def test_a_level_behind_the_damage_is_still_read():
    raw = GOOD.replace(b"<title>", b"<title", 1).replace(b'code="N"', b'code="V"', 1)
    _, parts = read(raw)
    assert {labels.confidentiality(part.labels) for part in parts} == {"V"}


def test_damage_in_a_narrative_leaves_the_entries():
    raw = GOOD.replace(b"Three problems.", b"Three < problems.")
    _, parts = read(raw)
    assert problems(parts) == ["Asthma", "Gout", "Cough"]


@pytest.mark.parametrize("share", [5, 20, 35, 50, 65, 80, 95, 99])
def test_a_file_that_ends_early_keeps_what_came(share):
    whole = problems(read(GOOD)[1])
    raw = GOOD[: len(GOOD) * share // 100]
    document, parts = read(raw)
    assert document.findings[-1].cause is Cause.CUT_OFF
    found = problems(parts)
    assert found == whole[: len(found)]
    complete = raw.count(b"</entry>")
    assert len([p for p in parts if p.resource and "entry" in p.place]) >= min(
        complete, 3
    )


def test_every_prefix_ends_in_a_clear_answer():
    for end in range(0, len(GOOD), 211):
        document, _ = read(GOOD[:end])
        assert document.findings or not document.has_parts


def test_an_entity_bomb_goes_off_nowhere():
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{lol}]>'
    raw = GOOD.replace(b'<?xml version="1.0" encoding="UTF-8"?>', bomb.encode())
    raw = raw.replace(b"Three problems.", b"&l9;")
    began = time.process_time()
    document, parts = read(raw)
    assert time.process_time() - began < 5
    assert {finding.cause for finding in document.findings} == {Cause.ENTITY}
    assert problems(parts) == ["Asthma", "Gout", "Cough"]
    assert not any("ha" * 10 in part.words for part in parts)


def test_an_outer_entity_is_not_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("very secret")
    prolog = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
    raw = cda.document(
        cda.section("10164-2", text="<paragraph>&s;</paragraph>"), prolog=prolog
    )
    document, parts = read(raw)
    assert document.findings
    assert not any("very secret" in part.words for part in parts)


def test_something_behind_the_end_is_remarked():
    document, parts = read(GOOD + b"<more/>")
    assert [finding.cause for finding in document.findings] == [Cause.TRAILING]
    assert parts[-1].cause is Cause.TRAILING
    assert problems(parts) == ["Asthma", "Gout", "Cough"]


def test_a_second_document_behind_the_first_is_not_mixed_in():
    _, parts = read(GOOD + cda.document(cda.section("11450-4", cda.problem("Measles"))))
    assert problems(parts) == ["Asthma", "Gout", "Cough"]
    assert parts[-1].cause is Cause.TRAILING


def test_a_thousand_damages_end_in_time():
    raw = GOOD.replace(b"Three problems.", b"a & b <entry> " * 2_000)
    began = time.process_time()
    read(raw)
    assert time.process_time() - began < 20


def test_no_xml_at_all_has_no_parts():
    for raw in (b"", b"<", b"<<<<", b"no xml", b"<other/>", b"\xff\xfe\x00"):
        assert not Document(raw).has_parts


def test_the_source_of_a_break_is_a_line():
    raw = GOOD.replace(b'displayName="Gout"/>', b'displayName="Gout"/>&')
    document, _ = read(raw)
    line = raw[: re.search(rb"Gout[^&]*&", raw).end()].count(b"\n") + 1
    assert document.findings[0].place == f"line {line}"
