"""One process in a home at a time."""

import subprocess
import sys

import pytest

from wallet.errors import HomeBusyError, HomeMissingError
from wallet.store.lock import HomeLock

_HOLD = (
    "import sys, pathlib; from wallet.store.lock import HomeLock;"
    "HomeLock(pathlib.Path(sys.argv[1])); print('held', flush=True);"
    "sys.stdin.read()"
)


def test_a_second_one_waits_and_then_says_so(tmp_path):
    first = HomeLock(tmp_path)
    with pytest.raises(HomeBusyError):
        HomeLock(tmp_path, patience=0.1)
    first.release()
    HomeLock(tmp_path, patience=0).release()


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(HomeBusyError):
            HomeLock(tmp_path, patience=0)
        other.kill()
        other.wait()
        HomeLock(tmp_path, patience=5).release()


def test_releasing_twice_is_harmless(tmp_path):
    lock = HomeLock(tmp_path)
    lock.release()
    lock.release()


def test_no_folder_is_no_home(tmp_path):
    with pytest.raises(HomeMissingError):
        HomeLock(tmp_path / "nowhere")
