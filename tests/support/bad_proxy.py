"""A proxy between a reader and a server that cuts answers short or turns a bit."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

KINDS = {
    "checkpoint": lambda path: path.endswith("/checkpoint"),
    "bundle": lambda path: "/tile/entries/" in path,
    "tile": lambda path: "/tile/" in path and "/entries/" not in path,
}


class BadProxy:
    """Forwards reads to `upstream`; `harm` says to which kind it does what.

    "torn": the connection ends in the middle; "cut": half of it, as if that were all;
    "bit": one bit turned; "empty": nothing at all.
    """

    def __init__(self, upstream):
        self.upstream, self.kind, self.way = upstream, None, None
        self.harmed = 0
        outer, self._pool = self, urllib3.PoolManager(retries=False)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer._answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def harm(self, kind, way):
        self.kind, self.way, self.harmed = kind, way, 0

    def heal(self):
        self.kind = self.way = None

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._pool.clear()

    def _answer(self, handler):
        answer = self._pool.request("GET", self.upstream + handler.path)
        body, length = answer.data, len(answer.data)
        if self.kind and answer.status == 200 and KINDS[self.kind](handler.path):
            self.harmed += 1
            body, length = self._harmed(body)
        handler.send_response(answer.status)
        handler.send_header("content-length", str(length))
        handler.end_headers()
        handler.wfile.write(body)

    def _harmed(self, body):
        half = len(body) // 2
        match self.way:
            case "torn":
                return body[:half], len(body)
            case "cut":
                return body[:half], half
            case "bit":
                turned = body[:half] + bytes([body[half] ^ 4]) + body[half + 1 :]
                return turned, len(turned)
            case "empty":
                return b"", 0
