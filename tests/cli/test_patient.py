"""The commands of a wallet: what they answer to a program, and their exit codes."""

import json

import pytest

from tests.support.wallets import bundle, observation
from wallet.cli.main import main
from wallet.keys import custody
from wallet.keys.keyfile import Cost


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)


@pytest.fixture
def run(tmp_path, capsys):
    """Run one command on one home; answers exit code and JSON."""
    phrase = tmp_path / "phrase"
    phrase.write_text("open sesame\n")

    def go(*words, phrase_file=phrase):
        given = ["--home", str(tmp_path / "home"), "--json"]
        given += ["--passphrase-file", str(phrase_file), *map(str, words)]
        code = main(given)
        out, err = capsys.readouterr()
        assert err == ""
        said = json.loads(out)
        assert said["ok"] is (code == 0)
        return code, said

    return go


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "records"
    path.write_text(json.dumps(bundle(observation(1), observation(2))))
    return path


def test_a_wallet_is_made_once_and_gives_24_words(run):
    code, said = run("init")
    assert code == 0
    assert len(said["words"]) == 24
    code, said = run("init")
    assert code == 2
    assert said["reason"] == "usage"


def test_a_wrong_passphrase_is_an_answer_and_no_home_is_a_mistake(run, tmp_path):
    assert run("unlock-test")[0] == 2
    run("init")
    assert run("unlock-test") == (0, {"ok": True, "records": 0})
    wrong = tmp_path / "wrong"
    wrong.write_text("open barley\n")
    code, said = run("unlock-test", phrase_file=wrong)
    assert (code, said["reason"]) == (1, "wrong_passphrase")


def test_damaged_and_foreign_keys_have_sentences_of_their_own(run, tmp_path):
    run("init")
    slots = tmp_path / "home" / "slots.hw"
    good = slots.read_bytes()
    said = set()
    slots.write_bytes(good[:50] + b"x" + good[51:])
    code, damaged = run("unlock-test")
    assert code != 0
    said.add(damaged["sentence"])
    custody.create(tmp_path / "other.hw", passphrase="open sesame")
    slots.write_bytes((tmp_path / "other.hw").read_bytes())
    code, foreign = run("unlock-test")
    assert code != 0
    said.add(foreign["sentence"])
    slots.write_bytes(good)
    (tmp_path / "wrong").write_text("x")
    said.add(run("unlock-test", phrase_file=tmp_path / "wrong")[1]["sentence"])
    assert len(said) == 3
    assert run("unlock-test")[0] == 0


def test_an_old_file_of_keys_is_refused_after_a_change(run, tmp_path):
    run("init")
    slots = tmp_path / "home" / "slots.hw"
    old = slots.read_bytes()
    new = tmp_path / "new"
    new.write_text("another phrase\n")
    assert run("passphrase", "change", "--new-passphrase-file", new)[0] == 0
    assert run("unlock-test")[0] == 1
    assert run("unlock-test", phrase_file=new)[0] == 0
    slots.write_bytes(old)
    code, said = run("unlock-test")
    assert code != 0
    assert "older" in said["sentence"]


def test_records_come_in_are_listed_found_and_shown(run, file):
    run("init")
    code, said = run("import", file)
    assert code == 0
    assert said["totals"]["new"] == 2
    assert run("import", file)[1]["totals"]["same"] == 2
    listed = run("records", "list")[1]
    assert listed["total"] == 2
    assert set(listed["records"][0]) >= {
        *("id", "category", "title", "start", "source", "labels", "versions")
    }
    assert listed["records"][0]["start"] == "2026-03-04T00:00:00Z"
    assert len(run("records", "list", "--limit", 1)[1]["records"]) == 1
    assert run("records", "list", "--category", "test")[1]["total"] == 2
    assert run("records", "search", "chol")[1]["total"] == 2
    assert run("records", "search", "nothing")[1]["total"] == 0
    page = run("records", "show", listed["records"][0]["id"])[1]
    assert ["Result", "5 mmol/L"] in page["facts"]
    assert json.loads(page["resource"])["resourceType"] == "Observation"


