"""What a command loads: a stranger's verifier needs no window and no store."""

import json
import subprocess
import sys

import pytest

HEAVY = {"PySide6", "shiboken6", "sqlcipher3", "keyring", "uvicorn", "sqlite3"}
PROBE = """
import json, sys
{code}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded_by(code):
    answer = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import wallet.cli.main",
        "import wallet.verdict, wallet.words, wallet.errors, wallet.statement",
        "from wallet.cli.main import main; main(['--json'])",
    ],
)
def test_the_command_itself_loads_no_window_no_store_and_no_server(code):
    assert not loaded_by(code) & HEAVY


def test_the_probe_sees_what_is_loaded():
    assert "sqlite3" in loaded_by("import sqlite3")
