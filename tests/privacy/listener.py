"""A ledger and a relay on loopback that write down all they can see, but no address."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from tests.support.ledger_simulator import LedgerSimulator
from wallet.cbor import decode, encode
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tiles import parse_path

DIFFICULTY = 4
DEPOSITS = "/v1/packages"


@dataclass(frozen=True)
class Seen:
    """One request as a server can log it; *wire* numbers the connection."""

    wire: int
    path: str
    stamp: str
    body: bytes = field(repr=False)


class Listener:
    """Serves one origin and one relay; `seen` is the request log."""

    def __init__(self, origin, now):
        self.ledger = LedgerSimulator(origin, now)
        self.seen = []
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
        with self._lock:
            self.seen.append(seen)
            return self._answer(seen.path.removeprefix("/"), seen.body)

    def _answer(self, path, body):
        first = next(one for one in self._answers() if path.startswith(one))
        return self._answers()[first](path, body)

    def _answers(self):
        return {
            "checkpoint": lambda _path, _body: self.ledger.checkpoint(),
            "tile": lambda path, _body: self._file(*parse_path(path)),
            "log.json": lambda *_: orjson.dumps({"difficulty": DIFFICULTY}),
            "v1/entries": lambda _path, body: orjson.dumps(
                {"index": self.ledger.submit(body)}
            ),
            "v1/details/": lambda *_: encode([]),
            "v1/details": lambda *_: encode([0]),
            "": lambda *_: b"",
        }

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
        seen = Seen(self.wire, self.path, stamp, self.rfile.read(size))
        data = self.listener.answer(seen)
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET  # noqa: N815 - as the library calls it

    def log_message(self, *_):
        """The log is `seen`."""


def deposit_of(body):
    """The leaf a deposit is about, and its parts: order and package."""
    size = int.from_bytes(body[:4], "big")
    _, entry, order = decode(body[4 : 4 + size])
    return leaf_hash(entry), order, body[4 + size :]
