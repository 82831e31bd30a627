"""Opening the window, each time a whole process: to the lock screen, and to Home."""

import os
import statistics
import sys
import sysconfig
import time
from pathlib import Path

from tests.bench.ground import CHEAP, PASSPHRASE, child
from tests.bench.rows import Row, at_most
from wallet.actions.patient.home import PatientHome, create_wallet

PROJECT = Path(__file__).resolve().parent.parent.parent
LOCK, HOME = 1.0, 0.4


def measure(ground):
    empty = ground.folder / "empty"
    create_wallet(PatientHome(empty), passphrase=PASSPHRASE, cost=CHEAP)
    starts, count = ground.effort.starts, ground.effort.large
    cold = [_start(empty, forget=_files()) for _ in range(starts)]
    warm = [_start(empty) for _ in range(starts)]
    full = [_start(ground.large.home) for _ in range(starts)]
    return [
        _row("start to lock screen, cold", cold, "lock", LOCK),
        _row("start to lock screen, again", warm, "lock", LOCK),
        _row("unlock to Home, no records", warm, "home", HOME),
        _row(f"unlock to Home, {count:,} records", full, "home", HOME),
    ]


def _row(name, starts, what, most):
    figure = statistics.median(start[what] for start in starts)
    return Row(name=name, figure=figure, unit="s", wanted=at_most(most))


def _start(home, forget=()):
    for path in forget:
        _forget(path)
    return child("window_child", time.monotonic(), home)


def _files():
    """What a start reads: the program, its libraries and Python's own."""
    folders = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
    mine = (PROJECT / name for name in ("ui", "wallet", "resources"))
    for folder in (*map(Path, folders), *mine):
        yield from (path for path in folder.rglob("*") if path.is_file())


def _forget(path):
    """Take a file out of the page cache, where the system lets us ask for it."""
    if sys.platform != "linux":
        return
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
