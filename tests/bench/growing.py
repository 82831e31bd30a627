"""A log as it grows to a million entries: adds, proofs, roots, states and copies."""

import secrets
import time
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

from tests.bench.rows import Row, percentiles, seconds
from tests.support.ledger_simulator import LedgerSimulator
from tests.support.long_ledger import LongLedger
from wallet.keys.signing import Signer
from wallet.ledger.entry import State
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.status_vector import StatusVector, verify_head
from wallet.ledger.sync import sync
from wallet.server.log.roots import Roots
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

BATCH = 256
ENTRY = 300
ORIGIN = "ledger.bench/growing"
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
_SIZES = (10_000, 100_000, 1_000_000)
_PROOFS = 200
_TIMED = 40  # commits
_ENDED = 100  # one entry of so many is ended
_TOY = 1_000


def measure(ground):
    """One log in SQLite, and one of files that is copied, at 10^4, 10^5, 10^6."""
    sizes = _SIZES if ground.effort.entries > _TOY else (ground.effort.entries,)
    return [*_in_tables(ground, sizes), *_copied(ground, sizes)]


def _in_tables(ground, sizes):
    simulator, rows = LedgerSimulator(ORIGIN, NOON), []
    with closing(SqliteStorage(ground.fresh("growing") / "l.db")) as storage:
        for size in sizes:
            while storage.size < size:
                _append(storage)
            rows += _adds(storage, size)
            rows += _proofs(storage, size)
            rows += _states(storage, simulator, size)
    return rows


def _append(storage):
    """One commit; seconds. Every hundredth entry ends an earlier one."""
    first = storage.size
    items = [
        Admitted(data=secrets.token_bytes(ENTRY), **_change(first + at))
        for at in range(BATCH)
    ]
    return seconds(lambda: storage.append(items))


def _change(index):
    if index % _ENDED != _ENDED - 1:
        return {}
    # Another one every time, from all over what there is.
    return {"target": index * 7919 % index, "state": State.ENDED, "seq": 1}


def _adds(storage, size):
    took = [_append(storage) for _ in range(_TIMED)]
    name = f"add, at {size:,} entries"
    yield Row(name=name, figure=_TIMED * BATCH / sum(took), unit="entries/s")
    yield from percentiles(f"  commit of {BATCH}", [1000 * one for one in took])


def _proofs(storage, size):
    took = []
    for _ in range(_PROOFS):
        index = secrets.randbelow(size)
        proving = partial(storage.tree.inclusion, index, size)
        took.append(1000 * seconds(proving))
    yield from percentiles(f"proof out of the tiles, at {size:,}", took)
    took = 1000 * seconds(partial(storage.tree.root, size))
    yield Row(name=f"root out of the tiles, at {size:,}", figure=took, unit="ms")


def _states(storage, simulator, size):
    """A root is logged and published, served for the first time, and checked."""
    operator = Signer.from_seed(bytes(32))
    logging = seconds(Roots(storage, operator=operator, origin=ORIGIN).append)
    storage.publish(simulator.sign(storage.size, storage.tree.root(storage.size)))
    policy = Policy.parse(simulator.policy)
    view = StatusView(storage, policy=policy)
    serving = seconds(view.deflated)
    (_, packed), (_, sent) = view.vector(), view.deflated()
    head = verify_head(view.head()[1], origin=ORIGIN, policy=policy)
    checking = seconds(partial(StatusVector.verify, packed, head))
    for name, took in (
        ("first status root", logging),
        ("status vector, made for the first time", serving),
        ("status vector, checked", checking),
    ):
        yield Row(name=f"{name}, at {size:,}", figure=1000 * took, unit="ms")
    name = f"status vector, 1 % ended, at {size:,}"
    yield Row(name=name, figure=len(sent), unit="bytes")


def _copied(ground, sizes):
    log = LongLedger(ground.fresh("files"), origin=ORIGIN, now=NOON)
    policy = Policy.parse(log.policy)
    for size in sizes:
        log.grow(size - log.size)
        copy = Replica.open(ground.fresh("copy"), origin=ORIGIN, policy=policy)
        took = seconds(partial(sync, copy, log))
        assert copy.size == size
        yield Row(name=f"copy of {size:,} entries", figure=size / took, unit="a second")
        begun = time.perf_counter()
        copy.first_index(copy.leaf_hash(size // 2))
        took = 1000 * (time.perf_counter() - begun)
        yield Row(name=f"first search in it, at {size:,}", figure=took, unit="ms")
