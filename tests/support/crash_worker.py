"""Appends, signs and cosigns as fast as it can, and says so; made to be killed.

Run as a program: for every line of input a new child works in the folder given until
somebody kills it. Its lines: ``ack INDEX TEXT``, ``signed SIZE ROOT``, ``seen SIZE``.
"""

import base64
import os
import sys
from pathlib import Path

from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import LOG_KIND, Checkpoint, parse_note, vkey_for
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.server.witness.witness import Witness

ORIGIN = "ledger.test/crash"
LOG = Signer.from_seed(b"l" * 32)


def witness(folder):
    return Witness(
        folder / "witness.db",
        name="witness.test",
        signer=Signer.from_seed(b"w" * 32),
        logs=[vkey_for(ORIGIN, LOG_KIND, LOG.public)],
    )


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def work(folder):
    storage = SqliteStorage(folder / "ledger.db")
    lock = SignLock(SqliteLastNote(folder / "signed.db"), LOG)
    seer = witness(folder)
    while True:
        size = storage.size
        texts = [f"entry-{size + n}-{os.getpid()}" for n in range(3)]
        placed = storage.append([Admitted(data=text.encode()) for text in texts])
        for index, text in zip(placed, texts, strict=True):
            say("ack", index, text)
        size = storage.size
        note = lock.sign(
            Checkpoint(ORIGIN, size, storage.tree.root(size)), storage.tree
        )
        say("signed", size, parse_note(note).checkpoint.root.hex())
        old = known(seer)
        path = storage.tree.consistency(old, size)
        lines = [b"old %d" % old, *map(base64.b64encode, path)]
        seer.add_checkpoint(b"\n".join(lines) + b"\n\n" + note, seconds=1_800_000_000)
        say("seen", size)


def known(seer):
    """The size a witness has cosigned."""
    row = seer._growth._db.execute("SELECT size FROM seen").fetchone()
    return row[0] if row else 0


def main():
    folder = Path(sys.argv[1])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(folder)
        say("child", child)
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main()
