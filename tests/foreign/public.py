"""The public side of one running ledger, and a server that repeats it but for a lie."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.ledger_servers import LedgerWorld, receipt
from wallet.keys import keyfile
from wallet.keys.mldsa import MldsaSigner
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    Checkpoint,
    cosign,
    cosign_mldsa,
    note_text,
    sign_log,
)
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.ledger.tiles import WIDTH, bundle_path, tile_path

EARLIER, LATER = 270, 600  # entries at the first checkpoint and at the second
QUORUM = 2


@dataclass(frozen=True)
class Public:
    """What anybody can fetch, and what one author holds besides."""

    url: str
    log: str
    witnesses: tuple[str, ...]
    mldsa: tuple[str, ...]
    older: str
    index: int
    entry: bytes
    proof: str
    files: dict[str, bytes]

    @property
    def size(self):
        """Entries under the newest checkpoint."""
        return int(self.files["checkpoint"].split(b"\n")[1])

    def subject(self):
        """What a stranger is handed (`subject` in sumdb.go)."""
        return json.dumps(
            {
                "URL": self.url,
                "Log": self.log,
                "Witnesses": self.witnesses,
                "MLDSA": self.mldsa,
                "Quorum": QUORUM,
                "Older": self.older,
                "Index": self.index,
                "Entry": base64.b64encode(self.entry).decode(),
                "Proof": self.proof,
            }
        )

    def but(self, *, files=None, **other):
        """The same with one thing changed."""
        return replace(self, files={**self.files, **(files or {})}, **other)


class Ledger:
    """A real server with three witnesses, filled in two steps.

    All of them sign with both kinds of key.
    """

    def __init__(self, folder):
        self.world = LedgerWorld(folder, "--ml-dsa")
        self._folder = folder
        self.older = self._fill(0, EARLIER)
        self.newest = self._fill(EARLIER, LATER)
        self._replica = Replica.open(
            folder / "replica",
            origin=self.newest.checkpoint.origin,
            policy=self.world.policy,
        )
        sync(self._replica, self.world.client)

    def close(self):
        """End every server."""
        self.world.close()

    def public(self, number):
        """The public side, seen by the author of receipt *number*."""
        entry = receipt(number)
        index = self.world.submit(entry)  # the same entry again: its index
        return Public(
            url=self.world.server.said["url"],
            log=self.world.vkey,
            witnesses=tuple(one.said["vkey"] for one in self.world.witnesses),
            mldsa=(
                self.world.server.said["vkeys"][1],
                *(one.said["vkeys"][1] for one in self.world.witnesses[:QUORUM]),
            ),
            older=self.older.raw.decode(),
            index=index,
            entry=entry,
            proof=self._replica.proof(index).decode(),
            files=self._files(),
        )

    def sign(self, checkpoint, *, witnesses=3):
        """A note under the true keys, whatever it says."""
        text = note_text(checkpoint)
        log = self._signer(self.world.home / "log.key")
        origin, at = checkpoint.origin, 1_800_000_000
        own = self._mldsa_signer(self.world.home / "log.ml-dsa.key")
        lines = [sign_log(log, origin, text), cosign_mldsa(own, origin, checkpoint, at)]
        for number in range(witnesses):
            home = self._folder / f"witness-{number}"
            key = self._signer(home / "witness.key")
            lines.append(cosign(key, f"witness-{number}", text, at))
            later = self._mldsa_signer(home / "witness.ml-dsa.key")
            lines.append(cosign_mldsa(later, f"witness-{number}", checkpoint, at))
        return (text + b"\n" + b"".join(lines)).decode()

    def another(self, checkpoint):
        """A checkpoint of the same size in another history."""
        return Checkpoint(checkpoint.origin, checkpoint.size, b"\x55" * 32)

    def _fill(self, start, end):
        with ThreadPoolExecutor(8) as pool:
            placed = list(pool.map(self.world.submit, map(receipt, range(start, end))))
        return self.world.published(max(placed))

    def _files(self):
        client, size = self.world.client, self.newest.checkpoint.size
        files = {"checkpoint": self.newest.raw}
        for n, width in _tiles(size):
            files[bundle_path(n, width)] = client.bundle(n, width)
            files[tile_path(0, n, width)] = client.tile(0, n, width)
        for n, width in _tiles(size // WIDTH):
            files[tile_path(1, n, width)] = client.tile(1, n, width)
        return files

    def _signer(self, path):
        return Signer.from_seed(keyfile.load(path, passphrase=None))

    def _mldsa_signer(self, path):
        return MldsaSigner.from_seed(keyfile.load(path, passphrase=None))


@contextmanager
def repeated(public):
    """Serve the files of *public*, true or not, and answer it with that address."""
    files = {f"/{path}": data for path, data in public.files.items()}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            data = files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.send_header("content-length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield replace(public, url=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _tiles(count):
    return [(n, min(count - n * WIDTH, WIDTH)) for n in range(-(-count // WIDTH))]
