"""A home that no server can be run in: said before it listens, each by its name."""

import pytest

from tests.support.disks import obeying
from tests.support.ledger_servers import Process, run
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import LOG_KIND, vkey_for

VKEY = vkey_for("ledger.test/x", LOG_KIND, Signer.from_seed(b"l" * 32).public)
HOMES = {
    "ledger": ("serve", "--origin", "ledger.test/ro"),
    "witness": ("witness", "--name", "w", "--log"),
    "mirror": ("mirror", "--name", "mirror.test/m", "--policy"),
}


@pytest.mark.parametrize("role", HOMES)
def test_a_server_says_that_its_home_is_read_only_before_it_listens(role, tmp_path):
    words = [*HOMES[role]]
    if role == "witness":
        words.append(VKEY.text)
    if role == "mirror":
        policy = tmp_path / "policy"
        policy.write_text(f"log {VKEY.text}\nquorum none\n")
        words += [str(policy), "--from", "http://127.0.0.1:1"]
    home = tmp_path / "home"
    before = obeying()
    if before is None:
        pytest.skip("no setpriv here")
    home.mkdir()
    one = Process("--home", str(home), "ledger", *words)
    one.hear()
    one.stop()
    everything = [home, *home.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        code, said = run("--home", str(home), "ledger", *words, before=before)
        assert code == 4
        assert said["reason"] == "fault"
        assert "SQLITE_" in said["sentence"] or "denied" in said["sentence"]
        assert "mistake" not in said["sentence"]
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)
    one.start()
    one.stop()


def test_another_server_on_the_same_home_is_not_taken_for_a_broken_disk(tmp_path):
    words = ("--home", str(tmp_path), "ledger", "serve", "--origin", "ledger.test/x")
    one = Process(*words)
    one.hear()
    code, said = run(*words)
    one.stop()
    assert (code, said["sentence"]) == (4, "Another server runs on this home.")


def test_a_file_that_is_no_database_is_called_damaged(tmp_path):
    home = tmp_path / "home"
    words = ("--home", str(home), "ledger", "witness", "--name", "w")
    one = Process(*words, "--log", VKEY.text)
    one.hear()
    one.stop()
    (home / "witness.db").write_bytes(b"x" * 8_192)
    code, said = run(*words, "--log", VKEY.text)
    assert code == 4
    assert said["sentence"] == "A database is damaged: SQLITE_NOTADB."
