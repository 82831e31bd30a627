"""What a patient writes: new records, corrections, steps back, notes and files."""

from __future__ import annotations

import json

import pytest

from tests.support import packages
from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import byhand, records, remarks, stick
from wallet.errors import UsageError
from wallet.grants.scope import Clause, Scope

PATIENT = {"resourceType": "Patient", "id": "m", "name": [{"family": "Rosander"}]}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "rx",
    "meta": {"lastUpdated": "2026-01-01T00:00:00Z"},
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/m"},
    "medicationReference": {"reference": "Medication/pill"},
    "authoredOn": "2026-01-02",
    "text": {"status": "generated", "div": "<div>narrative quillwort</div>"},
}
PILL = {"resourceType": "Medication", "id": "pill", "code": {"text": "Zibbelwort 5 mg"}}


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def listed(wallet, **more):
    return records.timeline(wallet, **more).records


def page(wallet, key):
    return records.show(wallet, key)


def package(wallet, scope):
    return packages.text(wallet, scope).decode()


@pytest.mark.parametrize("form", byhand.FORMS, ids=lambda form: form.category)
def test_a_typed_entry_says_so_everywhere(wallet, tmp_path, form):
    bring_in(wallet, tmp_path, bundle(PATIENT))
    key = byhand.add(wallet, form.category, {"name": "Kelpwort"}, now=NOON)
    (record,) = [one for one in listed(wallet) if one.category == form.category]
    assert (record.scope_id, record.title) == (key, "Kelpwort")
    assert record.source_name == "You wrote this"
    shown = page(wallet, key)
    assert shown.author == "You wrote this"
    assert ("Source", "You wrote this") in shown.provenance
    assert [version.by_patient for version in shown.versions] == [True]
    assert records.search(wallet, "kelpwo").total == 1
    for scope in (Scope(), Scope(include=(Clause(classes=(form.category,)),))):
        text = package(wallet, scope)
        assert "Written by the patient" in text.partition("<main>")[2]
        assert '"code":"PATAST"' in text
    body = json.loads(shown.raw)
    assert "Patient/m" in json.dumps(body)


def test_two_equal_entries_are_two_records_and_come_back_as_the_same(wallet, tmp_path):
    said = {"name": "Tetanus", "date": "2019"}
    byhand.add(wallet, "vaccine", said, now=NOON)
    byhand.add(wallet, "vaccine", said, now=NOON)
    out = tmp_path / "all.ndjson"
    with out.open("wb") as sink:
        records.export(wallet, sink)
    with open_wallet(tmp_path / "other") as other:
        assert bring_in(other, tmp_path, out.read_bytes()).totals.new == 2
        assert page(other, listed(other)[0].scope_id).author == "You wrote this"
    assert bring_in(wallet, tmp_path, out.read_bytes()).totals.same == 2


def test_a_correction_is_a_new_version_and_the_original_stays(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(PATIENT, PILL, ORDER))
    (record,) = [o for o in listed(wallet) if o.rtype == "MedicationRequest"]
    key = record.scope_id
    said = byhand.filled(wallet, key)
    assert dict(said.said) == {
        "name": "Zibbelwort 5 mg", "how": "", "since": "2026-01-02",
    }  # fmt: skip
    assert byhand.correct(wallet, key, {"how": "Half a plonkweed"}, now=NOON)
    shown = page(wallet, key)
    assert shown.title == "Zibbelwort 5 mg"  # the reference still holds
    assert shown.author == "You corrected this"
    assert ("Corrected", "By you, 12 November 2026") in shown.provenance
    assert shown.source_name == record.source_name
    assert [version.holds for version in shown.versions] == [False, True]
    (change,) = [c for c in shown.versions[1].changes if c.name == "More"]
    assert (change.before, change.after) == ("", "Half a plonkweed")
    assert "quillwort" in shown.versions[0].raw
    assert "quillwort" not in shown.raw  # a narrative would say what was before
    assert records.search(wallet, "plonkweed").total == 1
    assert "Corrected by the patient" in package(wallet, Scope())
    assert not byhand.correct(wallet, key, {"how": "Half a plonkweed"}, now=NOON)
    assert len(page(wallet, key).versions) == 2


