"""A copy in any form: a new file or folder, whole or not at all, naming its gaps."""

import errno
import json
import os

import pytest

from tests.exports.cda.test_round_trip import CONDITION, MEDICINE, RESULT, VACCINE
from tests.support.selections import NOW
from tests.support.wallets import bring_in, bundle, open_wallet
from wallet.actions.patient import saving, stick
from wallet.errors import CancelledError, UsageError
from wallet.exports.dresses import FORMS
from wallet.grants.scope import Clause, Scope

HIDDEN = CONDITION | {
    "id": "hidden",
    "code": {"text": "Quillwort fever"},
    "meta": {
        "security": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "code": "SUD",
            }
        ]
    },
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Rosander"}],
    "birthDate": "1961-04-17",
}
WITHOUT = Scope(denied=frozenset({"SUD"}))


@pytest.fixture
def wallet(tmp_path):
    held = [
        one | {"id": f"r{number}"}
        for number, one in enumerate((CONDITION, MEDICINE, RESULT, VACCINE))
    ]
    with open_wallet(tmp_path / "home") as opened:
        bring_in(opened, tmp_path, bundle(PATIENT, *held, HIDDEN))
        yield opened


def save(wallet, form, target, **more):
    given = {"scope": Scope(), "now": NOW, **more}
    return saving.save(wallet, form, target, **given)


def bytes_of(target):
    files = [target] if target.is_file() else sorted(target.rglob("*"))
    return b"".join(file.read_bytes() for file in files if file.is_file())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_saved_and_counts_what_it_holds(wallet, tmp_path, form):
    target = tmp_path / f"copy.{saving.ending(form)}"
    saved = save(wallet, form, target)
    assert saved.held + len(saved.left_out) == 6
    assert saved.outside == 0
    assert target.is_dir() == (saving.ending(form) == "")
    assert target.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("form", [form for form in FORMS if form != "records"])
def test_no_form_holds_a_trace_of_what_the_scope_denies(wallet, tmp_path, form):
    saved = save(wallet, form, tmp_path / "copy", scope=WITHOUT)
    data = bytes_of(tmp_path / "copy")
    for word in (b"Quillwort", b"SUD", b"hidden"):
        assert word not in data
    assert "Quillwort fever" not in {one.title for one in saved.left_out}
    assert saved.outside == 1


def test_what_holds_everything_is_not_written_for_a_part(wallet, tmp_path):
    with pytest.raises(UsageError, match="holds everything"):
        save(wallet, "records", tmp_path / "copy", scope=WITHOUT)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("form", ["c-cda", "xdm"])
def test_nothing_that_is_there_is_touched(wallet, tmp_path, form):
    target = tmp_path / "copy"
    target.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        save(wallet, form, target)
    assert target.read_text() == "mine"


def test_a_dangling_link_is_not_written_through(wallet, tmp_path):
    target = tmp_path / "copy"
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        save(wallet, "c-cda", target)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("form", ["c-cda", "xdm"])
def test_a_full_disk_leaves_nothing_behind(wallet, tmp_path, form, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(saving.StickError, match="not enough room"):
        save(wallet, form, place / "copy")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("form", ["c-cda", "xdm"])
def test_stopping_leaves_nothing_behind(wallet, tmp_path, form):
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(CancelledError):
        save(wallet, form, place / "copy", cancelled=lambda: True)
    assert list(place.iterdir()) == []


def test_a_stick_without_second_names_takes_a_file_too(wallet, tmp_path, monkeypatch):
    def refused(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    save(wallet, "c-cda", tmp_path / "copy.xml")
    assert (tmp_path / "copy.xml").read_bytes().startswith(b"<?xml")


def test_an_unknown_form_and_an_unknown_place_are_named(wallet, tmp_path):
    with pytest.raises(UsageError, match=r"there are: .*patient-shared"):
        save(wallet, "word", tmp_path / "copy")
    with pytest.raises(UsageError, match="no such folder"):
        save(wallet, "c-cda", tmp_path / "nowhere" / "copy")


def test_a_part_is_only_what_was_chosen(wallet, tmp_path):
    scope = Scope(include=(Clause(classes=frozenset({"vaccine", "person"})),))
    saved = save(wallet, "health-card", tmp_path / "card", scope=scope)
    assert saved.held == 2
    held = json.loads((tmp_path / "card").read_bytes())
    assert len(held["verifiableCredential"]) == 1


def test_a_whole_history_can_be_stopped_while_it_is_put_together(wallet, tmp_path):
    said = []

    def stop():
        return len(said) > 2

    with pytest.raises(CancelledError):
        stick.write(wallet, tmp_path, now=NOW, progress=said.append, cancelled=stop)
    assert {step.phase for step in said} == {stick.Phase.GATHERING}
    assert [(step.done, step.total) for step in said] == [(0, 6), (1, 6), (2, 6)]
    assert not [path for path in tmp_path.iterdir() if "Heartwood" in path.name]
    written = stick.write(wallet, tmp_path, now=NOW)
    names = {
        str(path.relative_to(written.folder)) for path in written.folder.rglob("*")
    }
    assert {"fhir/ips.json", "health-records-xdm.zip", "summary.pdf"} <= names
    assert stick.check(tmp_path).whole
