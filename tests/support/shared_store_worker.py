"""A front end and integrator that dies at a named step; made to be killed.

Run as a program with the address of a database. For every line of input, a point as
`tests.support.kill_at` names it, a child appends, integrates and signs until it dies
there. Its lines: ``ack INDEX TEXT``, ``signed SIZE ROOT``, ``gone``.
"""

import os
import sys

from tests.support.crash_worker import LOG, ORIGIN, say
from tests.support.kill_at import die_at
from wallet.ledger.checkpoint import Checkpoint, parse_note
from wallet.server.log.last_note_postgresql import PostgresqlLastNote
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_postgresql import open_storage

_MOST = 20  # rounds; every point comes long before


def opened(url):
    storage = open_storage(url, origin=ORIGIN)
    return storage, SignLock(PostgresqlLastNote(url, origin=ORIGIN), LOG)


def work(url, point):
    storage, lock = opened(url)
    for turn in range(_MOST):
        if turn == 1:
            die_at(point)
        texts = [f"entry-{os.getpid()}-{turn}-{n}" for n in range(100)]
        for batch in (texts[:50], [*texts[50:], texts[0]]):  # new ones, and a copy
            placed = storage.append([Admitted(data=text.encode()) for text in batch])
            for index, text in zip(placed, batch, strict=True):
                say("ack", index, text)
        size = storage.integrate()
        note = lock.sign(
            Checkpoint(ORIGIN, size, storage.tree.root(size)), storage.tree
        )
        say("signed", size, parse_note(note).checkpoint.root.hex())


def main():
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(sys.argv[1], line.strip())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say("gone", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
