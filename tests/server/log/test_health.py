"""What a ledger says of its own health: figures, and no for an answer."""

import asyncio
import re
import time
from contextlib import closing

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ledger_servers import ORIGIN, LedgerWorld, Process, receipt
from tests.support.published_states import health_of, publish
from wallet.errors import TurnedAwayError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.fetch import Http
from wallet.server.http.prometheus import Histogram
from wallet.server.log.measures import Measures
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

SAMPLE = re.compile(
    r'heartwood_ledger_[a-z_]+(\{(le|witness)="[a-zA-Z0-9.+-]+"\})? [0-9.e+-]+'
)


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


def test_a_log_is_healthy_while_it_gives_indices_and_publishes_them(storage):
    now = [100.0]
    measures = Measures(clock=lambda: now[0])
    sequencer = Sequencer(storage, measures=measures)
    health = health_of(storage, sequencer, origin=ORIGIN, measures=measures)

    def healthy():
        return asyncio.run(health.said())[0]

    assert not healthy()  # nobody may write yet
    sequencer.open()
    assert healthy()
    storage.append([Admitted(data=receipt(1))])
    measures.durable(last=0, entries=1, ends=0)
    now[0] += 4.9
    assert healthy()
    now[0] += 0.2
    assert not healthy()
    assert asyncio.run(health.said())[1]["waiting_seconds"] == 5.1
    publish(storage, origin=ORIGIN)
    assert healthy()
    assert measures.unpublished_seconds == 0.0


@pytest.mark.expects_log("nothing is stored: OSError$")
def test_full_pools_and_failed_commits_are_counted(storage, monkeypatch):
    measures = Measures()
    sequencer = Sequencer(storage, pool=1, measures=measures)
    sequencer.open()

    def broken(batch):
        raise OSError

    async def play():
        items = [Admitted(data=receipt(n)) for n in range(2)]
        running = asyncio.create_task(sequencer.run())
        first = await sequencer.submit_many(items)
        monkeypatch.setattr(storage, "append", broken)
        second = await sequencer.submit_many([Admitted(data=receipt(3))])
        running.cancel()
        return first, second

    first, second = asyncio.run(play())
    assert first[0] == 0
    assert isinstance(first[1], TurnedAwayError)
    assert isinstance(second[0], TurnedAwayError)
    assert (measures.pushbacks, measures.failed_commits) == (1, 1)
    health = health_of(storage, sequencer, origin=ORIGIN, measures=measures)
    lines = asyncio.run(health.metrics()).splitlines()
    assert "heartwood_ledger_pushbacks_total 1" in lines
    assert "heartwood_ledger_failed_commits_total 1" in lines
    assert "heartwood_ledger_commit_seconds_count 1" in lines
    told, said = asyncio.run(health.said())
    assert (told, said["writes"], said["stores"]) == (False, True, False)


def test_a_histogram_counts_what_lies_at_or_below_each_bound():
    made = Histogram([1, 2])
    for value, times in ((0.5, 1), (1, 2), (1.5, 1), (9, 1)):
        made.add(value, times)
    assert list(made.lines("x")) == [
        "# TYPE x histogram",
        'x_bucket{le="1"} 3',
        'x_bucket{le="2"} 4',
        'x_bucket{le="+Inf"} 5',
        "x_sum 13.000000",
        "x_count 5",
    ]


VALUES = st.lists(st.sampled_from([0.0, 0.5, 1, 1.5, 2, 9]))


@given(VALUES, VALUES)
def test_many_values_count_as_each_of_them_does(before, values):
    one, many = Histogram([1, 2]), Histogram([1, 2])
    for value in [*before, *values]:
        one.add(value)
    many.add_all(before)
    many.add_all(values)
    assert list(many.lines("x")) == list(one.lines("x"))


def test_a_running_ledger_measures_itself_and_names_nobody(tmp_path):
    world = LedgerWorld(tmp_path)
    with closing(Http("ledger")) as http:
        try:
            control = Signer.from_seed(b"c" * 32)
            grant = build_grant(
                Signer.from_seed(b"g" * 32),
                origin=ORIGIN,
                commitment=bytes(32),
                control_public=control.public,
            )
            index = world.submit(grant)
            change = StatusChange(
                index=index, leaf=leaf_hash(grant), state=State.ENDED, seq=1
            )
            end = build_status(control, origin=ORIGIN, change=change)
            world.published(world.submit(end))
            url = world.server.said["url"]
            said = orjson.loads(http.get(f"{url}/health", cap=1 << 12))
            assert said["healthy"]
            assert said["writes"]
            text = http.get(f"{url}/metrics", cap=1 << 16).decode()
            samples = [one for one in text.splitlines() if not one.startswith("#")]
            assert all(SAMPLE.fullmatch(one) for one in samples)
            found = dict(one.rsplit(" ", 1) for one in samples)
            name = "heartwood_ledger_{}".format
            assert found[name("ended_to_visible_seconds_count")] == "1"
            assert found[name("published_seconds_count")] == "2"
            assert int(found[name("commit_seconds_count")]) >= 1
            assert found[name('witness_lag_entries{witness="witness-0"}')] == "0"
            assert "127.0.0.1" not in text
            assert grant.hex()[:16] not in text
        finally:
            world.close()


def test_what_was_answered_before_a_stop_is_published_by_it(tmp_path):
    world = LedgerWorld(tmp_path)
    try:
        world.server.stop()
        slow = [one if one != "0.2" else "3600" for one in world.serve_words()]
        world.server = Process(*slow)
        world.restart = None
        world.server.hear()
        world.client.close()
        world.client = type(world.client)(world.server.said["url"])
        time.sleep(2.0)  # its first turn; the next would be in an hour
        index = world.submit(receipt(1))
        assert world.server.stop() == 0
        with closing(SqliteStorage(world.home / "ledger.db")) as storage:
            assert parse_note(storage.published).checkpoint.size > index
    finally:
        world.close()
