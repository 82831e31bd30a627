"""The demo's parties, each a process, for patients who begin with a folder of trust."""

import shutil
from datetime import UTC, datetime

from wallet.actions.demo.building import build
from wallet.actions.demo.children import ask


class Town:
    def __init__(self, folder, children):
        self.children, self.folder = children, folder
        today = datetime.now(UTC).date()
        self.world = build(folder, children, today=today, say=lambda _line: None)

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
