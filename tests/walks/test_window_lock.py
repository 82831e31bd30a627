"""Opening and closing the wallet in the real window: what is wrong, what ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QTimer

from tests.support.at_the_window import PASSPHRASE, at_the_window
from ui import theme
from wallet.actions.patient import home as homes
from wallet.keys.keyfile import Cost

CHEAP = Cost(memory=64, passes=1, lanes=1)
HOLD = """
import sys, pathlib
from wallet.store.lock import HomeLock
HomeLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
WINDOW = """
import sys, pathlib
from ui import app, window
start = window.Window.start
window.Window.start = lambda self: (start(self), print("open", flush=True))
sys.exit(app.run(pathlib.Path(sys.argv[1]), []))
"""


@pytest.fixture(autouse=True)
def look(qapp):
    theme.load_fonts()
    theme.apply(qapp, theme.Theme())


@pytest.fixture
def home(tmp_path):
    """A wallet of this machine's own making, cheap to open."""
    made = tmp_path / "home"
    homes.create_wallet(homes.PatientHome(made), passphrase=PASSPHRASE, cost=CHEAP)
    return made


def unlock(person, passphrase=PASSPHRASE):
    person.types("Passphrase", passphrase)
    person.presses("Unlock")


@contextmanager
def held(home):
    """Another process that has the home."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        yield other
        other.kill()


def bytes_of(home):
    return {path.name: path.read_bytes() for path in home.glob("*.*") if path.is_file()}


def test_a_wrong_passphrase_is_said_and_the_right_one_opens(home, qapp):
    before = bytes_of(home)
    with at_the_window(home, qapp) as person:
        unlock(person, "seven green lamps at moon")
        person.waits_for("That is not the passphrase of this wallet.")
        assert bytes_of(home) == before
        unlock(person)
        person.waits_for("Your wallet is empty and only you can open it.")
        person.waits_for("No public ledger is set up on this computer yet.")


def test_a_damaged_lock_file_is_named_and_nothing_is_written(home, qapp):
    slots = home / "slots.hw"
    data = bytearray(slots.read_bytes())
    data[len(data) // 2] ^= 1
    slots.write_bytes(data)
    before = bytes_of(home)
    with at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("The small file that locks your wallet is damaged.")
    assert bytes_of(home) == before


def test_the_lock_file_of_another_wallet_is_named(home, tmp_path, qapp):
    other = tmp_path / "other"
    homes.create_wallet(homes.PatientHome(other), passphrase=PASSPHRASE, cost=CHEAP)
    (home / "slots.hw").write_bytes((other / "slots.hw").read_bytes())
    with at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("belongs to another wallet")


def test_a_home_in_use_is_waited_for_and_then_said_to_be_open_elsewhere(home, qapp):
    with held(home) as other, at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("Unlocking...")
        person.waits_for("Your wallet is already open in another window.")
        other.kill()
        other.wait()
        unlock(person)
        person.waits_for("Your wallet is empty")


def test_a_home_that_comes_free_in_time_opens_by_itself(home, qapp):
    with held(home) as other, at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("Unlocking...")
        other.kill()
        person.waits_for("Your wallet is empty", within=9)


def test_a_window_that_closes_while_it_waits_for_a_home_does_not_wait_on(home, qapp):
    with held(home), at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("Unlocking...")
        began = time.monotonic()
        person.window.close()
        assert time.monotonic() - began < 5  # the home would be waited for ten seconds


def test_a_wallet_left_alone_with_a_question_open_is_locked_all_the_same(home, qapp):
    with at_the_window(home, qapp) as person:
        unlock(person)
        person.presses("Bring in records")
        person.waits_for("Drop files or a folder here")
        QTimer.singleShot(300, person.window._idle.timeout.emit)
        person.presses("Choose files...")  # its dialog stays open until it is closed
        person.waits_for("Locked after ten minutes without use.")
        unlock(person)
        person.waits_for("Your wallet is empty")


def test_a_closed_window_leaves_the_home_free_and_no_thread(home, qapp):
    with at_the_window(home, qapp) as person:
        unlock(person)
        person.waits_for("Your wallet is empty")
        assert (home / "vault.db-wal").exists()
    assert not (home / "vault.db-wal").exists()
    assert "store" not in {thread.name for thread in threading.enumerate()}
    with homes.open_wallet(homes.PatientHome(home), passphrase=PASSPHRASE):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_closes_the_window_and_the_program_ends_well(home, number):
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(home)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as window:
        assert window.stdout.readline() == b"open\n"
        window.send_signal(number)
        said, _ = window.communicate(timeout=20)
        assert (window.returncode, said) == (0, b"")
