"""The demo as a person runs it: the story under attack, and a world that ends cleanly.

Real processes only. The ledger is killed without warning by whoever watches; the story
says what it waits for, starts it again, and still verifies every step.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.standing_world import ENVIRONMENT, PROJECT, done
from wallet.actions.demo.parties import Party
from wallet.store.lock import HomeLock

STEPS = 12
SIGNED = "Signed, not yet in force. The ledger does not answer. Waiting for it."


@contextmanager
def demo(*words, errors=subprocess.DEVNULL):
    """The command in a process group of its own, ended whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wallet", "demo", *words],
        cwd=PROJECT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        process.kill()
        process.wait()
        process.stdout.close()


def below(parent):
    """Every process that *parent* started, with its words."""
    found = {}
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        with suppress(OSError):
            status = (place / "stat").read_text().rpartition(")")[2].split()
            if int(status[1]) == parent and status[0] != "Z":
                words = (place / "cmdline").read_bytes().split(b"\0")
                found[int(place.name)] = [word.decode() for word in words]
    return found


def kill_ledger(parent):
    """End the ledger without warning; whether there was one to end."""
    for pid, words in below(parent).items():
        if words[-1:] and "ledger" in words and "serve" in words:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def play(tmp_path, strike):
    """Play the story; *strike* is told the number of each step that was verified.

    Answers the exit code and all it said, what stopped it at the end.
    """
    said = []
    words = ("--story", "--home", tmp_path / "world")
    with demo(*words, errors=subprocess.STDOUT) as process:
        for line in process.stdout:
            said.append(line.rstrip())
            number = line[:2].strip()
            if number.isdigit():
                strike(process.pid, int(number))
        code = process.wait(20)
    return code, said


def verified(said):
    return [int(line[:2]) for line in said if line[:2].strip().isdigit()]


def test_the_story_is_verified_though_the_ledger_dies_before_every_step(tmp_path):
    struck = []

    def strike(parent, number):
        if kill_ledger(parent):
            struck.append(number)

    code, said = play(tmp_path, strike)
    assert code == 0, "\n".join(said)
    assert verified(said) == list(range(1, STEPS + 1))
    assert said[-1].startswith(f"All {STEPS} steps were verified")
    assert len(struck) >= STEPS // 2
    # A share, a switch and a withdrawal are signed while nobody answers.
    for before, after in ((1, 2), (3, 4), (8, 9)):
        first, last = (_at(said, number) for number in (before, after))
        assert any(SIGNED in line for line in said[first:last]), said
    (proven,) = [line for line in said if line.endswith("records, proven.")]
    assert " opened 691 records" in proven


def _at(said, number):
    return next(n for n, line in enumerate(said) if line.startswith(f"{number:2}. "))


def test_the_story_is_verified_though_the_ledger_dies_at_some_moment(tmp_path):
    delays = [secrets.randbelow(3_000) / 1_000 for _ in range(STEPS)]
    blows = []

    def strike(parent, number):
        if number in (1, 4, 6, 8):
            blow = threading.Timer(delays[number], kill_ledger, (parent,))
            blow.start()
            blows.append(blow)

    code, said = play(tmp_path, strike)
    for blow in blows:
        blow.join()
    assert code == 0, "\n".join([*map(str, delays), *said])
    assert verified(said) == list(range(1, STEPS + 1)), delays


def test_a_world_says_where_everything_is_and_ends_with_its_children(tmp_path):
    with demo("--json", "--home", tmp_path / "world", "--up") as process:
        said = json.loads(process.stdout.readline())
        _check_line(said)
        servers = [
            pid for pid, words in below(process.pid).items() if "wallet" in words
        ]
        assert len(servers) == 5  # ledger, three witnesses, relay
        patient = Party(
            name="Maya",
            home=Path(said["patient"]["home"]),
            passphrase_file=Path(said["patient"]["passphrase_file"]),
        )
        assert done(patient, "records", "list")["total"] >= 600
        for home in [patient.home, *(one["home"] for one in said["clinics"])]:
            HomeLock(Path(home), patience=0).release()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert process.stdout.read() == ""  # one line was all
        assert time.monotonic() - began < 15
    assert [pid for pid in servers if Path(f"/proc/{pid}").exists()] == []


def _check_line(said):
    assert said["ok"] is True
    assert set(said["ledger"]) == {"url", "vkey", "policy"}
    assert set(said["relay"]) == {"url"}
    assert [set(one) for one in said["witnesses"]] == [{"url", "vkey"}] * 3
    assert set(said["patient"]) == {"home", "passphrase_file"}
    for clinic in said["clinics"]:
        assert set(clinic) == {"name", "home", "passphrase_file", "card"}
        assert Path(clinic["card"]).is_file()
    assert len(said["clinics"]) == 2
    address = f"{said['ledger']['url']}/checkpoint"
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 loopback
        assert answer.read().startswith(b"demo.invalid/heartwood\n")


def test_a_world_that_is_interrupted_while_it_is_built_ends_too(tmp_path):
    with demo("--up", "--home", tmp_path / "world") as process:
        deadline = time.monotonic() + 60
        while not any("serve" in words for words in below(process.pid).values()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        started = list(below(process.pid))
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 4
    time.sleep(0.5)
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def test_the_demo_needs_a_folder_of_its_own(tmp_path):
    (tmp_path / "mine").write_text("precious")
    with demo("--json", "--home", tmp_path, "--story") as process:
        said = json.loads(process.stdout.read())
        assert process.wait(20) == 2
    assert (said["ok"], said["reason"]) == (False, "usage")
    assert (tmp_path / "mine").read_text() == "precious"


@pytest.mark.parametrize("words", [(), ("--up", "--story"), ("--down",)])
def test_the_demo_does_one_thing_at_a_time(words):
    with demo(*words) as process:
        assert process.wait(20) == 2
