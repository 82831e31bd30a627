"""Witnesses that are slow or lie, as real servers of this machine."""

import base64
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import COSIGNATURE_KIND, cosign, parse_note, vkey_for

NAME = "bad.test/w"
KEY, STRANGER = Signer.from_seed(b"b" * 32), Signer.from_seed(b"s" * 32)
VKEY = vkey_for(NAME, COSIGNATURE_KIND, KEY.public)
SECONDS = 1_800_000_000


class BadWitness:
    """One witness; `way` is what it does with every request just now.

    "quiet" never answers, "drip" sends a byte now and then; both until `behave`.
    """

    def __init__(self):
        self.way, self.asked, self.over = "good", 0, threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(404)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.asked += 1
                with suppress(OSError):
                    getattr(outer, f"_{outer.way}")(self, body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def behave(self, way):
        """Go on in another way; whoever is kept waiting is let go."""
        self.way = way
        self.over.set()
        self.over = threading.Event()

    def close(self):
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _good(self, handler, body):
        _send(handler, 200, cosign(KEY, NAME, _note(body).text, SECONDS))

    def _quiet(self, _handler, _body):
        over = self.over
        over.wait(300)

    def _drip(self, handler, _body):
        handler.send_response(200)
        handler.send_header("content-length", "60000")
        handler.end_headers()
        over = self.over
        for _ in range(3_000):
            handler.wfile.write(b"x")
            if over.wait(0.1):
                return

    def _wrong_key(self, handler, body):
        """Its own name and key id over a stranger's signature."""
        text = _note(body).text
        head = base64.b64decode(cosign(KEY, NAME, text, SECONDS).split()[-1])[:12]
        other = base64.b64decode(cosign(STRANGER, NAME, text, SECONDS).split()[-1])
        line = base64.b64encode(head + other[12:]).decode()
        _send(handler, 200, f"\N{EM DASH} {NAME} {line}\n".encode())

    def _stranger(self, handler, body):
        """A good line of somebody who is no witness here."""
        _send(handler, 200, cosign(STRANGER, "other.test", _note(body).text, SECONDS))

    def _other_note(self, handler, body):
        text = _note(body).text.replace(b"\n", b"\n1", 1)
        _send(handler, 200, cosign(KEY, NAME, text, SECONDS))

    def _time_zero(self, handler, body):
        text = _note(body).text
        signed = KEY.sign(b"cosignature/v1\ntime 0\n" + text)
        head = base64.b64decode(cosign(KEY, NAME, text, SECONDS).split()[-1])[:4]
        line = base64.b64encode(head + bytes(8) + signed).decode()
        _send(handler, 200, f"\N{EM DASH} {NAME} {line}\n".encode())

    def _huge_size(self, handler, _body):
        _send(handler, 409, b"9" * 4_400, kind="text/x.tlog.size")

    def _larger(self, handler, _body):
        _send(handler, 409, b"9223372036854775807\n", kind="text/x.tlog.size")

    def _no_size(self, handler, _body):
        _send(handler, 409, "\u0661\u0662\n".encode(), kind="text/x.tlog.size")

    def _garbage(self, handler, _body):
        _send(handler, 200, bytes(range(256)) * 200)

    def _too_long(self, handler, _body):
        _send(handler, 200, "\N{EM DASH} x eA==\n".encode() * 9_000)

    def _no_http(self, handler, _body):
        handler.wfile.write(b"\x00\xff" * 4_000)
        handler.close_connection = True


def _note(body):
    return parse_note(body.partition(b"\n\n")[2])


def _send(handler, status, body, *, kind="text/plain"):
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
