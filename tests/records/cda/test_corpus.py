"""Public CDA documents, counted by another hand: an XML library, and one rule.

Every ``entry`` of every section is in some piece with its place, every section that
says something is a record, and all pieces together are the file.
"""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pytest

from wallet.records.cda.document import Document
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.reader import Given, open_reader

# The types that no plain word is the same as.
TYPES = frozenset(CATEGORY) - {"Procedure", "Goal", "Device", "Patient", "List"}
V3 = "{urn:hl7-org:v3}"
FOLDERS = ("ccda-onc", "ccda-ds4p-onc", "ccda-fhir-converter", "ccda-negative-onc")


def documents_of(testdata):
    for folder in FOLDERS:
        for path in sorted((testdata / folder).rglob("*")):
            if path.is_file():
                yield path.name, path.read_bytes()


def sections_of(raw: bytes):
    """``(entries, says something)`` of every section, in the order of the file."""
    root = ET.fromstring(raw)  # noqa: S314 public files
    return [
        (
            len(section.findall(f"{V3}entry")),
            any(
                "".join(text.itertext()).strip()
                for text in section.findall(f"{V3}text")
            ),
        )
        for section in root.iter(f"{V3}section")
    ]


def test_every_entry_and_every_text_is_accounted_for(testdata):
    seen = 0
    for name, raw in documents_of(testdata):
        try:
            sections = sections_of(raw)
        except ET.ParseError:
            assert "BadXml" in name
            continue
        places = [part.place for part in Document(raw).parts()]
        entries = {
            place.partition(" part ")[0] for place in places if " entry " in place
        }
        assert len(entries) == sum(count for count, _ in sections), name
        told = [p for p in places if p.startswith("section ") and " entry " not in p]
        assert len(told) == sum(says for _, says in sections), name
        seen += len(entries)
    assert seen > 350


def test_all_pieces_together_are_the_file(testdata):
    for name, raw in documents_of(testdata):
        given = Given(file=io.BytesIO(raw), salt=bytes(32), on_bytes=lambda _size: None)
        reader = open_reader(given)
        pieces = list(reader.found())
        said = b"".join(found.gap + found.raw for found in pieces) + reader.tail
        assert said == raw, name
        assert reader.format == "c-cda", name


def test_titles_are_words(testdata):
    for name, raw in documents_of(testdata):
        given = Given(file=io.BytesIO(raw), salt=bytes(32), on_bytes=lambda _size: None)
        for found in open_reader(given).found():
            if found.facts is not None:
                title = found.facts.title
                assert title.strip(), (name, found.place)
                assert title not in TYPES
                assert not title.startswith(("urn:", "http")), (name, title)
                assert found.facts.written[:10] != "1970-01-01", (name, found.place)


@pytest.mark.parametrize(("sample", "level"), [("sample1", "R"), ("sample2", "N")])
def test_the_samples_of_ds4p_keep_every_label(testdata, sample, level):
    (path,) = (testdata / "ccda-ds4p-onc").rglob(f"*{sample}*")
    raw = path.read_bytes()
    parts = list(Document(raw).parts())
    for part in parts:
        codes = {label.code for label in part.labels}
        assert level in codes, part.place
        if sample == "sample1":
            # Its notice of 42 CFR Part 2 and its annotations hold for all of it.
            assert {"42CFRPart2", "NORDSCLCD", "TREAT"} <= codes, part.place
        else:
            assert "R" not in codes
