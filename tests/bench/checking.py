"""A clinic checks a permission from its synced copy, with nobody to ask."""

import statistics
from dataclasses import replace
from functools import partial

from tests.bench.entries import receipts
from tests.bench.rows import Row, at_most, seconds
from tests.support.whole_world import ORIGIN, Bench, WholeWorld
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.ledger.replica import Replica
from wallet.store.connection import create
from wallet.store.migrations import bring_up
from wallet.verdict import Reason

MOST_MS = 5.0


def measure(ground):
    world = WholeWorld(ground.fresh("world"))
    try:
        for entry in receipts(ground.effort.entries, origin=ORIGIN):
            world.ledger.submit(entry)
        return _measured(ground, world)
    finally:
        world.close()


def _measured(ground, world):
    bench = world.add_clinic("clinic")
    data = world.share(bench).made.grant_file
    bench.network.sync()
    store = create(ground.fresh("desk") / "desk.db", key=bytes(32))
    bring_up(store, STEPS)
    real = Bench(
        world, replace(bench.clinic, desk=Desk(store)), bench.network, bench.line
    )
    assert real.check(data).reason is Reason.GO_AHEAD
    took = [seconds(partial(real.check, data)) for _ in range(ground.effort.tries)]
    store.close()
    size = bench.network.replica.size
    opening = partial(
        Replica.open, world.folder / "clinic-copy", origin=ORIGIN, policy=world.policy
    )
    return [
        Row(
            name=f"check a grant offline, {size:,} entries",
            figure=1_000 * statistics.median(took),
            unit="ms",
            wanted=at_most(MOST_MS),
        ),
        Row(
            name=f"open the copy, {size:,} entries",
            figure=1_000 * statistics.median(seconds(opening) for _ in range(3)),
            unit="ms",
        ),
    ]
