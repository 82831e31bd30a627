"""Adding to a ledger: checked and durable, beside nothing but the signatures."""

import secrets
import sqlite3
import time
from contextlib import closing
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.bench.entries import receipts
from tests.bench.rows import (
    Row,
    beside,
    cpu_seconds,
    ratio_at_least,
    ratio_at_most,
    seconds,
)
from wallet.ledger.entry import SHAPES
from wallet.server.log import recent_leaves
from wallet.server.log.admission import Admission, Asked
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.statement import Name, parse, to_be_signed

ORIGIN = "ledger.bench/one"
POST = 100
STAMP = bytes(8)
ENTRY = 300
PER_LEAF = 34.2  # bytes besides the entry itself
_WAITING = 30  # less than a toy log has


def measure(ground):
    entries = list(receipts(ground.effort.adds, origin=ORIGIN))
    signed = [_signed(entry) for entry in entries]
    return [
        beside(
            f"checked durable adds, posts of {POST}",
            ours=lambda: _add(ground, entries),
            peer=lambda: seconds(lambda: _verify(signed)),
            peer_name="raw Ed25519 verify, one core",
            count=len(entries),
            repeats=ground.effort.repeats,
            unit="entries/s",
            wanted=ratio_at_least(0.8),
        ),
        beside(
            "  the same, by the time of the processor alone",
            ours=lambda: _add(ground, entries, seconds=cpu_seconds),
            peer=lambda: cpu_seconds(lambda: _verify(signed)),
            peer_name="raw Ed25519 verify",
            count=len(entries),
            repeats=ground.effort.repeats,
            unit="entries/s",
        ),
        _disk(ground),
    ]


def _add(ground, entries, seconds=seconds):
    """What a post of many entries costs below HTTP; every post one durable commit."""
    with closing(SqliteStorage(ground.fresh("ledger") / "ledger.db")) as storage:
        # The work in a stamp is the sender's; looking at it costs the same at 0 bits.
        free = Difficulty(fill=lambda: 0.0, clock=time.monotonic, least=0)
        admission = Admission(storage, origin=ORIGIN, difficulty=free)

        def posts():
            for at in range(0, len(entries), POST):
                post = [Asked(one, STAMP) for one in entries[at : at + POST]]
                storage.append(admission.judge_many(post, most_wrong=1))

        took = seconds(posts)
        assert storage.size == len(entries)
        return took


def _signed(entry):
    read = parse(entry, name=Name.RECEIPT, fields=SHAPES[Name.RECEIPT])
    message = to_be_signed(
        name=read.name, origin=ORIGIN, protected=read.protected, payload=read.payload
    )
    return read.key(7), read.signature, message


def _verify(signed):
    for public, signature, message in signed:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def _disk(ground):
    """One entry a commit, as a quiet ledger grows."""
    count, path = ground.effort.commits, ground.fresh("disk") / "ledger.db"
    # Hardly a leaf waits in memory: those in the table are what is looked at.
    with (
        mock.patch.object(recent_leaves, "MOST", _WAITING),
        closing(SqliteStorage(path)) as storage,
    ):
        for _ in range(count):
            storage.append([Admitted(data=secrets.token_bytes(ENTRY))])
    with closing(sqlite3.connect(path)) as db:
        (index,) = db.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name = 'leaf'"
        ).fetchone()
        (leaves,) = db.execute("SELECT count(*) FROM leaf").fetchone()
    figure = (path.stat().st_size - index) / count
    return Row(
        name=f"disk of a {ENTRY} byte entry (and {index / leaves:.0f} for duplicates)",
        figure=figure,
        unit="bytes",
        peer="entry + 34.2",
        peer_figure=ENTRY + PER_LEAF,
        ratio=figure / (ENTRY + PER_LEAF),
        wanted=ratio_at_most(1.1),
    )