def test_the_patients_word_counts_until_she_takes_it_back(wallet, tmp_path):
    first = bundle(PATIENT, PILL, ORDER)
    bring_in(wallet, tmp_path, first)
    (record,) = [o for o in listed(wallet) if o.rtype == "MedicationRequest"]
    key = record.scope_id
    byhand.correct(wallet, key, {"name": "Mosswort"}, now=NOON)
    security = [{"system": "http://x", "code": "HIV"}]
    newer = {**ORDER, "status": "stopped"} | {
        "meta": {"lastUpdated": "2026-09-01T00:00:00Z", "security": security}
    }
    answer = bring_in(wallet, tmp_path, bundle(PATIENT, PILL, newer))
    assert answer.totals.changed == 1
    shown = page(wallet, key)
    assert (shown.title, len(shown.versions)) == ("Mosswort", 3)
    assert any(name == "Since then" for name, _ in shown.provenance)
    assert "HIV" in shown.labels  # what its source learned of it holds at once
    assert bring_in(wallet, tmp_path, first).totals.changed == 0
    byhand.go_back(wallet, key, 3, now=NOON)
    again = page(wallet, key)
    assert (again.author, len(again.versions)) == ("", 4)
    assert dict(again.facts)["State"] == "Stopped"
    # From here on its source is followed again.
    last = {**newer, "status": "completed"}
    last["meta"] = {**newer["meta"], "lastUpdated": "2026-10-01T00:00:00Z"}
    bring_in(wallet, tmp_path, bundle(PATIENT, PILL, last))
    assert dict(page(wallet, key).facts)["State"] == "Completed"


def test_what_cannot_be_corrected_or_is_not_there_is_refused(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(PATIENT, observation(1)))
    keys = {one.rtype: one.scope_id for one in listed(wallet)}
    assert byhand.filled(wallet, keys["Patient"]) is None
    assert not page(wallet, keys["Patient"]).can_be_corrected
    refused = (
        lambda: byhand.correct(wallet, keys["Patient"], {"name": "x"}, now=NOON),
        lambda: byhand.correct(wallet, keys["Observation"], {"date": "x"}, now=NOON),
        lambda: byhand.correct(wallet, "00" * 16, {"name": "x"}, now=NOON),
        lambda: byhand.correct(wallet, "zz", {"name": "x"}, now=NOON),
        lambda: byhand.go_back(wallet, keys["Observation"], 7, now=NOON),
        lambda: byhand.go_back(wallet, keys["Observation"], 1, now=NOON),
        lambda: byhand.add(wallet, "vital", {"unit": "kg"}, now=NOON),
    )
    for act in refused:
        with pytest.raises(UsageError):
            act()
    assert {one.versions for one in listed(wallet)} == {1}


def test_what_she_writes_is_labelled_by_rule_and_her_mark_is_hers(wallet, tmp_path):
    key = byhand.add(wallet, "medicine", {"name": "Methadone"}, now=NOON)
    assert page(wallet, key).labels == ("OPIOIDUD",)
    byhand.correct(wallet, key, {"name": "Sertraline"}, now=NOON)
    assert page(wallet, key).labels == ("MH",)
    remarks.keep_private(wallet, key)
    remarks.keep_private(wallet, key)
    byhand.correct(wallet, key, {"name": "Water"}, now=NOON)
    shown = page(wallet, key)
    assert shown.labels == ("PRS",)
    assert [(mark.hers, mark.reason) for mark in shown.marks] == [
        (True, "You put it here.")
    ]
    assert "Water" not in package(wallet, Scope(denied=("PRS",)))
    with pytest.raises(UsageError):
        remarks.end_private(
            wallet, byhand.add(wallet, "vital", {"name": "x"}, now=NOON)
        )
    remarks.end_private(wallet, key)
    assert page(wallet, key).labels == ()


def test_her_mark_outlives_a_newer_version_of_the_source(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(observation(1, id="o1")))
    (record,) = listed(wallet)
    remarks.keep_private(wallet, record.scope_id)
    remarks.add_note(wallet, record.scope_id, "ask about quokkaberry", now=NOON)
    bring_in(wallet, tmp_path, bundle(observation(1, id="o1", issued="2026-05-05")))
    (record,) = listed(wallet)
    assert (record.versions, record.sensitivity) == (2, ("PRS",))
    assert records.search(wallet, "quokkaberry").total == 1


PICTURE = b"\x89PNG\r\n\x1a\n" + b"plonkweed-bytes" * 400_000


