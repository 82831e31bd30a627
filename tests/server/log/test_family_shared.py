"""Two servers of one network over one PostgreSQL: either may go at any moment."""

from contextlib import closing, suppress

import pytest

from tests.support.family_world import (
    NETWORK,
    NEW,
    NEW_ORIGIN,
    OLD,
    OLD_ORIGIN,
    REGISTRY,
    FamilyWorld,
    Follower,
    eventually,
    grant,
)
from tests.support.ledger_servers import Process, run
from wallet.actions.operator import retiring
from wallet.errors import (
    HomeBusyError,
    TurnedAwayError,
    UnreachableError,
    UsageError,
)
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.shard_link import Relation


@pytest.fixture
def world(tmp_path, database):
    made = FamilyWorld(tmp_path, store=database)
    made.restart()
    made.other = made.start_another()
    yield made
    made.close()


@pytest.mark.parametrize("how", ["both stay", "the first goes"])
def test_a_shard_of_two_servers_is_sealed_once(world, how):
    home = world.trusting("reader", REGISTRY, OLD, url=world.other)
    with closing(Follower(home)) as network:
        data, _ = grant(1, OLD)
        at = network.submitted(data)
        network.covered(OLD_ORIGIN, data)
        network.until(lambda: NEW_ORIGIN in network.origins)
        if how == "the first goes":
            world.stop()
        world.turn(2027, 1, 8, minutes=11)
        final = network.until(network.final)
        copy = network.view(OLD_ORIGIN)
        assert (copy.size, copy.root) == (final.size, final.root)
        assert network.relations(OLD_ORIGIN)[-1] == (Relation.SEAL, None)
        assert network.submit(OLD_ORIGIN, data) == at
        world.turn(2027, 3, 1)  # the new shard goes on, the old one stays as it is
        newer = network.view(NEW_ORIGIN)
        network.until(lambda: newer.quorum_time > copy.quorum_time)
        assert network.final() == final
    for url in (world.other, *([] if how == "the first goes" else [world.url])):
        published = parse_note(world.get(f"{OLD}/checkpoint", url=url)).checkpoint
        assert (published.size, published.root) == (final.size, final.root)


def test_a_shard_is_taken_down_by_who_names_its_store(world):
    with closing(Follower(world.trusting("reader", REGISTRY, OLD))) as network:
        network.submitted(grant(1, OLD)[0])
        network.until(lambda: NEW_ORIGIN in network.origins)
        world.turn(2027, 1, 8, minutes=11)
        network.until(network.final)
    world.turn(2028, 1, 8, hours=1)
    with pytest.raises(UsageError, match="nothing of 2026h2 is in this store"):
        retiring.deny(world.home, OLD, now=world.now)
    eventually(world.denied)
    another = world.folder / "another"
    world.deny(home=another)
    world.turn(2028, 3, 1)
    with pytest.raises(HomeBusyError):
        world.delete()
    world.stop()
    world.others.close()
    keys = [home / OLD / "log.key" for home in (world.home, another)]
    with pytest.raises(UsageError, match="no log of this network is in this store"):
        retiring.delete(world.home, OLD, now=world.now)
    assert [key.exists() for key in keys] == [True, True]
    assert world.delete().deleted == "2028-03-01"
    assert [key.exists() for key in keys] == [False, True]
    assert world.delete(home=another).deleted == "2028-03-01"
    assert [key.exists() for key in keys] == [False, False]


@pytest.mark.expects_log("this ledger has signed . entries, its database holds 0")
@pytest.mark.expects_log("the clock is")
def test_a_server_that_was_not_told_of_the_end_begins_no_second_history(world):
    with closing(Follower(world.trusting("reader", REGISTRY, OLD))) as network:
        data, _ = grant(1, OLD)
        network.submitted(data)
        network.until(lambda: NEW_ORIGIN in network.origins)
        world.turn(2027, 1, 8, minutes=11)
        network.until(network.final)
    world.turn(2028, 1, 8, hours=1)
    eventually(world.denied)
    world.turn(2028, 3, 1)
    world.stop()
    world.others.close()
    world.delete()
    url = world.start_another(from_home=world.folder / "another")
    world.turn(2026, 11, 24, hours=13)  # even if its clock were that of those days
    with closing(LedgerClient(f"{url}/{OLD}")) as client:
        with pytest.raises(UnreachableError, match="too few witnesses"):
            client.submit(data)
        with pytest.raises(TurnedAwayError, match="404"):
            client.checkpoint()
    eventually(lambda: is_published(url, NEW))


def test_the_command_keeps_every_log_in_a_schema_of_its_own(tmp_path, database):
    paths = (REGISTRY, OLD, NEW)
    for path in paths:
        home = ("--home", str(tmp_path / path))
        run(*home, "ledger", "key", "--origin", f"{NETWORK}/{path}")
    words = ["--home", str(tmp_path), "ledger"]
    shards = [word for path in paths for word in ("--shard", path)]
    store = ["--store", database]
    server = Process(
        *words, "serve", "--network", NETWORK, *shards, *store, "--interval", "0.1"
    )
    server.hear()
    try:
        for path in paths:
            eventually(lambda path=path: is_published(server.said["url"], path))
        _, said = run(*words, "shards", *store)
        sizes = {one["path"]: one["size"] for one in said["shards"]}
        assert set(sizes) == set(paths)
        assert None not in sizes.values()
        _, said = run(*words, "shards")
        assert {one["size"] for one in said["shards"]} == {None}
    finally:
        server.stop()
    assert not list(tmp_path.glob("**/*.db"))


def is_published(url, path):
    with closing(LedgerClient(f"{url}/{path}")) as client, suppress(TurnedAwayError):
        return client.checkpoint()
