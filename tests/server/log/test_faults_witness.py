"""A witness that is slow or lies: named, and the quorum of the others publishes."""

import time
from contextlib import closing

import pytest

from tests.support.bad_witness import NAME, VKEY, BadWitness
from tests.support.ledger_servers import LedgerWorld, Process, health_of, receipt

LIES = {
    "wrong_key": "signature_wrong",
    "stranger": "no_quorum: cosignature missing",
    "other_note": "signature_wrong",
    "time_zero": "signature_wrong",
    "huge_size": "it answered 409",
    "larger": "it answered 409",
    "no_size": "it answered 409",
    "garbage": "malformed",
    "too_long": "witness unreachable",
    "no_http": "witness unreachable",
}
SLOW = ("quiet", "drip")


class BadWorld(LedgerWorld):
    """Two good witnesses and a bad one; two make a quorum."""

    def __init__(self, folder, bad):
        self.folder, self.bad = folder, bad
        self.number = 0
        super().__init__(folder)

    def serve_words(self):
        words = super().serve_words()
        del words[-2:]  # the third makes room
        return [*words, "--witness", f"{VKEY.text}={self.bad.url}"]

    def _process(self, *words, name):
        return Process(*words, log=self.folder / f"{name}.log")

    def add(self):
        """An entry under a quorum's note; that note."""
        self.number += 1
        return self.published(self.submit(receipt(self.number)))

    def health(self):
        return health_of(self.server.said["url"])

    def until(self, ask, *, patience=60.0):
        give_up = time.monotonic() + patience
        while not (found := ask()):
            assert time.monotonic() < give_up, self.server.lines()
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with closing(BadWitness()) as bad:
        made = BadWorld(tmp_path_factory.mktemp("bad"), bad)
        yield made
        made.close()


@pytest.mark.parametrize("way", LIES)
def test_a_lying_witness_is_named_and_its_line_is_in_no_note(world, way):
    world.bad.behave("good")
    world.add()
    world.until(lambda: NAME in {line.name for line in world.add().lines})
    world.until(lambda: not world.health()["failing_witnesses"])
    world.bad.behave(way)
    asked = world.bad.asked
    note = world.until(
        lambda: (note := world.add()) and world.bad.asked > asked and note
    )
    assert {line.name for line in note.lines} >= {"witness-0", "witness-1"}
    # A machine with much else to do may find it slow before it finds it lying.
    world.until(lambda: failing(world, world.add()).startswith(LIES[way]))
    assert NAME not in {line.name for line in world.add().lines}
    said = [line for line in world.server.lines() if NAME in line]
    assert said[-1].startswith(f"the witness {NAME} fails: ")


def failing(world, _):
    return world.health()["failing_witnesses"].get(NAME, "")


@pytest.mark.parametrize("way", SLOW)
def test_a_slow_witness_holds_up_no_publication(world, way):
    """The others publish while it still holds its request."""
    world.bad.behave(way)
    asked = world.bad.asked
    world.until(lambda: world.add() and world.bad.asked > asked)
    sizes = {world.add().checkpoint.size for _ in range(3)}
    assert len(sizes) == 3
    assert failing(world, None)
    assert NAME not in {line.name for line in world.note().lines}
    world.bad.behave("good")


def test_a_witness_that_does_right_again_is_back_in_the_notes(world):
    world.bad.behave("good")
    world.until(lambda: NAME in {line.name for line in world.add().lines})
    world.until(lambda: not world.health()["failing_witnesses"])
    said = [line for line in world.server.lines() if NAME in line]
    assert said[-1] == f"the witness {NAME} answers again as it must"
    assert world.server.process.poll() is None
