"""The commands for what a patient writes: answers, refusals, exit codes."""

from __future__ import annotations

import io
import json

import pytest

from wallet.cli.main import main
from wallet.keys import custody
from wallet.keys.keyfile import Cost


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)


@pytest.fixture
def run(tmp_path, capsys):
    phrase = tmp_path / "phrase"
    phrase.write_text("open sesame\n")

    def go(*words):
        given = ["--home", str(tmp_path / "home"), "--json"]
        given += ["--passphrase-file", str(phrase), *map(str, words)]
        code = main(given)
        out, err = capsys.readouterr()
        assert err == ""
        said = json.loads(out)
        assert said["ok"] is (code == 0)
        return code, said

    go("init")
    return go


def test_forms_are_told_field_by_field(run):
    code, said = run("records", "forms")
    assert code == 0
    kinds = [form["kind"] for form in said["forms"]]
    assert kinds == [
        *("medicine", "allergy", "condition", "vaccine", "visit", "vital", "test"),
        "document",
    ]
    for form in said["forms"]:
        must = [field["key"] for field in form["fields"] if field["obligatory"]]
        assert must == ["name"]


def test_a_record_is_written_corrected_and_put_back(run, tmp_path, monkeypatch):
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps({"name": "Weight", "value": "71"}))
    words = ("records", "add", "vital", "--from", fields, "--unit", "kg")
    code, said = run(*words)
    assert code == 0
    key = said["id"]
    monkeypatch.setattr("sys.stdin", _stdin(b'{"value": "72"}'))
    assert run("records", "correct", key, "--from", "-")[1]["changed"] is True
    assert run("records", "correct", key, "--value", "72")[1]["changed"] is False
    shown = run("records", "show", key)[1]
    assert shown["author"] == "You wrote this"
    assert shown["versions"][1]["changes"] == [["Result", "71 kg", "72 kg"]]
    assert [one["holds"] for one in shown["versions"]] == [False, True]
    assert run("records", "go-back", key, "1")[0] == 0
    assert run("records", "list")[1]["records"][0]["value"] == "71"
    for words in (
        ("records", "add", "vital"),
        ("records", "add", "surgery", "--name", "x"),
        ("records", "add", "vital", "--name"),
        ("records", "add", "vital", "--name", "x", "--date", "soon"),
        ("records", "add", "vital", "--name", "x", "--reaction", "none"),
        ("records", "correct", key, "--from", tmp_path / "none"),
        ("records", "correct", key, "--from", tmp_path / "phrase"),
        ("records", "go-back", key, "9"),
    ):
        code, said = run(*words)
        assert (code, said["reason"]) == (2, "usage"), words
        assert said["sentence"].endswith(".")


def _stdin(data):
    class Given:
        buffer = io.BytesIO(data)

    return Given()


def test_notes_tags_files_and_the_private_mark(run, tmp_path, monkeypatch):
    key = run("records", "add", "condition", "--name", "Gout")[1]["id"]
    picture = tmp_path / "scan.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n123")
    note = run("records", "note", key, "ask", "Dr.", "Lind")[1]["id"]
    monkeypatch.setattr("sys.stdin", io.StringIO("second\n"))
    run("records", "note", key, "-")
    run("records", "tag", key, "kidneys")
    file = run("records", "attach", key, picture)[1]["id"]
    run("records", "private", key)
    shown = run("records", "show", key)[1]
    texts = sorted(one["text"] for one in shown["notes"])
    assert texts == ["ask Dr. Lind", "second"]
    assert shown["tags"] == ["kidneys"]
    assert [one["type"] for one in shown["attachments"]] == ["image/png"]
    assert [(one["code"], one["yours"]) for one in shown["marks"]] == [("PRS", True)]
    out = tmp_path / "out.png"
    assert run("records", "attachment", key, file, "--out", out)[0] == 0
    assert out.read_bytes() == picture.read_bytes()
    assert run("records", "attachment", key, file, "--out", out)[0] == 2
    assert run("records", "note", key, "--remove", note)[0] == 0
    assert run("records", "tag", key, "kidneys", "--remove")[0] == 0
    assert run("records", "detach", key, file)[0] == 0
    assert run("records", "private", key, "--undo")[0] == 0
    assert run("records", "private", key, "--undo")[0] == 2
    shown = run("records", "show", key)[1]
    assert (shown["tags"], shown["attachments"], shown["marks"]) == ([], [], [])
    assert run("erase", key, "--yes")[0] == 0
    assert run("records", "note", key, "x")[0] == 2


def test_the_emergency_card_is_chosen_shown_and_printed(run, tmp_path):
    key = run("records", "add", "allergy", "--name", "Penicillin")[1]["id"]
    assert run("emergency-card", "show")[0] == 2
    offered = run("emergency-card", "offer")[1]
    assert [(one["id"], one["chosen"]) for one in offered["items"]] == [(key, False)]
    words = ("emergency-card", "choose", "--item", key, "--call", "Jonas: 112")
    assert run(*words, "--blood-group", "O+")[0] == 0
    assert run("emergency-card", "offer")[1]["chosen"]["call"] == [["Jonas", "112"]]
    text = run("emergency-card", "show")[1]["text"]
    assert "ALLERGIES: Penicillin" in text
    assert "CALL: Jonas 112" in text
    out = tmp_path / "card.pdf"
    code, said = run("emergency-card", "print", out, "--sheet", "card")
    assert (code, said["missing_letters"]) == (0, 0)
    assert out.read_bytes().startswith(b"%PDF")
    assert run("emergency-card", "print", out)[0] == 2
    assert run("emergency-card", "choose", "--call", "Jonas")[0] == 2
