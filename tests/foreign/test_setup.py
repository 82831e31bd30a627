"""Strangers are set up by one command, and never skipped where they were promised."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.foreign import tools

PROJECT = Path(__file__).parents[2]
NEEDED = ("bash", "dirname", "mkdir", "tr")  # of a machine that has nothing else


@pytest.fixture
def machine(tmp_path):
    """A copy of what set-up reads, and a PATH with almost nothing on it."""
    for name in ("packaging/strangers", "tests/foreign/package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    return tmp_path


def pretend(machine, name, script):
    command = machine / "bin" / name
    command.write_text(f"#!{shutil.which('sh')}\n{script}\n", encoding="utf-8")
    command.chmod(0o755)


def set_up(machine):
    return subprocess.run(
        [machine / "packaging" / "strangers"],
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_plain_user_gets_the_exact_line(machine):
    pretend(machine, "id", "echo 1000")
    answer = set_up(machine)
    assert answer.returncode == 1
    assert "apt-get install -qy --no-install-recommends golang-go" in answer.stderr


def test_root_whose_apt_fails_hears_the_line_that_failed(machine):
    pretend(machine, "id", "echo 0")
    pretend(machine, "apt-get", "echo no archive; exit 100")
    answer = set_up(machine)
    assert answer.returncode == 1
    assert "apt-get could not install them; see build/strangers.log" in answer.stderr
    said = (machine / "build" / "strangers.log").read_text(encoding="utf-8")
    assert said == "no archive\n"


def test_the_gate_sets_them_up_and_promises_them():
    gate = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert "HEARTWOOD_STRANGERS=required" in gate
    assert gate.index("packaging/strangers") < gate.index("exec make")


def test_a_missing_stranger_is_skipped_unless_it_was_promised(monkeypatch):
    monkeypatch.delenv("HEARTWOOD_STRANGERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="packaging/strangers"):
        tools.missing("there is no Go here")
    monkeypatch.setenv("HEARTWOOD_STRANGERS", "required")
    with pytest.raises(pytest.fail.Exception, match="packaging/strangers"):
        tools.missing("there is no Go here")


@pytest.mark.parametrize("name", ["sumdb", "sigstore"])
def test_a_machine_without_its_language_has_no_stranger(tmp_path, monkeypatch, name):
    monkeypatch.delenv("HEARTWOOD_STRANGERS", raising=False)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="there is no"):
        tools.command(name, tmp_path)


def test_the_npm_lock_is_hashed_and_names_no_host():
    lock = (PROJECT / "tests/foreign/package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert '"resolved"' not in lock
    apart = lock.count('"node_modules/') - lock.count('"inBundle": true')
    assert lock.count('"integrity": "sha512-') == apart  # a bundle is in its parent's
    assert lock.count('"integrity": "sha512-') > 30
