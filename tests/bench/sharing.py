"""PostgreSQL beside SQLite, and two front ends beside one, all of them durable."""

import secrets
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from functools import partial

from tests.bench.front_end_child import ORIGIN
from tests.bench.rows import Row, beside, percentiles, ratio_at_least, seconds
from tests.support.postgresql import Postgresql, missing
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_postgresql import open_storage
from wallet.server.log.storage_sqlite import SqliteStorage

BATCH = 256
ENTRY = 300
_AS_SHIPPED = "shared_buffers=128MB"  # the tests' servers have less


def measure(ground):
    if why := missing():
        print(f"sharing: {why}", file=sys.stderr)
        return []
    server = Postgresql(_AS_SHIPPED).create()
    try:
        return [*_stores(ground, server), _front_ends(ground, server)]
    finally:
        server.remove()


def _stores(ground, server) -> list[Row]:
    """Entries already admitted, until they are in the tree."""
    count, theirs, ours = max(ground.effort.adds // BATCH, 1) * BATCH, [], []

    def shared():
        url = server.new_database()
        with closing(open_storage(url, origin=ORIGIN)) as storage:
            return _filled(storage, count, ours)

    def embedded():
        path = ground.fresh("embedded") / "ledger.db"
        with closing(SqliteStorage(path)) as storage:
            return _filled(storage, count, theirs)

    row = beside(
        f"PostgreSQL, batches of {BATCH}, into the tree",
        ours=shared,
        peer=embedded,
        peer_name="SQLite",
        count=count,
        repeats=ground.effort.repeats,
        unit="entries/s",
        wanted=ratio_at_least(0.7),
    )
    name = f"  commit of {BATCH}, PostgreSQL"
    return [row, *percentiles(name, ours, peer="SQLite", peer_ms=theirs)]


def _filled(storage, count, waits):
    batches = [
        [Admitted(data=secrets.token_bytes(ENTRY)) for _ in range(BATCH)]
        for _ in range(count // BATCH)
    ]

    def fill():
        for batch in batches:
            waits.append(1000 * seconds(partial(storage.append, batch)))
        storage.integrate()

    took = seconds(fill)
    assert storage.size == count
    return took


def _front_ends(ground, server) -> Row:
    """The same entries, checked by one process or shared out to two."""
    count = ground.effort.adds // 2 * 2
    return beside(
        "two front ends, one verification worker each",
        ours=lambda: _sent(server, count, by=2),
        peer=lambda: _sent(server, count, by=1),
        peer_name="one front end",
        count=count,
        repeats=ground.effort.repeats,
        unit="entries/s",
        wanted=ratio_at_least(1.3),
    )


def _sent(server, count, *, by):
    url, each = server.new_database(), count // by
    with closing(open_storage(url, origin=ORIGIN)) as storage:
        children = [_child(url, n * each, each) for n in range(by)]
        for one in children:
            assert one.stdout.readline() == "ready\n"
        with _integrated(storage):
            took = seconds(lambda: _let_go(children))
        assert storage.integrate() == count
    return took


def _child(url, first, count):
    words = [sys.executable, "-m", "tests.bench.front_end_child", url]
    return subprocess.Popen(
        [*words, str(first), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _let_go(children):
    for one in children:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in children:
        assert one.wait() == 0
        one.stdin.close()
        one.stdout.close()


@contextmanager
def _integrated(storage):
    """The one integrator, beside all front ends."""
    stop = threading.Event()

    def integrate():
        while not stop.wait(0.1):
            storage.integrate()

    thread = threading.Thread(target=integrate)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
