"""A monitor whose trust file names last year's shard watches those that follow."""

import pytest

from tests.support.family_world import (
    NETWORK,
    NEW,
    OLD,
    REGISTRY,
    FamilyWorld,
    eventually,
)
from wallet.actions.operator.monitor import Watching, look_once
from wallet.ledger.sources import origin_hash

AGES = 1e12  # the world has a clock of its own


@pytest.fixture
def world(tmp_path_factory):
    made = FamilyWorld(tmp_path_factory.mktemp("watched"))
    made.restart()
    yield made
    made.close()


def watching(world, *paths, age=AGES):
    lines = [
        line
        for line in world.family.policy.split("\n")
        if not line.startswith("log ") or any(f"/{path}+" in line for path in paths)
    ]
    return Watching(policy="\n".join(lines), sources=(), age=age, lag=AGES)


def folder(path):
    return origin_hash(f"{NETWORK}/{path}")


def test_the_next_shard_is_watched_once_it_is_announced(world, tmp_path):
    plan = watching(world, REGISTRY, OLD)

    def learned():
        well = look_once(tmp_path, plan) == []  # not before all was published
        return well and (tmp_path / folder(NEW) / "replica").is_dir()

    eventually(learned)
    assert look_once(tmp_path, plan) == []  # and the copies are opened again
    found = look_once(tmp_path, watching(world, OLD, age=-AGES))
    named = {path for path in (OLD, NEW) for one in found if path in one.sentence}
    assert named == {OLD, NEW}


def test_a_register_announces_nothing(world, tmp_path):
    plan = watching(world, REGISTRY)
    eventually(lambda: look_once(tmp_path, plan) == [])
    assert not (tmp_path / folder(NEW)).exists()
