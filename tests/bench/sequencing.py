"""The sequencer alone, entries already admitted: every commit durable."""

import asyncio
import secrets
import statistics
import time
from contextlib import closing, suppress

from tests.bench.peers import absent, etcd_writes, installed, pymerkle_seconds
from tests.bench.rows import Row, beside, ratio_at_least
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

AT_ONCE = 256
ENTRY = 300
_SMALL = 1_000  # where etcd's own minute of load would be all there is to a run


def measure(ground):
    count, waits = ground.effort.entries, []
    many = [secrets.token_bytes(ENTRY) for _ in range(count)]

    def ours():
        with closing(SqliteStorage(ground.fresh("sequenced") / "l.db")) as storage:
            return asyncio.run(_drive(storage, many, waits))

    rows = [_beside_pymerkle(ground, count, ours), _beside_etcd(ground, count, ours)]
    if not waits:
        ours()
    waits.sort()
    name = f"answer of one add, {AT_ONCE} wait"
    return [
        *rows,
        Row(name=f"{name}, p50", figure=waits[len(waits) // 2], unit="ms"),
        Row(name=f"{name}, p99", figure=waits[len(waits) * 99 // 100], unit="ms"),
    ]


def _beside_pymerkle(ground, count, ours):
    name, few = f"sequencer alone, {AT_ONCE} wait", max(count // 20, 1)

    def peer():
        return pymerkle_seconds(ground.fresh("pymerkle"), few) * count / few

    try:
        return beside(
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
        return absent(name, why)


def _beside_etcd(ground, count, ours):
    name = f"sequencer alone, {AT_ONCE} wait (etcd)"
    if why := installed("etcd", "etcdctl"):
        return absent(name, f"{why}: apt-get install etcd-server etcd-client")
    if count < _SMALL:
        return absent(name, "etcd's own check takes a minute")
    before = [count / ours() for _ in range(ground.effort.repeats)]
    theirs = etcd_writes(ground.fresh("etcd"))
    rates = [*before, *(count / ours() for _ in range(ground.effort.repeats))]
    figure = statistics.median(rates)
    return Row(
        name=name,
        figure=figure,
        unit="entries/s",
        peer="etcd, one node, its own check perf l",
        peer_figure=theirs,
        ratio=figure / theirs,
        wanted=ratio_at_least(3),
    )


async def _drive(storage, entries, waits):
    sequencer = Sequencer(storage)
    sequencer.open()
    running = asyncio.create_task(sequencer.run())
    left = iter(entries)

    async def one():
        for data in left:
            begun = time.perf_counter()
            await sequencer.submit(Admitted(data=data))
            waits.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    took = time.perf_counter() - begun
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert storage.size == len(entries)
    return took
