"""A family of logs lives across a half-year: real HTTP, a clock that is turned."""

import json
from contextlib import closing

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
    ending,
    eventually,
    grant,
)
from tests.support.ledger_simulator import signer_of
from wallet.actions import auditor
from wallet.errors import HomeBusyError, TurnedAwayError, UsageError
from wallet.ledger import proof
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State, build_accreditation, build_receipt, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.shard_link import Relation


@pytest.fixture(params=["files", "postgresql"])
def world(request, tmp_path):
    shared = request.param == "postgresql"
    store = request.getfixturevalue("database") if shared else None
    made = FamilyWorld(tmp_path, store=store)
    yield made
    made.close()


def test_a_shard_is_linked_sealed_and_taken_down_and_its_proofs_outlive_it(world):
    home = world.trusting("reader", REGISTRY, OLD)
    with closing(Follower(home)) as network:
        story = Story(world, network)
        story.a_shard_takes_permissions_before_there_is_a_next_one()
        story.a_trusted_shard_announces_the_next_half_a_year_early()
        story.each_log_takes_what_is_its_own()
        story.what_ends_a_permission_goes_where_the_permission_is()
        story.after_the_last_day_there_is_no_new_permission()
        story.a_week_later_it_is_sealed_and_the_next_one_holds_its_end()
        story.it_stays_as_it_is_and_keeps_nobody_waiting()
        story.it_is_kept_as_long_as_was_promised()
        network.sync()
        story.what_a_home_holds_of_it_still_counts(network)
    audits = auditor.verify_ledgers(home)
    assert [one.origin for one in audits][1:] == [OLD_ORIGIN, NEW_ORIGIN]
    assert [one.findings for one in audits] == [(), (), ()]
    story.its_entries_are_deleted_a_month_later_and_never_begun_anew()
    with closing(Follower(home)) as network:
        story.what_a_home_holds_of_it_still_counts(network)  # without asking anybody


