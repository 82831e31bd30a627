"""CDA documents through the whole wallet: bytes, words, labels, and what may leave."""

from __future__ import annotations

import hashlib
import io

import pytest

from tests.support import cda_builder as cda
from tests.support import packages
from tests.support.wallets import bring_in, open_wallet
from wallet.actions.patient import records
from wallet.grants.scope import Clause, Scope

SECRET = ("quillwort", "zibbelwort", "plonkweed", "quokkaberry")
NARRATIVE = "<paragraph>quillwort craving, see zibbelwort</paragraph>"
DOCUMENT = cda.document(
    cda.section(
        "11450-4",
        cda.problem("quokkaberry dependence", number="s", more=cda.annotation("SUD")),
        cda.problem("Alcohol use disorder plonkweed", number="t", code="1"),
        cda.problem("Hypertension", number="h"),
        text=NARRATIVE,
    ),
    cda.section("30954-2", cda.result('<value xsi:type="PQ" value="5.4" unit="g"/>')),
    cda.section("11450-4", "<act><code nullFlavor='UNK'/></act>"),
)


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def titles(wallet):
    return {record.title for record in records.timeline(wallet).records}


def record_called(wallet, title):
    listed = records.timeline(wallet).records
    return next(record for record in listed if record.title.startswith(title))


def test_a_document_comes_in_entry_by_entry(wallet, tmp_path):
    (file,) = bring_in(wallet, tmp_path, DOCUMENT).files
    assert file.format == "c-cda"
    assert file.sha256 == hashlib.sha256(DOCUMENT).hexdigest()
    # Document, patient, keeper, one text, three problems, report and result; one kept.
    assert (file.counts.new, file.counts.kept_raw, file.counts.failed) == (9, 1, 0)
    assert [finding.place for finding in file.findings] == [
        "section 3 Health conditions entry 1"
    ]
    assert {"Hypertension", "Glucose", "Maya E Lindqvist"} <= titles(wallet)


def test_the_original_of_an_entry_is_its_own_bytes(wallet, tmp_path):
    bring_in(wallet, tmp_path, DOCUMENT)
    sink = io.BytesIO()
    name = record_called(wallet, "Hypertension").scope_id
    held = records.save_original(wallet, name, sink)
    assert (held.form, held.reader) == ("c-cda", "c-cda 1")
    assert sink.getvalue() in DOCUMENT
    assert sink.getvalue().startswith(b"<entry>")
    assert b"Hypertension" in sink.getvalue()
    assert b"quokkaberry" not in sink.getvalue()


def test_the_same_document_again_adds_nothing_and_a_newer_copy_adds_itself(
    wallet, tmp_path
):
    bring_in(wallet, tmp_path, DOCUMENT)
    again = bring_in(
        wallet, tmp_path, DOCUMENT.replace(b"<title>Summary", b"<title>New")
    )
    counts = again.files[0].counts
    # Of the entries none is new; the document and its text have another title.
    assert (counts.new, counts.changed) == (1, 1)
    assert counts.same == 7


def test_a_narrative_is_found_and_read(wallet, tmp_path):
    bring_in(wallet, tmp_path, DOCUMENT)
    (hit,) = records.search(wallet, "zibbelwort").records
    page = records.show(wallet, hit.scope_id)
    assert ("Text", "quillwort craving, see zibbelwort") in page.facts


def test_the_level_of_a_restricted_copy_stays_on_what_was_here(wallet, tmp_path):
    restricted = DOCUMENT.replace(
        b'confidentialityCode code="N"', b'confidentialityCode code="R"'
    )
    bring_in(wallet, tmp_path, DOCUMENT, restricted)
    listed = records.timeline(wallet).records
    assert {record.confidentiality for record in listed} == {"R"}


def package(wallet, scope):
    return packages.text(wallet, scope).decode().lower()


@pytest.mark.parametrize(
    "scope",
    [
        Scope(denied=("SUD",)),
        Scope(
            include=(Clause(classes=("condition", "test", "document")),),
            denied=("SUD",),
        ),
    ],
)
def test_a_scope_that_denies_a_label_leaves_no_trace_of_it(wallet, tmp_path, scope):
    bring_in(wallet, tmp_path, DOCUMENT)
    text = package(wallet, scope)
    assert not [word for word in SECRET if word in text]
    assert "hypertension" in text
    assert "file-0" not in text


def test_without_a_scope_all_of_it_is_there(wallet, tmp_path):
    bring_in(wallet, tmp_path, DOCUMENT)
    text = package(wallet, Scope())
    assert all(word in text for word in SECRET)


def test_a_broken_file_keeps_its_good_part(wallet, tmp_path):
    broken = DOCUMENT.replace(b"Hypertension", b"Hyper < tension")[:-40]
    (file,) = bring_in(wallet, tmp_path, broken).files
    assert file.taken
    assert file.counts.failed == 1
    causes = {one.cause.value for one in file.findings}
    assert causes == {"not_xml", "cut_off", "unknown_entry"}
    assert "Glucose" in titles(wallet)
