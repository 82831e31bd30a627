"""Taking a ledger over: every entry read, its place proved, its changes judged."""

import hashlib
from datetime import UTC, datetime
from functools import cache, partial

from tests.bench.entries import receipts
from tests.bench.rows import beside, ratio_at_least, seconds
from tests.support.ledger_simulator import LedgerSimulator
from wallet.ledger.audit import audit
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync

ORIGIN = "ledger.bench/one"


class Served:
    """A ledger whose files lie ready: what making them costs is not ours to count."""

    def __init__(self, ledger):
        self.policy, self.size = ledger.policy, ledger.size
        self.checkpoint = cache(ledger.checkpoint)
        self.bundle, self.tile = cache(ledger.bundle), cache(ledger.tile)


def measure(ground):
    ledger = LedgerSimulator(ORIGIN, datetime(2026, 11, 12, 12, tzinfo=UTC))
    entries = list(receipts(ground.effort.entries, origin=ORIGIN))
    for entry in entries:
        ledger.submit(entry)
    ledger.publish()
    ledger = Served(ledger)
    replica = _copy(ground, ledger)
    sync(replica, ledger)
    audit(replica, ledger)  # so that every file was made once
    more = {
        "peer": lambda: seconds(lambda: _hash(entries)),
        "peer_name": "SHA-256 of every leaf",
        "count": len(entries),
        "repeats": ground.effort.repeats,
        "unit": "entries/s",
    }
    return [
        beside(
            "verify a ledger against the copy",
            ours=partial(_audit, replica, ledger),
            wanted=ratio_at_least(0.25),
            **more,
        ),
        beside(
            "verify every root and state anew",
            ours=partial(_reopen, replica),
            wanted=ratio_at_least(0.25),
            **more,
        ),
        beside(
            "take a ledger over, durably", ours=partial(_sync, ground, ledger), **more
        ),
    ]


def _copy(ground, ledger):
    policy = Policy.parse(ledger.policy)
    return Replica.open(ground.fresh("copy"), origin=ORIGIN, policy=policy)


def _audit(replica, ledger):
    """What `activity verify` does: every public file, hash by hash."""
    return seconds(lambda: none(audit(replica, ledger)))


def _reopen(replica):
    """What the first search after a start does: every tile, leaf and change."""

    def anew():
        replica._take_up()
        assert replica.first_index(replica.leaf_hash(replica.size - 1)) is not None
        replica.state(0)

    return seconds(anew)


def _sync(ground, ledger):
    replica = _copy(ground, ledger)
    took = seconds(lambda: sync(replica, ledger))
    assert replica.size == ledger.size
    return took


def none(found):
    assert not found


def _hash(entries):
    for entry in entries:
        hashlib.sha256(b"\0" + entry).digest()
