"""Set-up on machines that lack something: one sentence each, never a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the bootstrap is for Debian"
)


@pytest.fixture
def machine(tmp_path):
    """A copy of what set-up reads, and a folder of pretended commands before PATH."""
    for name in ("packaging", "locks"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / "pretend").mkdir()
    return tmp_path


def pretend(machine, name, script):
    command = machine / "pretend" / name
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def set_up(machine, **settings):
    path = f"{machine / 'pretend'}:{os.environ['PATH']}"
    return subprocess.run(
        [machine / "packaging" / "bootstrap"],
        env={"PATH": path, "HOME": str(machine), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_machine_without_python_hears_what_to_install(machine):
    answer = set_up(machine, PYTHON="python-nowhere")
    assert answer.returncode == 1
    assert answer.stderr.startswith("setup: python3 is not installed.")


def test_an_old_python_is_named(machine):
    pretend(machine, "python3", '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    answer = set_up(machine)
    assert answer.returncode == 1
    assert "Python 3.9.2 is too old" in answer.stderr


def test_a_plain_user_gets_the_exact_line_and_nothing_is_installed(machine):
    pretend(machine, "id", "echo 1000")
    pretend(machine, "sudo", "exit 1")
    pretend(machine, "dpkg-query", "exit 1")
    pretend(machine, "apt-get", f"touch {machine / 'called'}")
    answer = set_up(machine)
    assert answer.returncode == 1
    assert "sudo apt-get install --no-install-recommends" in answer.stderr
    assert "libxcb-cursor0" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr
    assert not (machine / "called").exists()
    assert not (machine / ".venv").exists()


def test_root_whose_apt_fails_hears_the_line_that_failed(machine):
    pretend(machine, "id", "echo 0")
    pretend(machine, "dpkg-query", "exit 1")
    pretend(machine, "apt-get", "echo no archive; exit 100")
    answer = set_up(machine)
    assert answer.returncode == 1
    assert "apt-get could not install them; see build/setup.log" in answer.stdout
    assert (machine / "build" / "setup.log").read_text() == "no archive\n"