@pytest.mark.parametrize(
    "words",
    [
        ("records", "show", "00" * 16),
        ("records", "show", "not an id"),
        ("records", "list", "--category", "gossip"),
        ("records", "list", "--limit", "-1"),
        ("records",),
        ("erase",),
        ("passphrase", "change"),
    ],
)
def test_a_mistake_in_the_words_is_exit_2(run, words):
    run("init")
    assert run(*words)[0] == 2


def test_a_file_that_cannot_be_taken_is_exit_1(run, tmp_path, file):
    run("init")
    code, said = run("import", tmp_path / "nowhere", file)
    assert (code, said["reason"]) == (1, "not_taken")
    assert said["totals"]["new"] == 2


def test_everything_leaves_one_record_a_line(run, tmp_path, file):
    run("init")
    run("import", file)
    out = tmp_path / "all.ndjson"
    assert run("records", "export", out)[1]["count"] == 2
    ids = {json.loads(line)["id"] for line in out.read_text().splitlines()}
    assert ids == {"o1", "o2"}
    assert run("records", "export", out)[0] == 2


def test_a_copy_in_another_form_names_what_is_not_in_it(run, tmp_path, file):
    run("init")
    run("import", file)
    out = tmp_path / "card.smart-health-card"
    code, said = run("records", "export", out, "--as", "health-card")
    assert (code, said["form"], said["files"]) == (
        0,
        "health-card",
        ["health-cards.smart-health-card"],
    )
    assert said["count"] + len(said["left_out"]) == 2
    assert all(one["why"] == "no_place" for one in said["left_out"])
    assert run("records", "export", out, "--as", "health-card")[0] == 2
    assert run("records", "export", tmp_path / "x", "--as", "word")[0] == 2


def test_one_record_is_erased_and_the_other_stays(run, file):
    run("init")
    run("import", file)
    first = run("records", "list")[1]["records"][0]["id"]
    assert run("erase", first, "--yes")[0] == 0
    assert run("records", "list")[1]["total"] == 1
    assert run("records", "show", first)[0] == 2
    assert run("import", file)[1]["totals"] == {
        "new": 1,
        "same": 1,
        "changed": 0,
        "kept_raw": 0,
        "failed": 0,
    }


def test_a_wallet_is_erased_with_its_passphrase_only(run, tmp_path):
    run("init")
    wrong = tmp_path / "wrong"
    wrong.write_text("x")
    assert run("erase", "--yes", phrase_file=wrong)[0] == 1
    assert run("unlock-test")[0] == 0
    assert run("erase", "--yes")[0] == 0
    assert run("unlock-test")[0] == 2
    left = {path.name for path in (tmp_path / "home").iterdir()}
    assert left <= {"lock", "trust", "replicas"}


def test_an_export_in_plain_words_is_its_owners_alone(run, file, tmp_path):
    run("init")
    run("import", file)
    out = tmp_path / "all.ndjson"
    assert run("records", "export", out)[1]["count"] == 2
    assert out.stat().st_mode & 0o077 == 0


def test_the_original_of_a_record_is_one_command_away(run, tmp_path):
    old = {"resourceType": "MedicationOrder", "id": "m", "patient": {}, "note": "x"}
    source = tmp_path / "old"
    source.write_text(json.dumps(old))
    run("init")
    run("import", source)
    (record,) = run("records", "list")[1]["records"]
    out = tmp_path / "original"
    code, said = run("records", "show", record["id"], "--original", out)
    assert code == 0
    assert (said["file"], said["reader"]) == (str(out), "fhir-dstu2 1")
    assert out.read_bytes() == source.read_bytes()
    assert out.stat().st_mode & 0o777 == 0o600
    code, said = run("records", "show", record["id"], "--original", out)
    assert (code, said["reason"]) == (2, "usage")
    other = tmp_path / "nothing"
    assert run("records", "show", "00" * 16, "--original", other)[0] == 2
    assert not other.exists()