def test_notes_tags_and_files_are_found_kept_apart_and_taken_along(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(PATIENT, observation(1)))
    (record,) = listed(wallet, category="test")
    key = record.scope_id
    file = tmp_path / "scan-zibbelwort.png"
    file.write_bytes(PICTURE)
    remarks.add_note(wallet, key, "quillwort\nquestion", now=NOON)
    remarks.add_tag(wallet, key, "  kidney   quokkaberry ")
    attached = remarks.attach(wallet, key, file, now=NOON)
    held = remarks.of(wallet, key)
    assert held.tags == ("kidney quokkaberry",)
    assert [(f.name, f.size) for f in held.attachments] == [
        ("scan-zibbelwort.png", len(PICTURE))
    ]
    for word in ("quillwort", "quokkaberry", "zibbelwort"):
        assert [one.scope_id for one in records.search(wallet, word).records] == [key]
    out = tmp_path / "out.png"
    with out.open("wb") as sink:
        remarks.save_attachment(wallet, key, attached, sink)
    assert out.read_bytes() == PICTURE
    # No scope has a word for them, not even the one that holds nothing back.
    for scope in (Scope(), Scope(include=(Clause(records=(key,)),))):
        text = package(wallet, scope).lower()
        for word in ("quillwort", "quokkaberry", "zibbelwort", "plonkweed", "my-notes"):
            assert word not in text
    stick.write(wallet, tmp_path, now=NOON)
    folder = next(tmp_path.glob("*/my-notes"))
    notes = (folder / "notes.txt").read_text()
    assert "quillwort" in notes
    assert "kidney quokkaberry" in notes
    assert (folder / "0001-scan-zibbelwort.png").read_bytes() == PICTURE


def test_what_was_added_can_be_taken_away_and_is_found_no_more(wallet, tmp_path):
    key = byhand.add(wallet, "condition", {"name": "Gout"}, now=NOON)
    note = remarks.add_note(wallet, key, "quillwort", now=NOON)
    remarks.add_tag(wallet, key, "quokkaberry")
    file = tmp_path / "zibbelwort.png"
    file.write_bytes(PICTURE)
    attached = remarks.attach(wallet, key, file, now=NOON)
    items = wallet.store.value("SELECT count(*) FROM item")
    remarks.remove_note(wallet, key, note)
    remarks.remove_tag(wallet, key, "quokkaberry")
    remarks.detach(wallet, key, attached)
    assert remarks.of(wallet, key).empty
    assert wallet.store.value("SELECT count(*) FROM item") == items - 2
    for word in ("quillwort", "quokkaberry", "zibbelwort"):
        assert records.search(wallet, word).total == 0
    assert records.search(wallet, "gout").total == 1
    for act in (
        lambda: remarks.remove_note(wallet, key, note),
        lambda: remarks.remove_tag(wallet, key, "quokkaberry"),
        lambda: remarks.detach(wallet, key, attached),
        lambda: remarks.detach(wallet, key, "x"),
        lambda: remarks.add_note(wallet, key, "  \n", now=NOON),
        lambda: remarks.add_note(wallet, key, "x" * 4_001, now=NOON),
        lambda: remarks.add_tag(wallet, key, "x" * 41),
        lambda: remarks.attach(wallet, key, tmp_path / "none", now=NOON),
        lambda: remarks.attach(wallet, key, _text(tmp_path), now=NOON),
        lambda: remarks.add_note(wallet, "00" * 16, "x", now=NOON),
    ):
        with pytest.raises(UsageError):
            act()


def _text(folder):
    path = folder / "a.pdf"
    path.write_bytes(b"no PDF at all")
    return path


def test_erasing_takes_every_version_every_addition_and_the_source(wallet, tmp_path):
    before = _counted(wallet)
    key = byhand.add(wallet, "condition", {"name": "Quokkaberry"}, now=NOON)
    byhand.correct(wallet, key, {"since": "2020"}, now=NOON)
    remarks.add_note(wallet, key, "quillwort", now=NOON)
    remarks.add_tag(wallet, key, "mosswort")
    remarks.keep_private(wallet, key)
    file = tmp_path / "zibbelwort.png"
    file.write_bytes(PICTURE)
    remarks.attach(wallet, key, file, now=NOON)
    records.erase(wallet, key, now=NOON)
    assert _counted(wallet) == before
    for word in ("quokkaberry", "quillwort", "mosswort", "zibbelwort"):
        assert records.search(wallet, word).total == 0
    assert wallet.store.check() == []


def _counted(wallet):
    tables = (
        *("record", "version", "item", "item_key", "source", "original", "label"),
        *("note", "tag", "attachment", "record_name"),
    )
    return {
        name: wallet.store.value(f"SELECT count(*) FROM {name}")  # noqa: S608 own text only
        for name in tables
    }
