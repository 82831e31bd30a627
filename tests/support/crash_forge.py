"""Forks whole servers that end by SIGKILL at a named point; made to be restarted.

Run as a program: it has read all modules, so that a restart costs milliseconds. A line
of input is a JSON object: ``role``, ``point`` (or null), ``call``, and what the role
needs; with ``group`` it is that process group, PostgreSQL's, that ends at the point.
Its lines are JSON too: what a child announces (``url``), each signature that was made
(``signed``, ``root``) even if it was kept nowhere, and that a child is ``gone``.
"""

import json
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from tests.support.kill_at import die_at, this_process
from wallet.actions.operator.ledger import serve_ledger
from wallet.actions.operator.listening import Listening
from wallet.actions.operator.stores import Stores
from wallet.actions.operator.witness import serve_witness
from wallet.ledger.checkpoint import Vkey
from wallet.server.log import recent_leaves, sign_lock
from wallet.server.log.publisher import Pace

LEAVES = 50  # that wait in memory: a round should list some
INTERVAL = 0.02  # seconds between two notes: a round should meet several


def say(**facts):
    os.write(1, json.dumps(facts).encode() + b"\n")


def serve(asked):
    """One whole server, in this very process, until it dies."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    recent_leaves.MOST = LEAVES
    kill = partial(_end, asked["group"]) if asked.get("group") else this_process
    if asked["point"] is not None:
        die_at(asked["point"], call=asked["call"], kill=kill)
    home, role = Path(asked["home"]), asked["role"]

    def announce(said):
        say(role=role, url=said["url"])

    if role == "witness":
        serve_witness(
            home,
            name="witness.test",
            logs=[Vkey.parse(asked["log"])],
            at=Listening(port=asked["port"]),
            announce=announce,
        )
    else:
        _tell_of_signatures()
        serve_ledger(
            home,
            origin=None,
            policy=None,
            witnesses=[(Vkey.parse(asked["witness"]), asked["url"])],
            at=Listening(),
            pace=Pace(interval=INTERVAL),
            stores=Stores(store=asked["store"]),
            announce=announce,
        )


def _end(group):
    os.killpg(group, signal.SIGKILL)
    say(role="postgresql", gone=-signal.SIGKILL)


def _tell_of_signatures():
    whole = sign_lock.sign_log

    def telling(signer, name, text):
        line = whole(signer, name, text)
        _, size, root, *_ = text.decode().split("\n")
        say(signed=int(size), root=root)
        return line

    sign_lock.sign_log = telling


def _await(role, child):
    _, status = os.waitpid(child, 0)
    say(role=role, gone=os.waitstatus_to_exitcode(status))


def main():
    children = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["role"] == "kill":
            os.kill(children[asked["whom"]], signal.SIGKILL)
            continue
        child = os.fork()
        if child == 0:
            serve(asked)
            os._exit(1)
        children[asked["role"]] = child
        threading.Thread(target=_await, args=(asked["role"], child)).start()


if __name__ == "__main__":
    main()
