"""What a terminal is asked about: reviews, records that may be one, other people."""

import json

import pytest

from tests.support.wallets import bundle, observation
from wallet.cli.main import main
from wallet.keys import custody
from wallet.keys.keyfile import Cost


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run one command on one home; answers exit code and JSON, or the text."""
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)
    phrase = tmp_path / "phrase"
    phrase.write_text("open sesame\n")

    def go(*words, how=("--json",)):
        given = ["--home", str(tmp_path / "home"), "--passphrase-file", str(phrase)]
        code = main([*given, *how, *map(str, words)])
        out = capsys.readouterr().out
        return code, json.loads(out) if how else out

    assert go("init")[0] == 0
    return go


@pytest.fixture
def file(tmp_path):
    def write(name, *resources):
        path = tmp_path / name
        path.write_text(json.dumps(bundle(*resources)))
        return path

    return write


def patient(name, born):
    return {
        "resourceType": "Patient",
        "id": name,
        "name": [{"family": "Example", "given": [name]}],
        "birthDate": born,
    }


def test_a_review_lists_what_would_come_in_and_saves_nothing(run, file):
    path = file("mine", patient("Ana", "1951-03-05"), observation(1))
    code, said = run("import", "--review", path)
    assert (code, said["saved"], said["totals"]["new"]) == (0, False, 2)
    (one,) = said["files"]
    assert one["kinds"] == {"person": 1, "test": 1}
    assert [line["mark"] for line in one["records"]] == ["new", "new"]
    assert one["records_total"] == 2
    text = run("import", path, "--review", how=())[1]
    assert "Nothing was saved." in text
    assert run("records", "list")[1]["total"] == 0


def test_two_alike_are_decided_seen_in_both_sources_and_undone(run, file):
    run("import", file("first", observation(1)))
    other = observation(1, id="b-1", meta={"source": "b"})
    assert run("import", file("second", other))[1]["files"][0]["alike"] == 1
    (pair,) = run("records", "alike")[1]["pairs"]
    ids = pair["one"]["id"], pair["other"]["id"]
    assert {pair["one"]["source"], pair["other"]["source"]} == {"first", "second"}
    assert run("records", "decide", *ids, "same")[0] == 0
    (record,) = run("records", "list")[1]["records"]
    assert record["sources"] == 2
    seen = run("records", "show", record["id"])[1]["sources"]
    assert [one["name"] for one in seen] == ["first", "second"]
    asked = run("records", "alike")[1]
    assert (asked["pairs"], asked["waiting"]) == ([], 0)
    assert "(same)" in run("records", "alike", "--settled", how=())[1]
    assert run("records", "decide", *ids, "undo")[0] == 0
    assert run("records", "list")[1]["total"] == 2
    assert run("records", "alike", "--join-equal")[1]["joined"] == 1
    assert run("records", "list")[1]["total"] == 1
    assert run("records", "decide", ids[0], ids[0], "same")[0] == 2


def test_a_file_about_somebody_else_waits_for_an_answer(run, file):
    run("import", file("mine", patient("Ana", "1951-03-05")))
    path = file("theirs", patient("Ben", "1980-01-02"), observation(9))
    code, said = run("import", path)
    assert (code, said["totals"]["new"], said["totals"]["kept_raw"]) == (0, 0, 2)
    apart = said["files"][0]["apart"]
    assert apart["people"] == [{"name": "Ben Example", "born": "1980-01-02", "sex": ""}]
    assert f"records claim {apart['key']}" in run("import", path, how=())[1]
    held = run("records", "apart")[1]
    assert (held["me"]["name"], held["files"][0]["settled"]) == ("Ana Example", False)
    assert run("records", "leave-out", apart["key"])[0] == 0
    assert run("records", "apart")[1]["files"][0]["settled"] is True
    assert run("records", "list")[1]["total"] == 1
    assert run("records", "claim", apart["key"])[1]["file"]["counts"]["new"] == 2
    assert run("records", "claim", apart["key"])[0] == 2
    more = file("more", patient("Eva", "1990-01-02"))
    assert run("import", "--mine", more)[1]["totals"]["new"] == 1
