"""A permission may wait on purpose, until its moment; no end of one ever does."""

from datetime import timedelta

import pytest

from tests.support.patient_world import PatientWorld
from wallet.actions.patient import activity, details, holding, outbox, sharing
from wallet.actions.patient.permissions import GrantState
from wallet.errors import UsageError
from wallet.grants import receipt
from wallet.ledger.entry import build_receipt
from wallet.store.connection import open_store
from wallet.store.migrations import bring_up
from wallet.vault import grants, receipts, schema

HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path):
    (tmp_path / "relay").mkdir()
    (tmp_path / "home").mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


def wait_an_hour(world):
    holding.set_delay(world.wallet, HOUR)
    return world.share()


def test_nothing_waits_unless_it_is_set(world):
    assert holding.delay(world.wallet) == timedelta()
    made = world.share()
    assert made.held_until is None
    world.send()
    assert world.show(made.leaf).state is GrantState.IN_FORCE


def test_a_permission_is_not_sent_before_its_moment_and_is_sent_after(world):
    made = wait_an_hour(world)
    assert world.now < made.held_until <= world.now + HOUR
    assert world.send().undone == 1
    assert world.ledger.entries == []
    world.now = made.held_until - timedelta(seconds=1)
    world.send()
    assert world.ledger.entries == []
    assert world.show(made.leaf).pending == "issue"
    world.now = made.held_until + timedelta(seconds=1)
    world.send()
    shown = world.show(made.leaf)
    assert (shown.state, shown.held_until) == (GrantState.IN_FORCE, None)


def test_the_moment_is_drawn_anew_for_each(world):
    holding.set_delay(world.wallet, HOUR)
    moments = {world.share().held_until for _ in range(4)}
    assert len(moments) > 1


def test_a_restart_keeps_the_moment(world):
    made = wait_an_hour(world)
    world.store.close()  # nothing else is in memory
    world.store = open_store(world.folder / "home" / "vault.db", key=bytes(32))
    object.__setattr__(world.wallet, "store", world.store)
    assert world.show(made.leaf).held_until == made.held_until
    world.send()
    assert world.ledger.entries == []


def test_it_can_be_sent_now_after_all(world):
    made = wait_an_hour(world)
    shown = sharing.send_now(world.wallet, made.leaf, now=world.now)
    assert shown.held_until is None
    world.send()
    assert world.show(made.leaf).state is GrantState.IN_FORCE
    with pytest.raises(UsageError, match="does not wait"):
        sharing.send_now(world.wallet, made.leaf, now=world.now)
    with pytest.raises(UsageError):
        sharing.send_now(world.wallet, bytes(32), now=world.now)


def test_a_withdrawal_never_waits_and_takes_its_permission_along(world):
    made = wait_an_hour(world)
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.send()
    assert len(world.ledger.entries) == 2  # its file may have been handed over
    assert world.show(made.leaf).state is GrantState.WITHDRAWN


def test_one_that_replaces_another_does_not_wait(world):
    old = world.share()
    world.send()
    holding.set_delay(world.wallet, HOUR)
    new = world.share(replaces=old.leaf)
    assert new.held_until is None
    world.send()
    world.send()
    assert world.show(old.leaf).state is GrantState.REPLACED


def test_one_that_waits_keeps_no_end_of_another_waiting(world):
    old = world.share()
    world.send()
    held = wait_an_hour(world)
    sharing.withdraw(world.wallet, old.leaf, now=world.now)
    world.send()
    assert world.show(old.leaf).state is GrantState.WITHDRAWN
    assert world.show(held.leaf).held_until is not None


def test_it_waits_for_half_of_its_own_time_at_most(world):
    holding.set_delay(world.wallet, holding.LONGEST)
    made = world.share(days=1)
    assert made.held_until <= world.now + timedelta(hours=12)


def test_a_clock_set_back_holds_nothing_for_years(world):
    made = wait_an_hour(world)
    world.now -= timedelta(days=400)
    assert world.show(made.leaf).held_until is None
    outbox.send(world.wallet, now=world.now)
    assert len(world.ledger.entries) == 1


@pytest.mark.parametrize("span", [timedelta(seconds=-1), timedelta(days=1, seconds=1)])
def test_no_other_span_is_taken(world, span):
    with pytest.raises(UsageError, match="a day at most"):
        holding.set_delay(world.wallet, span)
    assert holding.delay(world.wallet) == timedelta()


def test_details_of_an_opening_are_asked_for_after_a_moment_of_their_own(world):
    made = world.share()
    world.send()
    holding.set_delay(world.wallet, HOUR)
    secret = world.wallet.keys.grant(0).secret
    key = receipt.receipt_key(secret, 0)
    world.ledger.submit(
        build_receipt(key, origin=made.permission.origin, commitment=bytes(32))
    )
    world.sync()
    activity.find_receipts(world.wallet, made.permission.origin, now=world.now)
    (row,) = receipts.receipts(world.store, person=0)
    assert world.now.timestamp() < row.held_until <= (world.now + HOUR).timestamp()
    asked = []
    world.bucket_bits = lambda: 1
    world.ledger.size = 2_000
    world.bucket = lambda _bits, prefix: asked.append(prefix) or {}
    for _ in range(40):
        details.read_details(world.wallet, now=world.now)
    assert set(asked) == {0, 1}  # any bucket, as when nothing waits
    world.later(hours=2)
    asked.clear()
    (row,) = receipts.receipts(world.store, person=0)
    if not row.unanswered:
        details.read_details(world.wallet, now=world.now)
        assert asked == [0]


def test_a_vault_of_an_older_program_learns_to_wait(world):
    made = world.share()
    row = grants.permission(world.store, leaf=made.leaf)
    assert row.held_until is None
    assert bring_up(world.store, schema.STEPS) == len(schema.STEPS)
