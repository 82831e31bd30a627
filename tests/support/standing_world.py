"""The demo's own world, in processes of its own, and commands given to it."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.wallets import bundle, observation
from wallet.actions.demo.building import build
from wallet.actions.demo.children import Children, ask
from wallet.actions.demo.parties import Party
from wallet.actions.patient.home import PatientHome, open_wallet

PROJECT = Path(__file__).parent.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}


class Standing:
    """What runs, and how to ask it."""

    def __init__(self, world, children):
        self.world, self.children = world, children

    def wallet(self, folder, *, records=3):
        """Another patient, who trusts the same ledger and has a few records."""
        home, secret, file = folder / "home", folder / "phrase", folder / "records"
        secret.write_text("ripe barley, still water\n")
        one = Party(name="Noor", home=home, passphrase_file=secret)
        trust = self.world.patient.home / "trust"
        done(one, "init", "--trust", trust)
        # `init --trust` takes what a wallet needs and nothing else.
        file.write_text(json.dumps(bundle(*map(observation, range(records)))))
        done(one, "import", file)
        done(one, "sync")
        return one


@contextmanager
def standing(folder):
    with Children(folder / "logs") as children:
        today = datetime.now(UTC).date()
        world = build(folder, children, today=today, say=lambda _line: None)
        yield Standing(world, children)


def say(party, *words):
    """One command of *party*."""
    return ask(*words, home=party.home, passphrase_file=party.passphrase_file)


def done(party, *words):
    """One command that must not fail."""
    said = say(party, *words)
    assert said.code == 0, said.data
    return said.data


def settled(party, grant, *, within=60):
    """Send until nothing of a permission waits; how it then stands."""
    deadline = time.monotonic() + within
    while True:
        say(party, "sync")
        found = done(party, "grant", "list")["grants"]
        mine = next(one for one in found if one["id"] == grant)
        if mine["pending"] is None:
            return mine
        assert time.monotonic() < deadline, mine
        time.sleep(0.3)


@contextmanager
def vault(party):
    """The wallet of *party*, opened in this process to look at what it keeps."""
    phrase = party.passphrase_file.read_text().splitlines()[0]
    with open_wallet(PatientHome(party.home), passphrase=phrase) as wallet:
        yield wallet


def killed_at(point, party, *words):
    """One command that ends itself without warning at a named point."""
    given = ["--json", "--home", party.home, "--passphrase-file", party.passphrase_file]
    return subprocess.run(
        [sys.executable, "-m", "tests.support.kill_at", point, *given, *words],
        cwd=PROJECT,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        timeout=120,
    )
