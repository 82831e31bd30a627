"""The harness every test runs in: what nobody expected is a failure.

A log line at WARNING or above, a Qt warning (qt_log_level_fail), a Python warning
(filterwarnings), an exception nobody could catch (pytest turns those into warnings), a
thread left running, a connection that leaves this machine: each fails its test.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_PROJECT = Path(__file__).resolve().parent.parent
_TESTDATA = Path(
    os.environ.get("HEARTWOOD_TESTDATA") or _PROJECT.parent / "shared" / "testdata"
)
_IN_CI = os.environ.get("CI", "") not in ("", "0", "false")
# By what the files of one run took together, processes and waiting included.
_LONGEST = (
    "tests/walks/test_demo.py",
    "tests/walks/test_kills.py",
    "tests/walks/test_canary_world.py",
    "tests/walks/",
    "tests/ui/test_looks.py",
    "tests/ui/test_pages.py",
    "tests/server/log/test_ledger_server.py",
    "tests/privacy/",
    "tests/actions/test_import_corpus.py",
    "tests/foreign/",
    "tests/cli/test_contract.py",
    "tests/server/",
)
_THREAD_GRACE = 3.0  # seconds a closing pool may take to end its workers


def pytest_configure() -> None:
    """In CI the corpus is not optional: a gate that skips it would say too much."""
    if _IN_CI and not _TESTDATA.is_dir():
        raise pytest.UsageError(
            "there is no corpus of test data; HEARTWOOD_TESTDATA names its folder"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: begun last, one would keep the others waiting."""
    items.sort(key=lambda item: _turn(item.path.relative_to(_PROJECT).as_posix()))


def _turn(path: str) -> int:
    places = enumerate(_LONGEST)
    return next((n for n, start in places if path.startswith(start)), len(_LONGEST))


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The corpus of public health records and vectors that nobody here wrote."""
    if not _TESTDATA.is_dir():
        pytest.skip("no corpus here: HEARTWOOD_TESTDATA names its folder")
    return _TESTDATA


@pytest.fixture(scope="session")
def standing_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The world of the demo as real processes, for every test that asks for it."""
    from tests.support.standing_world import standing  # noqa: PLC0415 seldom needed

    with standing(tmp_path_factory.mktemp("world")) as world:
        yield world


class _Trap(logging.Handler):
    """Keeps every line at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the level, the logger and the text."""
        said = f"{record.levelname} {record.name}: {record.getMessage()}"
        self.lines.append(said)


@pytest.fixture(autouse=True)
def _no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    trap = _Trap()
    logging.getLogger().addHandler(trap)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(trap)
    expected = [mark.args[0] for mark in request.node.iter_markers("expects_log")]
    said = [
        line
        for line in trap.lines
        if not any(re.search(pattern, line) for pattern in expected)
    ]
    if said:
        pytest.fail("unexpected log lines:\n" + "\n".join(said), pytrace=False)
    silent = [
        pattern
        for pattern in expected
        if not any(re.search(pattern, line) for line in trap.lines)
    ]
    if silent:
        pytest.fail(f"expected log lines never came: {silent}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_leaked_thread() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    give_up = time.monotonic() + _THREAD_GRACE
    while left := _ours(set(threading.enumerate()) - before):
        if time.monotonic() > give_up:
            pytest.fail(f"threads left running: {sorted(left)}", pytrace=False)
        time.sleep(0.01)


def _ours(threads: set[threading.Thread]) -> set[str]:
    # A dummy stands for a thread Qt owns; Python never takes it off the list.
    return {
        thread.name
        for thread in threads
        if not isinstance(thread, threading._DummyThread)
    }


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test leaves this machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            pytest.fail(f"a connection to {address[0]} was tried", pytrace=False)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", only_here)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