class Story:
    """One shard's life, a step each."""

    def __init__(self, world, network):
        self.world, self.network = world, network
        (self.old, self.control), (self.late, self.late_control) = (
            grant(number, OLD) for number in (1, 2)
        )

    def a_shard_takes_permissions_before_there_is_a_next_one(self):
        self.at = self.network.submitted(self.old)
        self.network.covered(OLD_ORIGIN, self.old)
        assert self.network.origins == (f"{NETWORK}/{REGISTRY}", OLD_ORIGIN)
        assert self.network.relations(OLD_ORIGIN) == []

    def a_trusted_shard_announces_the_next_half_a_year_early(self):
        network = self.network
        self.world.restart()
        network.until(lambda: NEW_ORIGIN in network.origins)
        assert network.learned == (NEW_ORIGIN,)
        assert (Relation.NEXT, None) in network.relations(OLD_ORIGIN)
        network.until(lambda: network.relations(NEW_ORIGIN))
        assert network.relations(NEW_ORIGIN) == [(Relation.PREVIOUS, None)]
        assert told(self.world, OLD)["phase"] == "open"

    def each_log_takes_what_is_its_own(self):
        submit, register = self.network.submit, f"{NETWORK}/{REGISTRY}"
        assert submit(OLD_ORIGIN, self.old) == self.at
        self.late_at = submit(OLD_ORIGIN, self.late)
        submit(NEW_ORIGIN, grant(3, NEW)[0])
        submit(register, licence(register))
        assert "register" in refused(submit, OLD_ORIGIN, licence(OLD_ORIGIN))[1]
        assert "consent" in refused(submit, register, grant(3, REGISTRY)[0])[1]

    def what_ends_a_permission_goes_where_the_permission_is(self):
        end = ending(self.old, self.control, index=self.at, path=OLD)
        self.network.submit(OLD_ORIGIN, end)
        self.network.covered(OLD_ORIGIN, end)
        view = self.network.view(OLD_ORIGIN)
        assert view.state(self.at) is State.ENDED
        assert view.state(self.late_at) is State.STANDS
        self.held = view.proof(self.late_at)

    def after_the_last_day_there_is_no_new_permission(self):
        self.world.turn(2027, 1, 2)
        eventually(lambda: told(self.world, OLD)["phase"] == "closing")
        status, said = refused(self.network.submit, OLD_ORIGIN, grant(4, OLD)[0])
        assert status == 403
        assert said.endswith("a new one belongs into consent/2027h1")
        self.network.submit(OLD_ORIGIN, receipt(1))
        late = ending(self.late, self.late_control, index=self.late_at, path=OLD)
        self.network.submit(OLD_ORIGIN, late)
        self.network.submit(NEW_ORIGIN, grant(5, NEW)[0])

    def a_week_later_it_is_sealed_and_the_next_one_holds_its_end(self):
        network, copy = self.network, self.network.view(OLD_ORIGIN)
        self.world.turn(2027, 1, 8, minutes=1)
        eventually(lambda: told(self.world, OLD)["phase"] == "read-only")
        self.world.turn(2027, 1, 8, minutes=11)
        for _ in range(3):  # whatever it was doing, it goes on from there
            self.world.restart()
        final = network.until(network.final)
        assert (copy.size, copy.root) == (final.size, final.root)
        assert network.relations(OLD_ORIGIN)[-1] == (Relation.SEAL, None)
        assert refused(network.submit, OLD_ORIGIN, receipt(2))[0] == 403
        assert network.submit(OLD_ORIGIN, self.old) == self.at
        assert copy.state(self.late_at) is State.ENDED
        self.final = final

    def it_stays_as_it_is_and_keeps_nobody_waiting(self):
        network, copy = self.network, self.network.view(OLD_ORIGIN)
        self.world.turn(2027, 3, 1)
        newer = network.view(NEW_ORIGIN)
        network.until(lambda: newer.quorum_time > copy.quorum_time)
        note = self.world.get(f"{OLD}/checkpoint")
        assert parse_note(note).checkpoint.size == copy.size == self.final.size

    def it_is_kept_as_long_as_was_promised(self):
        world = self.world
        with pytest.raises(UsageError, match="08 January 2028"):
            world.deny()
        ahead = world.now.replace(year=2037)  # the witnesses know better
        with pytest.raises(UsageError, match="08 January 2028"):
            world.deny(now=ahead)
        world.turn(2028, 1, 8, hours=1)
        eventually(world.denied)
        said = eventually(lambda: gone(world))
        assert said == (410, "taken down on 2028-01-08, as its retention policy says")
        shard = told(world, OLD)
        assert (shard["phase"], shard["minimum_index"]) == ("retired", self.final.size)
        note = parse_note(world.get(f"{OLD}/checkpoint")).checkpoint
        assert (note.size, note.root) == (self.final.size, self.final.root)
        with pytest.raises(UsageError, match="half-year"):
            world.deny(REGISTRY)

    def what_a_home_holds_of_it_still_counts(self, network):
        policy = Policy.parse(self.world.family.policy)
        view = network.view(OLD_ORIGIN)
        assert view.entry(self.at) == self.old
        for data in (self.held, view.proof(self.late_at)):
            read, leaf = proof.parse(data), leaf_hash(self.late)
            assert read.index == self.late_at
            assert proof.verify(read, leaf=leaf, policy=policy, origin=OLD_ORIGIN)

    def its_entries_are_deleted_a_month_later_and_never_begun_anew(self):
        world = self.world
        with pytest.raises(UsageError, match="07 February 2028"):
            world.delete()
        world.turn(2028, 3, 1)
        with pytest.raises(HomeBusyError):
            world.delete()
        world.stop()
        (world.home / OLD / "ledger.db").unlink(missing_ok=True)  # killed half-way
        assert world.delete().deleted == "2028-03-01"
        world.start()
        assert gone(world)[0] == 410
        left = {path.name for path in (world.home / OLD).iterdir()}
        assert not {name for name in left if name.endswith((".db", ".key"))}


def refused(call, *given):
    with pytest.raises(TurnedAwayError) as turned:
        call(*given)
    return turned.value.status, turned.value.detail


def told(world, path):
    return json.loads(world.get(f"{path}/log.json"))["shard"]


def gone(world):
    try:
        world.get(f"{OLD}/tile/entries/000.p/1")
    except TurnedAwayError as turned:
        return (turned.status, turned.detail) if turned.status == 410 else None


def receipt(number):
    key = signer_of(f"receipt {number}")
    return build_receipt(key, origin=OLD_ORIGIN, commitment=bytes(32))


def licence(origin):
    key = signer_of("board")
    return build_accreditation(
        key, origin=origin, commitment=bytes(32), control_public=key.public
    )
