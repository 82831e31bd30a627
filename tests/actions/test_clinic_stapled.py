"""A desk without a copy checks a permission by the bundles that came along."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.ledger.entries import change
from tests.support.plain_store import PlainStore
from tests.support.relay_world import at
from tests.support.status_log import MirroredLedger
from tests.support.world import ORIGIN, body_for, card_for, clinic, issued
from wallet.actions.clinic import checking
from wallet.actions.clinic.home import Clinic, ClinicHome
from wallet.actions.clinic.stapled import of_leaf
from wallet.actions.live_network import LiveNetwork
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.errors import RefusedError
from wallet.keys.signing import Signer
from wallet.ledger.entry import State, build_accreditation, commit
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.stapling import staple
from wallet.ledger.sync import sync
from wallet.practitioners.card import parse_card
from wallet.verdict import Reason, Status

BOARD, BOARD_CONTROL = Signer.from_seed(b"b" * 32), Signer.from_seed(b"d" * 32)
LICENCE, GRANT = 0, 1
_MINUTE = 60


class World:
    """One ledger with a mirror, a wallet that has its copy, a desk that has none."""

    def __init__(self, folder):
        self.reader, self.folder = clinic(), folder
        self.made, _, self.keys = issued(self.reader)
        self.ledger = MirroredLedger(at(), origin=ORIGIN)
        history = self.ledger.history
        history.add(
            build_accreditation(
                BOARD,
                origin=ORIGIN,
                commitment=commit(bytes(32), body_for(self.reader).encode()),
                control_public=BOARD_CONTROL.public,
            )
        )
        history.add(self.made.entry)
        history.many(300)
        self.ledger.publish()
        home = ClinicHome(folder / "desk")
        for place in (home.trust, home.private):
            place.mkdir(parents=True)
        (home.trust / "ledger.policy").write_text(self.ledger.policy)
        (home.trust / "boards.policy").write_text(f"board oak {BOARD.public.hex()}\n")
        (home.trust / "ledger.url").write_text("http://127.0.0.1:9\n")
        self.store = PlainStore(*STEPS)
        self.desk = Clinic(
            home=home,
            signer=self.reader.signer,
            opener=self.reader.opener,
            desk=Desk(self.store),
            card=parse_card(card_for(self.reader, index=LICENCE)),
        )
        self.network = LiveNetwork(home.folder)
        policy = Policy.parse(self.ledger.policy)
        self.wallet = Replica.open(folder / "wallet", origin=ORIGIN, policy=policy)
        sync(self.wallet, self.ledger)

    def close(self):
        self.network.close()
        self.store.close()

    def change(self, state, seq=1):
        """The patient changes the state, and the ledger publishes a minute later."""
        keys = self.keys.grant(0)
        told = change(
            GRANT,
            self.made.entry,
            state,
            seq,
            signer=keys.control,
            origin=ORIGIN,
            nonce=seq.to_bytes(16, "big"),
        )
        self.ledger.history.add(told)
        self.publish()

    def publish(self):
        self.ledger.advance(minutes=1)
        self.ledger.publish()
        sync(self.wallet, self.ledger)

    def bundles(self, *indices):
        return [staple(self.wallet, index) for index in indices]

    def check(self, *bundles, seconds=_MINUTE, **more):
        return checking.check(
            self.desk,
            self.made.grant_file,
            self.network,
            now=at(seconds),
            stapled=[self.network.stapled(data) for data in bundles],
            **more,
        )

    def reason(self, *bundles, **more):
        return self.check(*bundles, **more).verdict.reason


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def test_with_both_bundles_a_desk_without_a_copy_may_go_ahead(world):
    checked = world.check(*world.bundles(LICENCE, GRANT))
    verdict = checked.verdict
    assert verdict.status is Status.GO_AHEAD
    assert verdict.as_of == world.wallet.quorum_time
    assert verdict.checkpoint == world.wallet.checkpoint_ref
    assert checked.index == GRANT
    assert "proof" in dict(verdict.evidence)


def test_one_bundle_is_not_the_other(world):
    assert world.reason() is Reason.NO_QUORUM
    assert world.reason(*world.bundles(GRANT)) is Reason.NO_QUORUM  # of the licence
    assert world.reason(*world.bundles(LICENCE)) is Reason.NO_QUORUM
    assert world.reason(*world.bundles(5, 6)) is Reason.NO_QUORUM


def test_what_the_patient_and_the_board_changed_is_told(world):
    world.change(State.HELD)
    assert world.reason(*world.bundles(LICENCE, GRANT)) is Reason.PAUSED
    world.change(State.STANDS, 2)
    assert world.reason(*world.bundles(LICENCE, GRANT)) is Reason.GO_AHEAD
    world.change(State.ENDED, 3)
    assert world.reason(*world.bundles(LICENCE, GRANT)) is Reason.WITHDRAWN


def test_without_a_mirror_it_is_not_proved(world):
    world.ledger.mirror_up = False
    world.publish()
    assert world.reason(*world.bundles(LICENCE, GRANT)) is Reason.STATUS_UNPROVED
    world.change(State.ENDED)
    assert world.reason(*world.bundles(LICENCE, GRANT)) is Reason.WITHDRAWN


def test_a_licence_whose_state_no_mirror_recomputed_is_no_licence(world):
    (grant,) = world.bundles(GRANT)
    world.ledger.mirror_up = False
    world.publish()
    (licence,) = world.bundles(LICENCE)
    assert world.check(licence, grant).verdict.status is Status.CANNOT_TELL


def test_a_bundle_ages_as_a_copy_does(world):
    both = world.bundles(LICENCE, GRANT)
    hour = 3_600  # the permission's largest age
    assert world.reason(*both, seconds=hour - 5) is Reason.GO_AHEAD
    assert world.reason(*both, seconds=hour + 5) is Reason.COPY_TOO_OLD


def test_before_its_checkpoint_a_bundle_cannot_tell(world):
    world.publish()
    both = world.bundles(LICENCE, GRANT)
    seen = world.wallet.quorum_time
    early = seen - timedelta(seconds=1)
    assert world.reason(*both, seconds=300, at=early) is Reason.NO_QUORUM
    assert world.reason(*both, seconds=300, at=seen) is Reason.GO_AHEAD


def test_the_newest_bundle_counts(world):
    old = world.bundles(LICENCE, GRANT)
    world.change(State.HELD)
    new = world.bundles(GRANT)
    for order in ([*old, *new], [*new, *old]):
        assert world.reason(*order) is Reason.PAUSED


def test_a_desks_own_copy_comes_first_unless_the_bundle_is_newer(world):
    own = world.network.replica(ORIGIN)
    sync(own, world.ledger)
    assert world.reason() is Reason.GO_AHEAD
    world.change(State.HELD)
    held = world.bundles(GRANT)
    assert world.reason(*held) is Reason.PAUSED
    sync(own, world.ledger)
    world.change(State.STANDS, 2)
    assert world.reason() is Reason.PAUSED
    assert world.reason(*held) is Reason.PAUSED
    assert world.reason(*world.bundles(GRANT)) is Reason.GO_AHEAD
    world.change(State.ENDED, 3)
    sync(own, world.ledger)
    assert world.reason(*held) is Reason.WITHDRAWN


def test_an_end_that_the_copy_has_read_is_final_whatever_a_newer_bundle_says(world):
    lies = world.bundles(GRANT)
    world.change(State.ENDED)
    own = world.network.replica(ORIGIN)
    sync(own, world.ledger)
    newer = MirroredLedger(at(600), origin=ORIGIN)
    newer.history.add(world.ledger.history.entries[0])
    newer.history.add(world.made.entry)
    newer.history.many(900)  # another history, longer than the copy
    newer.publish()
    other = Replica.open(world.folder / "other", origin=ORIGIN, policy=own.policy)
    sync(other, newer)
    forged = staple(other, GRANT)
    assert world.reason(forged, seconds=700) is Reason.WITHDRAWN
    assert world.reason(*lies) is Reason.WITHDRAWN


def test_a_bundle_of_another_history_is_a_fork_that_the_copy_remembers(world):
    own = world.network.replica(ORIGIN)
    sync(own, world.ledger)
    newer = MirroredLedger(at(120), origin=ORIGIN)
    newer.history.add(world.ledger.history.entries[0])
    newer.history.add(world.made.entry)
    newer.history.many(3)
    newer.publish()
    other = Replica.open(world.folder / "other", origin=ORIGIN, policy=own.policy)
    sync(other, newer)
    assert world.reason(staple(other, GRANT), seconds=180) is Reason.LEDGER_FORKED
    assert own.is_forked
    assert world.reason() is Reason.LEDGER_FORKED


def test_a_bundle_of_a_ledger_that_is_not_followed_is_refused(world):
    stranger = MirroredLedger(at(), origin="stranger.test/log")
    stranger.history.many(3)
    stranger.publish()
    policy = Policy.parse(stranger.policy)
    copy = Replica.open(
        world.folder / "stranger", origin="stranger.test/log", policy=policy
    )
    sync(copy, stranger)
    with pytest.raises(RefusedError) as refused:
        world.network.stapled(staple(copy, 0))
    assert refused.value.reason is Reason.NOT_IN_COPY


@pytest.mark.parametrize("forked", [True, False])
def test_a_fork_that_the_copy_saw_goes_along_with_the_bundle(world, forked):
    own = SimpleNamespace(origin=ORIGIN, quorum_time=None, is_forked=forked)
    told = world.network.stapled(world.bundles(GRANT)[0])
    assert of_leaf(own, [told], told.leaf).is_forked is forked
