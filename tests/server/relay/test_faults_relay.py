"""Clocks set back, full disks and turned bits at a relay: it releases nothing more."""

import random
import sqlite3

import pytest

from tests.support.flips import turn_bit
from tests.support.relay_world import RelayWorld, at
from wallet.errors import RefusedError
from wallet.server.relay.rules import MAX_RECEIPT_AGE
from wallet.verdict import Reason

HOUR = 3_600
TURNS = 6
_IDLE = 600  # seconds after which an idle ledger publishes again


@pytest.fixture
def world(tmp_path):
    made = RelayWorld(tmp_path)
    made.log_grant()
    made.deposit()
    return made


def reason(ask, *args, **more):
    with pytest.raises(RefusedError) as refused:
        ask(*args, **more)
    return refused.value.reason


def test_under_a_clock_set_back_nothing_is_released_or_taken(world):
    asked = world.receipt()
    back = at(-HOUR)
    assert reason(world.ask, asked, now=back) is Reason.CLOCK_DOUBTFUL
    assert reason(world.deposit, now=back) is Reason.CLOCK_DOUBTFUL
    assert world.ask(asked, now=at())  # and when it is right again, it goes on


def test_under_a_clock_set_back_a_withdrawal_is_taken_all_the_same(world):
    asked = world.receipt()
    world.notice(now=at(-HOUR))
    assert reason(world.ask, asked) is Reason.WITHDRAWN


def test_a_clock_a_little_behind_its_witnesses_is_right_enough(world):
    asked = world.receipt(moment=at(90))
    assert world.ask(asked, now=at(30))


def flipped(world, table, column, number):
    world.storage.close()
    dice = random.Random(f"{table}{column}{number}")  # noqa: S311
    turned = turn_bit(world.folder / "relay.db", table, column, dice)
    world.restart()
    world.look(at())
    return turned


WITHDRAWN = [
    ("permission", name)
    for name in ("leaf", "origin", "entry", "until", "noticed_at", "notice")
]


@pytest.mark.parametrize("place", WITHDRAWN, ids=":".join)
def test_a_turned_bit_brings_no_withdrawn_permission_back(tmp_path, place):
    for number in range(TURNS):
        world = RelayWorld(tmp_path / str(number))
        world.log_grant()
        world.deposit()
        world.notice()
        assert flipped(world, *place, number)
        assert isinstance(reason(world.ask, world.receipt()), Reason)


@pytest.mark.parametrize("name", ["origin", "entry", "until"])
def test_a_withdrawal_is_taken_though_what_is_kept_of_its_entry_is_damaged(
    tmp_path, name
):
    """The message carries the entry, which proves itself."""
    for number in range(TURNS):
        world = RelayWorld(tmp_path / str(number))
        world.log_grant()
        world.deposit()
        assert flipped(world, "permission", name, number)
        assert world.notice() == []
        assert isinstance(reason(world.ask, world.receipt()), Reason)


@pytest.mark.parametrize("name", ["origin", "size", "at"])
def test_a_turned_bit_makes_no_receipt_younger_than_the_next_mark(tmp_path, name):
    """The marks say since when the ledger shows a receipt."""
    for number in range(TURNS):
        world = RelayWorld(tmp_path / str(number))
        world.log_grant()
        world.deposit()
        world.restart()
        world.look(at(0))
        old = world.receipt(moment=at(1))
        world.copy.add(b"the root of an idle ledger")
        world.look(at(_IDLE))
        late = at(_IDLE + MAX_RECEIPT_AGE.total_seconds() + 60)
        world.look(late)
        turned = turn_bit(
            world.folder / "relay.db",
            "mark",
            name,
            random.Random(f"{name}{number}"),  # noqa: S311
        )
        if turned:
            assert isinstance(reason(world.ask, old, now=late), Reason)


def test_a_commit_that_fails_leaves_the_relay_ready_for_the_next(world):
    """As on a full disk: SQLite may have ended the transaction, or not."""
    limit = world.storage._db.execute("PRAGMA page_count").fetchone()[0]
    world.storage._db.execute(f"PRAGMA max_page_count={limit}")
    asked = [world.receipt(place) for place in range(12)]
    failed = 0
    for one in asked:
        try:
            world.ask(one)
        except sqlite3.OperationalError:
            failed += 1
    assert failed
    world.storage._db.execute("PRAGMA max_page_count=100000")
    released = [world.ask(one) for one in asked]
    assert all(released)
