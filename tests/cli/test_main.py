"""Whatever goes wrong below is one object with the right exit code, and no more."""

import json

import pytest

from wallet.cli import main as command
from wallet.cli import usb
from wallet.errors import (
    HomeBusyError,
    LedgerForkedError,
    RefusedError,
    StoreDamagedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.exports.medium import StickError, Trouble
from wallet.verdict import Reason

SECRET = "plonkweed"
FAULTS = [
    (RefusedError(Reason.WITHDRAWN, "x"), 1, "withdrawn"),
    (RefusedError(Reason.COPY_TOO_OLD, "x"), 3, "copy_too_old"),
    (LedgerForkedError(trusted=b"a", offered=b"b"), 3, "ledger_forked"),
    (UnreachableError("ledger"), 3, "ledger_unreachable"),
    (UnreachableError("relay"), 3, "relay_unreachable"),
    (TurnedAwayError(400, "no"), 4, "fault"),
    (HomeBusyError("another window uses this home"), 4, "fault"),
    (StoreDamagedError("pages"), 4, "fault"),
    (StickError(Trouble.NO_ROOM), 4, "fault"),
    (KeyboardInterrupt(), 4, "fault"),
    (OSError(28, "No space left on device", SECRET), 4, "fault"),
    (KeyError(SECRET), 4, "fault"),
    (ValueError(SECRET), 4, "fault"),
]


@pytest.fixture
def fail(monkeypatch, capsys):
    def go(error, *options):
        def drives():
            raise error

        monkeypatch.setattr(usb.stick, "drives", drives)
        return command.main(["usb", "list", *options]), capsys.readouterr()

    return go


@pytest.mark.parametrize(("error", "code", "reason"), FAULTS, ids=str)
def test_every_fault_is_one_object_with_a_code_a_reason_and_a_sentence(
    fail, error, code, reason
):
    found, told = fail(error, "--json")
    said = json.loads(told.out)
    assert (found, said["ok"], said["reason"]) == (code, False, reason)
    assert said["sentence"].endswith(".")
    assert told.err == ""
    assert SECRET not in told.out


@pytest.mark.parametrize("error", [KeyError(SECRET), OSError(28, "full", SECRET)])
def test_a_mistake_of_ours_shows_a_person_no_trace_and_no_value(fail, error):
    found, told = fail(error)
    assert found == 4
    assert SECRET not in told.err + told.out
    assert "Traceback" not in told.err
    assert told.err.count("\n") == 1


def test_a_mistake_of_ours_names_its_kind_and_its_line(fail):
    _, told = fail(KeyError(SECRET), "--json")
    assert "KeyError in test_main.py, line " in json.loads(told.out)["sentence"]
