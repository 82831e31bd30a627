"""A ledger and its witnesses as processes of their own, on this machine."""

import json
import subprocess
import sys
import time
from contextlib import closing

from wallet.errors import TurnedAwayError, UnreachableError, WalletError
from wallet.keys.signing import Signer
from wallet.ledger import tiles
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import build_receipt
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.tile_tree import TileTree

ORIGIN = "ledger.test/demo"
_HEARTWOOD = [sys.executable, "-m", "wallet", "--json"]


def receipt(number):
    """An entry nobody else makes; each number has its own."""
    key = Signer.from_seed(number.to_bytes(32, "big"))
    commitment = number.to_bytes(32, "little")
    return build_receipt(
        key, origin=ORIGIN, commitment=commitment, nonce=number.to_bytes(16, "big")
    )


class Process:
    """One server; `said` is its first line, *log* a file for the lines of its log."""

    def __init__(self, *words, before=(), log=None):
        """*before* are words of a program that starts it, such as faketime."""
        self.words, self.before, self.log = words, before, log
        self.begin()

    def start(self):
        self.begin()
        self.hear()

    def begin(self):
        errors = None if self.log is None else self.log.open("a")
        self.process = subprocess.Popen(
            [*self.before, *_HEARTWOOD, *self.words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        if errors is not None:
            errors.close()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise AssertionError(f"{self.words} did not listen")
        self.said = json.loads(line)

    def lines(self):
        """What its log has said."""
        text = self.log.read_text().splitlines()
        return [json.loads(one)["said"] for one in text if one.startswith("{")]

    def kill(self):
        self.process.kill()
        self._gone()

    def stop(self):
        self.process.terminate()
        return self._gone()

    def _gone(self):
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


def run(*words, before=()):
    """A command to its end: exit code and object."""
    done = subprocess.run(
        [*before, *_HEARTWOOD, *words], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def health_of(url, *, patience=60.0):
    """What a server says of its health, be it well or not."""
    give_up = time.monotonic() + patience
    with closing(Http("ledger")) as http:
        while True:
            try:
                return json.loads(http.get(f"{url}/health", cap=2_000))
            except TurnedAwayError as turned:
                return json.loads(turned.detail)
            except UnreachableError:
                if time.monotonic() > give_up:
                    raise


class LedgerWorld:
    """One ledger, three witnesses, two of which make a quorum.

    *store* are the words that say where the ledger is kept; *also* are words more for
    each of them, such as "--ml-dsa".
    """

    def __init__(self, folder, *also, store=()):
        self.store, self._also = store, also
        self.home = folder / "ledger"
        _, said = run("--home", str(self.home), "ledger", "key", "--origin", ORIGIN)
        self.vkey = said["vkey"]
        self.witnesses = [self._witness(folder, n) for n in range(3)]
        for one in self.witnesses:
            one.hear()
        self.server = self._process(*self.serve_words(), name="ledger")
        self.server.hear()
        self.policy = Policy.parse(self.server.said["policy"])
        self.client = LedgerClient(self.server.said["url"])

    def serve_words(self):
        words = ["--home", str(self.home), "ledger", "serve", "--interval", "0.2"]
        words += self.store
        for one in self.witnesses:
            for vkey in one.said["vkeys"]:
                words += ["--witness", f"{vkey}={one.said['url']}"]
        return [*words, *self._also]

    def restart(self):
        self.client.close()
        self.server.start()
        self.client = LedgerClient(self.server.said["url"])

    def close(self):
        self.client.close()
        for one in (self.server, *self.witnesses):
            if one.process.poll() is None:
                one.stop()

    def note(self):
        """The published note, under its policy."""
        note = parse_note(self.client.checkpoint())
        assert self.policy.accept(note) is not None
        return note

    def published(self, index, *, patience=20.0):
        """Wait for a note that covers *index*."""
        give_up = time.monotonic() + patience
        while True:
            try:
                note = self.note()
                if note.checkpoint.size > index:
                    return note
            except (TurnedAwayError, UnreachableError):
                pass
            if time.monotonic() > give_up:
                raise AssertionError("nothing was published")
            time.sleep(0.05)

    def submit(self, entry, *, patience=20.0):
        """Ask until it is taken."""
        give_up = time.monotonic() + patience
        while True:
            try:
                return self.client.submit(entry)
            except WalletError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)

    def tree(self, size):
        """The tree as a stranger reads it from the public tiles."""

        def tile(level, n):
            width = min((size >> 8 * level) - 256 * n, 256)
            return self.client.tile(level, n, width)

        return TileTree(tile)

    def entries(self, size):
        found = []
        while len(found) < size:
            n = len(found) // 256
            bundle = self.client.bundle(n, min(size - 256 * n, 256))
            found += tiles.decode_bundle(bundle)
        return found[:size]

    def _witness(self, folder, number):
        home, name = str(folder / f"witness-{number}"), f"witness-{number}"
        words = ("--name", name, "--log", self.vkey, *self._also)
        return self._process("--home", home, "ledger", "witness", *words, name=name)

    def _process(self, *words, name):
        return Process(*words)
