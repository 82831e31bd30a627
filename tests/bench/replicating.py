"""Taking a ledger over: every entry read, its place proved, its changes judged."""

import hashlib
from datetime import UTC, datetime
from functools import partial

from tests.bench.entries import receipts
from tests.bench.rows import beside, ratio_at_least, seconds
from tests.support.ledger_simulator import LedgerSimulator
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync

ORIGIN = "ledger.bench/one"


def measure(ground):
    ledger = LedgerSimulator(ORIGIN, datetime(2026, 11, 12, 12, tzinfo=UTC))
    entries = list(receipts(ground.effort.entries, origin=ORIGIN))
    for entry in entries:
        ledger.submit(entry)
    ledger.publish()
    return [
        beside(
            "take over and verify a ledger",
            ours=partial(_sync, ground, ledger),
            peer=lambda: seconds(lambda: _hash(entries)),
            peer_name="SHA-256 of every leaf",
            count=len(entries),
            repeats=ground.effort.repeats,
            unit="entries/s",
            wanted=ratio_at_least(0.25),
        )
    ]


def _sync(ground, ledger):
    policy = Policy.parse(ledger.policy)
    replica = Replica.open(ground.fresh("copy"), origin=ORIGIN, policy=policy)
    took = seconds(lambda: sync(replica, ledger))
    assert replica.size == ledger.size
    return took


def _hash(entries):
    for entry in entries:
        hashlib.sha256(b"\0" + entry).digest()
