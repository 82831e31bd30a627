"""A ledger with three witnesses in memory, under a clock that tests turn."""

import base64
from datetime import timedelta

from wallet.errors import TurnedAwayError, UnreachableError
from wallet.keys.derivation import expand
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    cosign,
    note_text,
    sign_log,
    vkey_for,
)
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tiles import WIDTH, encode_bundle
from wallet.ledger.tree import Tree

WITNESSES = ("w1", "w2", "w3")


def signer_of(name):
    return Signer.from_seed(expand(name.encode().ljust(32, b"."), "simulated"))


def greased(lines):
    """Signature lines, and some that nobody may trip over, as Sunlight's logs do.

    An unknown name, a known name under an unknown key id, a kind still to come.
    """
    known, _, own = lines[0].decode().rpartition(" ")
    of_another_key = base64.b64encode(b"grse" + base64.b64decode(own)[4:]).decode()
    later = base64.b64encode(b"\xfa\xfb\xfc\xfd" + bytes(4_000)).decode()
    return [
        "\N{EM DASH} grease.invalid/one Z3JlYXNl\n".encode(),
        *lines,
        f"{known} {of_another_key}\n".encode(),
        f"\N{EM DASH} grease.invalid/kind-to-come {later}\n".encode(),
    ]


class LedgerSimulator:
    """One log: `submit`, `publish`, and the public files as a sync Source.

    Knobs: ``stalled`` (publishing does nothing), ``witnesses_up`` (who cosigns),
    ``reachable``, `fork` (another history, signed all the same) and `rewrite` (files
    that are no longer what was signed).
    """

    def __init__(self, origin, now):
        self.origin = origin
        self.now = now
        self.stalled = False
        self.reachable = True
        self.witnesses_up = set(WITNESSES)
        self.key = signer_of(f"log {origin}")
        self.witness_keys = {name: signer_of(name) for name in WITNESSES}
        self.notes = []
        self.asked = []
        self._entries = []
        self._index = {}
        self._served = []
        self._served_size = 0
        self._note = self._sign([])

    @property
    def policy(self):
        """The trust file: 2 of 3."""
        return self._policy("group witnesses 2 w1 w2 w3\nquorum witnesses\n")

    @property
    def policy_without_quorum(self):
        return self._policy("quorum none\n")

    @property
    def size(self):
        """How many entries are published."""
        return self._served_size

    def advance(self, **by):
        """Turn the clock: seconds=, hours=, ..."""
        self.now += timedelta(**by)

    def submit(self, entry):
        """Take an entry; the same bytes get the same index again."""
        leaf = leaf_hash(entry)
        if leaf not in self._index:
            self._index[leaf] = len(self._entries)
            self._entries.append(entry)
        return self._index[leaf]

    def append(self, entry):
        """Take an entry without looking for a copy, as a careless log would."""
        self._entries.append(entry)
        return len(self._entries) - 1

    def publish(self):
        """Sign what was submitted, with every witness that is up; answer the note."""
        if not self.stalled:
            self._served = list(self._entries)
            self._served_size = len(self._served)
            self._note = self._sign(self._served)
            self.notes.append(self._note)
        return self._note

    def fork(self, at=0):
        """Go on from another history, that differs from entry *at* on."""
        self._entries[at] = self._entries[at][:-1] + b"\xff"
        return self.publish()

    def rewrite(self, index, data):
        """Serve other bytes for an entry, under the old checkpoint."""
        self._served[index] = data

    def drop(self, index):
        """Serve the files without an entry, under the old checkpoint."""
        del self._served[index]

    def insert(self, index, data):
        """Serve the files with one entry more, under the old checkpoint."""
        self._served.insert(index, data)

    def checkpoint(self):
        """The newest note."""
        self._ask("checkpoint")
        return self._note

    def bundle(self, n, width):
        """Entry bundle *n*; a partial is gone as soon as the bundle is full."""
        self._ask(f"bundle {n} {width}")
        held = self._served[n * WIDTH : (n + 1) * WIDTH]
        extra = max(len(self._served) - self._served_size, 0)
        gone = width < WIDTH and len(held) == WIDTH
        if not held or gone or width > len(held) + WIDTH:
            raise TurnedAwayError(404, "no such bundle")
        last = n == (self._served_size - 1) // WIDTH
        return encode_bundle(held[: width + (extra if last else 0)])

    def tile(self, level, n, width):
        """Hashes over the files as they are served."""
        self._ask(f"tile {level} {n} {width}")
        hashes = [*map(leaf_hash, self._served)]
        for _ in range(level):
            whole = range(0, len(hashes) - WIDTH + 1, WIDTH)
            hashes = [Tree(hashes[at : at + WIDTH]).root() for at in whole]
        return b"".join(hashes[n * WIDTH : n * WIDTH + width])

    def _ask(self, what):
        self.asked.append(what)
        if not self.reachable:
            raise UnreachableError("ledger")

    def _sign(self, entries):
        return self.sign(len(entries), Tree(map(leaf_hash, entries)).root())

    def sign(self, size, root):
        """A checkpoint over anything, signed by the log and all witnesses up."""
        text = note_text(Checkpoint(self.origin, size, root))
        lines = [sign_log(self.key, self.origin, text)]
        seconds = int(self.now.timestamp())
        for place, name in enumerate(WITNESSES):
            if name in self.witnesses_up:
                key = self.witness_keys[name]
                lines.append(cosign(key, f"{name}.test", text, seconds - place))
        return text + b"\n" + b"".join(greased(lines))

    def _policy(self, quorum):
        lines = [f"log {vkey_for(self.origin, LOG_KIND, self.key.public).text}\n"]
        for name, key in self.witness_keys.items():
            vkey = vkey_for(f"{name}.test", COSIGNATURE_KIND, key.public)
            lines.append(f"witness {name} {vkey.text}\n")
        return "".join(lines) + quorum
