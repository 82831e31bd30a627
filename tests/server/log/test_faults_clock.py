"""Clocks set back by an hour while servers run: named, and time never goes back."""

import json
import time

import pytest

from tests.support.clocks import OtherClock
from tests.support.ledger_servers import (
    ORIGIN,
    LedgerWorld,
    Process,
    health_of,
    receipt,
)
from wallet.cli.main import main
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync

HOUR = 3_600


class Clocks(LedgerWorld):
    """A ledger and three witnesses, each with a clock of its own."""

    def __init__(self, folder):
        self.folder, self.clocks, self.number = folder, {}, 0
        super().__init__(folder)

    def _process(self, *words, name):
        clock = self.clocks[name] = OtherClock(self.folder / f"{name}.clock")
        log = self.folder / f"{name}.log"
        return Process(*words, before=clock.words, log=log)

    def add(self):
        self.number += 1
        return self.published(self.submit(receipt(self.number)))

    def times(self, note):
        """When each witness says that it signed, seconds from now."""
        vkeys = [party.vkey for party in self.policy.witnesses.values()]
        seen = note.cosignature_times(vkeys)
        return {vkey.name: at - time.time() for vkey, at in seen.items()}

    def all_signed(self):
        """A note under all three."""
        return self.until(lambda: len(self.times(note := self.add())) > 2 and note)

    def health(self):
        return health_of(self.server.said["url"])

    def until(self, ask, *, patience=90.0):
        give_up = time.monotonic() + patience
        while not (found := ask()):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = Clocks(tmp_path_factory.mktemp("clocks"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _right_again(world):
    yield
    for clock in world.clocks.values():
        clock.set(0)


def monitored(world, home, capsys):
    policy = home.with_suffix(".policy")
    policy.write_text(world.server.said["policy"])
    words = ["ledger", "monitor", "--once", "--policy", str(policy)]
    url = world.server.said["url"]
    code = main(["--home", str(home), "--json", *words, "--from", url])
    return code, json.loads(capsys.readouterr().out)["alerts"]


def test_one_witness_behind_is_outvoted_and_named(world, tmp_path, capsys):
    world.all_signed()
    world.clocks["witness-0"].set(-HOUR)
    note = world.until(
        lambda: world.times(note := world.all_signed())["witness-0"] < -60 and note
    )
    assert world.policy.accept(note).timestamp() > time.time() - 60
    said = world.witnesses[0].lines()
    assert any("seconds behind the last cosignature" in line for line in said)
    code, alerts = monitored(world, tmp_path / "home", capsys)
    assert code == 3
    assert any("The clock of the witness w" in one for one in alerts), alerts
    world.clocks["witness-0"].set(0)
    world.until(lambda: world.times(world.all_signed())["witness-0"] > -60)
    assert any("has caught up" in line for line in world.witnesses[0].lines())
    assert monitored(world, tmp_path / "home", capsys) == (0, [])


def test_all_witnesses_behind_publish_and_no_copy_goes_back_in_time(world, tmp_path):
    copy = Replica.open(tmp_path / "copy", origin=ORIGIN, policy=world.policy)
    world.all_signed()
    sync(copy, world.client)
    before, size = copy.quorum_time, copy.size
    for name in ("witness-0", "witness-1", "witness-2"):
        world.clocks[name].set(-HOUR)
    note = world.until(
        lambda: max(world.times(note := world.add()).values()) < -60 and note
    )
    assert world.policy.accept(note) < before
    sync(copy, world.client)
    assert copy.size > size
    assert copy.quorum_time >= before
    assert copy.root == copy.root_at(copy.size)
    again = Replica.open(tmp_path / "copy", origin=ORIGIN, policy=world.policy)
    assert again.quorum_time == copy.quorum_time


def test_a_ledger_behind_its_witnesses_says_so_and_goes_on(world):
    world.all_signed()
    assert world.health()["clock"]
    world.clocks["ledger"].set(-HOUR)
    note = world.add()
    assert world.policy.accept(note)
    said = world.until(lambda: not (said := world.health())["clock"] and said)
    assert not said["healthy"]
    assert said["checkpoint_age_seconds"] < -60
    world.clocks["ledger"].set(0)
    world.until(lambda: world.health()["clock"])
    world.until(lambda: world.add() and world.health()["healthy"])
