"""The demo's parties, each a process, for patients who begin with a folder of trust."""

import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime

from wallet.actions.demo.building import build
from wallet.actions.demo.children import ask


class Town:
    def __init__(self, folder, children):
        self.children, self.folder = children, folder
        today = datetime.now(UTC).date()
        self.world = build(folder, children, today=today, say=lambda _line: None)
        self.ledger = children._running["ledger"].process
        self.restarted = []

    def close(self):
        for process in self.restarted:
            process.terminate()
            process.wait(10)
            process.stdout.close()

    def newcomer(self, name):
        """A home in which nobody has made a wallet yet."""
        home = self.folder / name
        home.mkdir()
        shutil.copytree(self.world.policy.parent, home / "trust")
        return home

    def desk(self, reader, *words):
        """A command of a clinic's desk, to its end."""
        party = reader.party
        return ask(
            "clinic", *words, home=party.home, passphrase_file=party.passphrase_file
        )

    def check(self, reader, file):
        """What a desk answers that has just brought its copy up to date."""
        self.desk(reader, "sync")
        return self.desk(reader, "check", file)

    def open(self, reader, file, out):
        self.desk(reader, "sync")
        return self.desk(reader, "open", file, "--out", out)

    def kill_ledger(self):
        """End it without warning."""
        self.ledger.kill()
        self.ledger.wait(10)

    def restart_ledger(self):
        """The same server again, at the same address."""
        child = self.children._running["ledger"]
        home = ("--json", "--home", str(child.home))
        self.ledger = subprocess.Popen(
            [sys.executable, "-m", "wallet", *home, *map(str, child.words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.restarted.append(self.ledger)
        assert self.ledger.stdout.readline()

    @contextmanager
    def silent_ledger(self):
        """It hears everything and says nothing while the block runs."""
        self.ledger.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.ledger.send_signal(signal.SIGCONT)
