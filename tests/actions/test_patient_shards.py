"""A permission goes to the shard of its end, and what ends it to the same one."""

from datetime import UTC, datetime

import pytest

from tests.support.patient_world import PatientWorld
from tests.support.world import DAY, NOON, card_for
from wallet.actions.patient import network, outbox, permissions, sharing
from wallet.actions.patient.permissions import GrantState
from wallet.errors import RefusedError, TurnedAwayError, UsageError
from wallet.grants.permission import parse_permission
from wallet.practitioners.card import parse_card, sign_card
from wallet.server.relay.relay import Relay
from wallet.vault import grants
from wallet.verdict import Reason

REGISTRY, OLD, NEW = (
    f"ledger.test/{path}" for path in ("registry", "consent/2026h2", "consent/2027h1")
)
FAMILY = (REGISTRY, NEW, OLD)


class ShardWorld(PatientWorld):
    """One ledger under three names; every submission is kept with the name it took."""

    origins = FAMILY

    def __init__(self, folder):
        super().__init__(folder)
        self.submitted, self.sealed = [], set()
        self.relay_server = Relay(self.storage, dict.fromkeys(FAMILY, self.ledger))

    def view(self, origin):
        return self.ledger if origin in self.origins else None

    def submit(self, origin, entry):
        if origin in self.sealed:
            raise TurnedAwayError(403, "this shard is sealed")
        self.submitted.append(origin)
        return super().submit(origin, entry)

    def sync(self, _watch=None):
        self.ledger.publish(self.now)
        for origin in FAMILY:
            self.relay_server.looked(origin, now=self.now)


@pytest.fixture
def world(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    made = ShardWorld(tmp_path)
    yield made
    made.close()


def share(world, *, days, origin=REGISTRY):
    return world.share(days=days, card=card_for(world.elm, origin=origin))


@pytest.mark.parametrize(("days", "origin"), [(7, OLD), (90, NEW), (218, NEW)])
def test_a_permission_goes_to_the_shard_of_the_half_year_it_ends_in(
    world, days, origin
):
    made = share(world, days=days)
    assert made.permission.origin == origin
    outbox.send(world.wallet, now=world.now)
    assert world.submitted == [origin]


def test_a_permission_no_shard_can_hold_names_the_last_possible_day(world):
    with pytest.raises(UsageError, match="30 June 2027") as refused:
        share(world, days=219)
    assert "choose an earlier end" in str(refused.value)
    assert permissions.every(world.wallet, now=world.now) == []
    card = card_for(world.elm, origin=OLD)
    assert sharing.last_end(world.wallet, card) == datetime(2027, 7, 1, tzinfo=UTC)


def test_a_shard_that_no_quorum_has_signed_takes_no_permission(world):
    world.view = lambda origin: None if origin == NEW else world.ledger
    with pytest.raises(UsageError, match="31 December 2026"):
        share(world, days=90)


def test_a_network_outside_the_trust_file_takes_no_permission(world):
    card = sign_card(
        world.elm.signer,
        sealing_key=world.elm.opener.public,
        relay=None,
        origin="other.test/registry",
        begins=NOON - DAY,
        ends=NOON + DAY,
        accreditation=parse_card(card_for(world.elm, origin=REGISTRY)).accreditation,
    )
    with pytest.raises(RefusedError) as refused:
        world.share(days=7, card=card)
    assert refused.value.reason is Reason.NOT_IN_COPY


def test_a_withdrawal_goes_to_the_shard_of_its_permission(world):
    first, second = share(world, days=7), share(world, days=90)
    outbox.send(world.wallet, now=world.now)
    world.submitted.clear()
    sharing.withdraw(world.wallet, first.leaf, now=world.now)
    outbox.send(world.wallet, now=world.now)
    assert world.submitted == [OLD]
    row = grants.permission(world.store, leaf=second.leaf)
    assert parse_permission(row.signed)[0].origin == NEW


def test_a_withdrawal_that_came_after_the_seal_is_given_up_and_not_before(world):
    made = share(world, days=7)
    outbox.send(world.wallet, now=world.now)
    world.send()
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.sealed = {OLD}
    outbox.send(world.wallet, now=world.now)
    assert grants.permission(world.store, leaf=made.leaf).ending is not None
    world.later(seconds=45 * DAY)
    world.ledger.publish(world.now)
    assert outbox.send(world.wallet, now=world.now).undone == 0
    assert permissions.show(world.wallet, made.leaf, now=world.now).state is (
        GrantState.ENDED
    )


class Copy:
    def __init__(self, quorum_time):
        self.quorum_time = quorum_time


def test_a_shard_that_takes_nothing_any_more_holds_nobody_back(world):
    stopped = datetime(2027, 1, 8, 0, 20, tzinfo=UTC)
    now = datetime(2027, 5, 1, tzinfo=UTC)
    times = {REGISTRY: now, NEW: now, OLD: stopped}
    world.view = lambda origin: Copy(times[origin])
    assert network.as_of(world.wallet) == now
    times[OLD] = None
    assert network.as_of(world.wallet) is None
    world.origins = (OLD,)
    times[OLD] = stopped
    assert network.as_of(world.wallet) == stopped
