"""A log as it grows to a million entries: adds, proofs and roots out of the tiles."""

import secrets
import time
from contextlib import closing

from tests.bench.rows import Row, seconds
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

BATCH = 256
ENTRY = 300
_SIZES = (10_000, 100_000, 1_000_000)
_PROOFS = 200
_TOY = 1_000


def _append(storage, count):
    batches = [
        [Admitted(data=secrets.token_bytes(ENTRY)) for _ in range(BATCH)]
        for _ in range(-(-count // BATCH))
    ]

    def work():
        for batch in batches:
            storage.append(batch)
        storage.integrate()

    return seconds(work)


def measure(ground):
    """One log in SQLite, at 10^4, 10^5 and 10^6 entries."""
    rows = []
    sizes = _SIZES if ground.effort.entries > _TOY else ()
    with closing(SqliteStorage(ground.fresh("growing") / "l.db")) as storage:
        for size in sizes or [ground.effort.entries]:
            while storage.size < size:
                _append(storage, min(size - storage.size, 50_000))
            rows += _at(storage, size)
    return rows


def _at(storage, size):
    count = 40 * BATCH
    rate = count / _append(storage, count)
    yield Row(name=f"add, at {size:,} entries", figure=rate, unit="entries/s")
    took = []
    for _ in range(_PROOFS):
        index = secrets.randbelow(size)
        begun = time.perf_counter()
        storage.tree.inclusion(index, size)
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    for share, at in (("p50", 50), ("p99", 99)):
        name = f"proof out of the tiles, at {size:,}, {share}"
        yield Row(name=name, figure=took[len(took) * at // 100], unit="ms")
    begun = time.perf_counter()
    storage.tree.root(size)
    took_root = (time.perf_counter() - begun) * 1000
    yield Row(name=f"root, at {size:,} entries", figure=took_root, unit="ms")
