"""A ledger and a relay on loopback that write down all they can see, but no address.

They answer as the real ones do and obey no rule that protects anybody. They also try:
every caller is asked for another amount of work, by which its stamps could be known
again, and now and then an answer is kept back, so that a message has to come twice.
"""

import random
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from tests.support.ledger_simulator import LedgerSimulator
from wallet.cbor import decode, encode
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tiles import parse_path
from wallet.ledger.tree import Tree
from wallet.statement import peek

DIFFICULTIES = (1, 4, 7, 10, 13)
DEPOSITS = "/v1/packages"
LOST = 0.06  # of the messages of patients: their answers never arrive
_BUCKET = 256
_HEAD = 4_096  # of a package: the rest is noise, and its size is written down


@dataclass(frozen=True)
class Seen:
    """One request as a server can log it; *wire* numbers the connection."""

    wire: int
    path: str
    stamp: str
    size: int
    body: bytes = field(repr=False)


class LongLedger(LedgerSimulator):
    """The same ledger; its tree is hashed once and not for every checkpoint."""

    def __init__(self, *given):
        self._tree = Tree()
        super().__init__(*given)

    def _sign(self, entries):
        self._tree.extend(map(leaf_hash, entries[len(self._tree) :]))
        return self.sign(len(entries), self._tree.root())


class Relay:
    """Keeps packages, gives them and their shares out, and keeps details."""

    def __init__(self):
        self._packages, self._shares = {}, {}
        self._details, self._releases = {}, {}

    def deposit(self, body):
        leaf, order, package = deposit_of(body)
        said = peek(order)
        self._packages[said[40]] = package
        self._shares[leaf, said[40]] = said[43]
        return b""

    def package(self, name):
        return self._packages[bytes.fromhex(name)]

    def release(self, body):
        leaf, name, place, _path, entry, _proof, _salt, sealed, _manner = decode(body)
        self._details[peek(entry)[6]] = sealed
        self._releases.setdefault(leaf, []).append([place, 0, 0])
        return self._shares[leaf, name]

    def releases(self, body):
        _origin, entry, _statement = decode(body)
        return encode(self._releases.get(leaf_hash(entry), []))

    @property
    def bits(self):
        """The narrowest bucket, as a curious relay would have it."""
        return max(0, (len(self._details) // _BUCKET).bit_length() - 1)

    def bucket(self, bits, number):
        return encode(
            [
                [name, sealed]
                for name, sealed in self._details.items()
                if int.from_bytes(name[:4], "big") >> (32 - bits) == number
            ]
        )

    def forget(self):
        """Let go of the packages: nobody will come for them any more."""
        self._packages.clear()


class Listener:
    """Serves one origin and one relay; `seen` is the request log."""

    def __init__(self, origin, now, *, seed=1):
        self.ledger, self.relay = LongLedger(origin, now), Relay()
        self.seen, self.losing = [], False
        self._chance = random.Random(seed)  # noqa: S311 - nothing of it is secret
        self._lock = threading.Lock()
        self._wires = 0
        handler = type("Handler", (_Handler,), {"listener": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def number(self):
        with self._lock:
            self._wires += 1
            return self._wires

    def answer(self, seen):
        """What to answer; None where the caller is left without one."""
        with self._lock:
            self.seen.append(seen)
            head, _, rest = seen.path.removeprefix("/").partition("/")
            data = self._answer(head, rest, seen.body)
            lost = self.losing and seen.body and self._chance.random() < LOST
            return None if lost else data

    def _answer(self, head, rest, body):
        if head == "v1":
            return self._of_v1(rest.split("/"), body)
        match head:
            case "checkpoint":
                return self.ledger.checkpoint()
            case "log.json":
                return orjson.dumps({"difficulty": self._chance.choice(DIFFICULTIES)})
            case _:
                return self._file(*parse_path(f"{head}/{rest}"))

    def _of_v1(self, words, body):
        answers = {
            ("entries", 1): lambda: self._take(body),
            ("packages", 1): lambda: self.relay.deposit(body),
            ("packages", 2): lambda: self.relay.package(words[1]),
            ("releases", 1): lambda: self.relay.release(body),
            ("notices", 1): lambda: self.relay.releases(body),
            ("orders", 1): lambda: self.relay.releases(body),
            ("checkpoints", 2): self.ledger.checkpoint,
            ("details", 1): lambda: encode([self.relay.bits]),
            ("details", 3): lambda: self.relay.bucket(*map(int, words[1:])),
        }
        return answers.get((words[0], len(words)), bytes)()

    def _take(self, entry):
        return orjson.dumps({"index": self.ledger.submit(entry)})

    def _file(self, level, n, width):
        if level is None:
            return self.ledger.bundle(n, width)
        return self.ledger.tile(level, n, width)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    listener = None

    def setup(self):
        super().setup()
        self.wire = self.listener.number()

    def do_GET(self):
        size = int(self.headers.get("content-length", 0))
        stamp = self.headers.get("x-heartwood-stamp", "")
        body = self.rfile.read(size)
        data = self.listener.answer(Seen(self.wire, self.path, stamp, size, body))
        if data is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_message(self, *_):
        """The log is `seen`."""


def shortened(seen):
    """The same request without the noise that a package is."""
    if seen.path != DEPOSITS:
        return seen
    return Seen(seen.wire, seen.path, seen.stamp, seen.size, seen.body[:_HEAD])


def deposit_of(body):
    """The leaf a deposit is about, and its parts: order and package."""
    size = int.from_bytes(body[:4], "big")
    _, entry, order = decode(body[4 : 4 + size])
    return leaf_hash(entry), order, body[4 + size :]
