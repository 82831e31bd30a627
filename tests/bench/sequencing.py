"""The sequencer alone, entries already admitted: every commit durable."""

import asyncio
import secrets
import time
from contextlib import closing, suppress

from tests.bench.etcd import CONNECTIONS, etcd, put_seconds
from tests.bench.loops import served
from tests.bench.peers import absent, installed, pymerkle_seconds
from tests.bench.rows import beside, percentiles, ratio_at_least
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

AT_ONCE = 256
ENTRY = 300
_SLICES = 4  # the turns of two servers are short: what else runs here hits both


def measure(ground):
    return [*_beside_pymerkle(ground), *_beside_etcd(ground)]


def _beside_pymerkle(ground):
    name, count = f"sequencer alone, {AT_ONCE} wait", ground.effort.entries
    few = max(count // 20, 1)
    many = [secrets.token_bytes(ENTRY) for _ in range(count)]

    def ours():
        with closing(SqliteStorage(ground.fresh("sequenced") / "l.db")) as storage:
            return served(_drive(storage, many, []))

    def peer():
        return pymerkle_seconds(ground.fresh("pymerkle"), few) * count / few

    try:
        row = beside(
            name,
            ours=ours,
            peer=peer,
            peer_name="pymerkle's SQLite tree",
            count=count,
            repeats=ground.effort.repeats,
            unit="entries/s",
            wanted=ratio_at_least(10),
        )
    except OSError as why:
        row = absent(name, why)
    return [row]


def _beside_etcd(ground):
    name = f"sequencer, {AT_ONCE} wait, beside etcd"
    if why := installed("etcd"):
        return [absent(name, f"{why}: apt-get install etcd-server")]
    count, own, other = max(ground.effort.entries // _SLICES, 1), [], []
    turns = _SLICES * ground.effort.repeats // 2 or 1
    slices = iter(
        [[secrets.token_bytes(ENTRY) for _ in range(count)] for _ in range(2 * turns)]
    )

    def put(port):
        took, waits = put_seconds(port, next(slices))
        other.extend(waits)
        return took

    path = ground.fresh("sequenced") / "l.db"
    with (
        closing(SqliteStorage(path)) as storage,
        etcd(ground.fresh("etcd")) as port,
    ):
        row = beside(
            name,
            ours=lambda: served(_drive(storage, next(slices), own)),
            peer=lambda: put(port),
            peer_name=f"one etcd node over gRPC, {CONNECTIONS} connections",
            count=count,
            repeats=turns,
            unit="entries/s",
            wanted=ratio_at_least(3),
        )
    return [row, *percentiles("  answer of one add", own, peer="a put", peer_ms=other)]


async def _drive(storage, entries, waits):
    """Seconds until all are durable; milliseconds of each are added to *waits*."""
    before, sequencer = storage.size, Sequencer(storage)
    sequencer.open()
    running = asyncio.create_task(sequencer.run())
    left = iter([Admitted(data=data) for data in entries])

    async def one():
        for item in left:
            begun = time.perf_counter()
            await sequencer.submit(item)
            waits.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    took = time.perf_counter() - begun
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert storage.size == before + len(entries)
    return took
