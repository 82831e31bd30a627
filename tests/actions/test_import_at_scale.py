"""Many records brought in: killed, stopped or repeated, a file is whole or absent."""

import json
import signal
import subprocess
import sys

import pytest

from tests.support.large_patient import write_bundle
from tests.support.wallets import NOON
from wallet.actions.patient.home import PatientHome, create_wallet, open_wallet
from wallet.actions.patient.importing import import_paths
from wallet.errors import CancelledError
from wallet.keys.keyfile import Cost

MANY = 1_500
PASSPHRASE = "a long passphrase"
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.actions.patient.importing import import_paths

def heard(_done, _total, count):
    if count >= int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

with open_wallet(PatientHome(Path(sys.argv[1])), passphrase=sys.argv[3]) as wallet:
    import_paths(wallet, [Path(sys.argv[2])], now=datetime.now(UTC), progress=heard)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("large") / "patient.json", MANY)


@pytest.fixture
def home(tmp_path):
    made = PatientHome(tmp_path / "home")
    create_wallet(made, passphrase=PASSPHRASE, cost=Cost(memory=64, passes=1, lanes=1))
    return made


def opened(home):
    return open_wallet(home, passphrase=PASSPHRASE)


def counts(wallet):
    """How many rows each table has; the index of words counts by its own."""
    names = "record", "version", "item", "item_key", "record_name", "label", "source"
    found = {
        name: wallet.store.value(f"SELECT count(*) FROM {name}")  # noqa: S608 own text only
        for name in names
    }
    said = "SELECT count(*) FROM record_text WHERE record_text MATCH 'b*'"
    return {**found, "words": wallet.store.value(said)}


@pytest.mark.parametrize("at", [1, MANY // 2, MANY])
def test_a_killed_import_leaves_nothing_and_can_be_made_again(home, file, at):
    words = [str(home.folder), str(file), PASSPHRASE, str(at)]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)
    assert done.returncode == -signal.SIGKILL
    with opened(home) as wallet:
        assert wallet.store.check() == []
        assert set(counts(wallet).values()) == {0}
        answer = import_paths(wallet, [file], now=NOON)
        assert answer.totals.new == counts(wallet)["record"] == MANY


def test_a_stopped_import_leaves_what_was_there_before(home, file, tmp_path):
    half = write_bundle(tmp_path / "half.json", MANY // 2)
    with opened(home) as wallet:
        import_paths(wallet, [half], now=NOON)
        before = counts(wallet)
        heard = []
        with pytest.raises(CancelledError):
            import_paths(
                wallet,
                [file],
                now=NOON,
                progress=lambda _done, _total, count: heard.append(count),
                cancelled=lambda: bool(heard) and heard[-1] > MANY // 2,
            )
        assert 0 < heard[-1] < MANY
        assert counts(wallet) == before
        assert wallet.store.check() == []


def test_the_same_records_add_no_record_however_they_are_written(home, file, tmp_path):
    again = tmp_path / "again.json"
    again.write_text(json.dumps(json.loads(file.read_bytes()), indent=4))
    with opened(home) as wallet:
        import_paths(wallet, [file], now=NOON)
        before = counts(wallet)
        assert import_paths(wallet, [file], now=NOON).totals.same == MANY
        assert counts(wallet) == before
        assert import_paths(wallet, [again], now=NOON).totals.same == MANY
        after = counts(wallet)
        assert (after["record"], after["version"]) == (MANY, MANY)
        assert after["words"] == before["words"]
