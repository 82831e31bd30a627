"""The harness itself: each kind of sloppiness fails a test that commits it."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HARNESS = Path(__file__).parent.parent / "conftest.py"
SETTINGS = """
[pytest]
filterwarnings = error
qt_api = pyside6
qt_log_level_fail = WARNING
markers =
    expects_log(pattern): x
"""
SLOPPY = {
    "a log line": (
        "import logging\ndef test(): logging.getLogger('x').warning('odd')",
        "*unexpected log lines*",
    ),
    "a log line that never comes": (
        "import pytest\n@pytest.mark.expects_log('odd')\ndef test(): pass",
        "*expected log lines never came*",
    ),
    "a thread": (
        """
        import threading, time
        def test():
            threading.Thread(target=time.sleep, args=(6,), name="stray").start()
        """,
        "*threads left running*stray*",
    ),
    "a Python warning": (
        "import warnings\ndef test(): warnings.warn('old ways')",
        "*old ways*",
    ),
    "an exception in a thread": (
        """
        import threading
        def test():
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """,
        "*ZeroDivisionError*",
    ),
    "an exception nobody can catch": (
        """
        class Sour:
            def __del__(self): raise ValueError("sour")
        def test(): Sour()
        """,
        "*sour*",
    ),
    "a Qt warning": (
        "from PySide6.QtCore import qWarning\ndef test(qapp): qWarning('lopsided')",
        "*lopsided*",
    ),
    "a connection to elsewhere": (
        """
        import socket
        def test():
            with socket.socket() as outgoing: outgoing.connect(("192.0.2.1", 9))
        """,
        "*a connection to 192.0.2.1 was tried*",
    ),
}


@pytest.fixture
def sandbox(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(HARNESS.read_text())
    pytester.makefile(".ini", pytest=SETTINGS)
    return pytester


def test_every_kind_of_sloppiness_fails(sandbox):
    names = {sin.replace(" ", "_"): sin for sin in SLOPPY}
    for name, sin in names.items():
        sandbox.makepyfile(**{f"test_{name}": SLOPPY[sin][0]})
    result = sandbox.runpytest_subprocess("-rfE")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for name, sin in names.items():
        result.stdout.re_match_lines([rf"(FAILED|ERROR) test_{name}\.py::test"])
        result.stdout.fnmatch_lines([SLOPPY[sin][1]])


def test_an_expected_log_line_and_a_connection_on_this_machine_pass(sandbox):
    sandbox.makepyfile(
        """
        import logging, socket, pytest
        @pytest.mark.expects_log("od+")
        def test_log(): logging.getLogger("x").warning("odd")
        def test_here():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
        """
    )
    assert sandbox.runpytest_subprocess().ret == pytest.ExitCode.OK


def test_ci_without_the_corpus_does_not_start(sandbox, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("HEARTWOOD_TESTDATA", str(sandbox.path / "nowhere"))
    sandbox.makepyfile("def test(): pass")
    assert sandbox.runpytest_subprocess().ret == pytest.ExitCode.USAGE_ERROR
