"""States without entries: a stapled bundle, and the vector of all of them."""

import random
import statistics
import zlib
from datetime import UTC, datetime
from functools import partial

from tests.bench.rows import Row, at_most, ratio_at_most, seconds
from tests.ledger.entries import grant
from tests.support.vast_tree import vast_bundle
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import State
from wallet.ledger.status_root import StatusRoot
from wallet.ledger.status_vector import StatusHead, StatusVector
from wallet.verdict import CheckpointRef

ORIGIN = "ledger.example/consent/2027h1"
BILLION = 10**9
MOST_BYTES, MOST_MS = 4_096, 5.0
TABLE = 14_029  # bytes at 1 % of 10^6: draft-ietf-oauth-status-list's 13.7 KiB
_ENDED = 100  # one of so many


def measure(ground):
    return [*_bundle(ground), *_vector(ground)]


def _bundle(ground):
    rows = []
    # The last place of 2^30 has the longest path there is below that size.
    for name, size in (("10^9", BILLION), ("2^30", 1 << 30)):
        data, policy = vast_bundle(
            grant(0, ORIGIN), origin=ORIGIN, size=size, index=123_456_789
        )
        told = verify_bundle(parse_bundle(data), policy=policy)
        assert told.state is State.STANDS
        rows.append(
            Row(
                name=f"stapled bundle, log of {name} entries",
                figure=len(data),
                unit="bytes",
                wanted=at_most(MOST_BYTES),
            )
        )
    took = [
        seconds(lambda: verify_bundle(parse_bundle(data), policy=policy))
        for _ in range(ground.effort.tries)
    ]
    verifying = Row(
        name="verify a stapled bundle",
        figure=1_000 * statistics.median(took),
        unit="ms",
        wanted=at_most(MOST_MS),
    )
    return [*rows, verifying]


def _vector(ground):
    size = 10**6 if ground.effort.entries >= 10**4 else 10**4
    chunks, dice = Chunks(), random.Random(1)  # noqa: S311 a repeatable run
    chunks.grow(size)
    for index in dice.sample(range(size), size // _ENDED):
        chunks.put(index, State.ENDED)
    head = StatusHead(
        root=StatusRoot(covered=size, root=chunks.root(), operator=bytes(32)),
        checkpoint=CheckpointRef(origin=ORIGIN, size=size + 1, root=bytes(32)),
        quorum_time=datetime(2026, 11, 24, tzinfo=UTC),
        note=b"",
    )
    packed = chunks.packed
    verify = partial(StatusVector.verify, packed, head)
    table = TABLE * size / 10**6
    sent = len(zlib.compress(packed, 9))
    return [
        Row(
            name=f"vector of {size:,} states on the wire, 1 % ended",
            figure=sent,
            unit="bytes",
            peer="the size table of the Token Status List draft (1 bit)",
            peer_figure=table,
            ratio=sent / table,
            wanted=ratio_at_most(1.1) if size == 10**6 else None,
        ),
        Row(
            name=f"check {size:,} states against their root",
            figure=1_000 * statistics.median(seconds(verify) for _ in range(5)),
            unit="ms",
        ),
    ]
