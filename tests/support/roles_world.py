"""A ledger, three witnesses, a mirror and whoever else asks, as processes."""

import base64
import time
from pathlib import Path

from tests.support.ledger_servers import ORIGIN, Process, run
from tests.support.ports import free_port
from wallet.errors import TurnedAwayError, UnreachableError, WalletError
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.sources import mirror_prefix
from wallet.ledger.tile_tree import TileTree

PATIENCE = 60.0


def until(ask, *, patience=PATIENCE):
    """Ask until the answer is truthy; what goes wrong meanwhile is asked again."""
    give_up = time.monotonic() + patience
    while True:
        try:
            if found := ask():
                return found
        except (TurnedAwayError, UnreachableError):
            pass
        if time.monotonic() > give_up:
            raise AssertionError("it never came")
        time.sleep(0.05)


class RolesWorld:
    """One ledger at a fixed address, witnesses, and a mirror outside the quorum.

    ``quorum`` may ask for the mirror too: "most" (the witnesses alone) or "both".
    """

    def __init__(self, folder, *, quorum="most"):
        self.folder = Path(folder)
        self.home = self.folder / "ledger"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.mirror_url = f"http://127.0.0.1:{free_port()}"
        _, said = run("--home", str(self.home), "ledger", "key", "--origin", ORIGIN)
        self.vkey = said["vkey"]
        self.witnesses = [self._witness(n) for n in range(3)]
        for one in self.witnesses:
            one.hear()
        words = ("--home", str(self.folder / "mirror"), "ledger", "key")
        _, said = run(*words, "--mirror", "mirror.test/m1")
        self.mirror_vkey = Vkey.parse(said["vkey"])
        self.policy_path = self.folder / "ledger.policy"
        self.policy_path.write_text(self._policy(quorum))
        self.policy = Policy.parse(self.policy_path.read_text())
        self.mirror = Process(*self.mirror_words())
        self.mirror.hear()
        self.server = Process(*self.serve_words())
        self.server.hear()
        self.client = LedgerClient(self.url)
        self.mirrored = LedgerClient(mirror_prefix(self.mirror_url, ORIGIN))

    def serve_words(self):
        port = self.url.rpartition(":")[2]
        words = ["--home", str(self.home), "ledger", "serve", "--interval", "0.3"]
        return [*words, "--port", port, "--policy", str(self.policy_path)]

    def mirror_words(self):
        port = self.mirror_url.rpartition(":")[2]
        words = ["--home", str(self.folder / "mirror"), "ledger", "mirror"]
        words += ["--name", "mirror.test/m1", "--policy", str(self.policy_path)]
        return [*words, "--from", self.url, "--interval", "0.2", "--port", port]

    def close(self):
        self.client.close()
        self.mirrored.close()
        for one in (self.server, self.mirror, *self.witnesses):
            if one.process.poll() is None:
                one.stop()

    def submit(self, entry):
        """Ask until it is taken."""

        def ask():
            try:
                return [self.client.submit(entry)]
            except WalletError:
                return None

        return until(ask)[0]

    def published(self, index, client=None):
        """Wait for a quorum note that covers *index*."""
        asked = client or self.client

        def ask():
            note = parse_note(asked.checkpoint())
            self.policy.accept(note)
            return note if note.checkpoint.size > index else None

        return until(ask)

    def tree(self, size):
        """The tree as a stranger reads it from the public tiles."""

        def tile(level, n):
            width = min((size >> 8 * level) - 256 * n, 256)
            return self.client.tile(level, n, width)

        return TileTree(tile)

    def _witness(self, number):
        home, name = str(self.folder / f"witness-{number}"), f"witness-{number}"
        words = ("--name", name, "--log", self.vkey)
        return Process("--home", home, "ledger", "witness", *words)

    def _policy(self, quorum):
        lines = [f"log {self.vkey}"]
        for n, one in enumerate(self.witnesses):
            lines.append(f"witness w{n} {one.said['vkey']} {one.said['url']}")
        lines.append(f"witness m1 {self.mirror_vkey.text} {self.mirror_url}")
        lines += ["group most 2 w0 w1 w2", "group mirrors any m1"]
        if quorum == "both":
            lines.append("group both all most mirrors")
        return "\n".join([*lines, f"quorum {quorum}", ""])


def lines_of(note, vkey):
    """The lines under a note that claim to be of *vkey*."""
    wanted = (vkey.name, vkey.key_id)
    return [line for line in note.lines if (line.name, line.key_id) == wanted]


def old_request(old, note, path=()):
    """An add-checkpoint request."""
    return b"\n".join([b"old %d" % old, *map(base64.b64encode, path)]) + b"\n\n" + note
