"""A clinic with real copies, register and relay: what the ledger says counts."""

from itertools import permutations

import pytest

from tests.support.thief import loot, opens
from tests.support.whole_world import ORIGIN, Calls, WholeWorld
from tests.support.world import DAY
from wallet.actions import issuer
from wallet.actions.clinic import checking
from wallet.grants import withdrawal
from wallet.grants.grant_file import open_grant_file
from wallet.keys.signing import Signer
from wallet.ledger.entry import State, build_grant, parse_entry
from wallet.verdict import Reason


@pytest.fixture
def world(tmp_path):
    made = WholeWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(world):
    return world.add_clinic("elm")


def test_a_clinic_is_accredited_given_records_and_refused_after_withdrawal(world, desk):
    shared = world.share(desk)
    verdict = desk.check(shared.made.grant_file)
    assert verdict.reason is Reason.GO_AHEAD
    assert verdict.checkpoint.size == world.ledger.size
    assert desk.open(shared.made.grant_file) is Reason.GO_AHEAD
    assert [k for k, _, _ in world.notice(shared)] == [0]
    world.ledger.submit(world.change(shared, State.ENDED, seq=1))
    assert desk.open(shared.made.grant_file, "again") is Reason.WITHDRAWN


def test_an_accreditation_the_board_has_ended_is_a_licence_ended(world, desk):
    shared = world.share(desk)
    issuer.revoke(world.board, desk.line.index, desk.network, waiting=world.waiting)
    assert desk.open(shared.made.grant_file) is Reason.LICENCE_ENDED


def test_an_accreditation_that_ran_out_is_a_licence_ended(world):
    desk = world.add_clinic("short", days=2)
    shared = world.share(desk)
    world.turn(seconds=2 * DAY)
    assert desk.open(shared.made.grant_file) is Reason.LICENCE_ENDED


def test_a_board_nobody_trusts_vouches_for_nobody(world, desk):
    shared = world.share(desk)
    world.boards.clear()
    assert desk.open(shared.made.grant_file) is Reason.NOT_ACCREDITED


def test_a_commitment_logged_again_under_another_control_key_does_not_save_it(
    world, desk
):
    stranger = Signer.from_seed(bytes(32))
    shared = world.share(desk, deposit=False)
    before = build_grant(
        stranger,
        origin=ORIGIN,
        commitment=_commitment(shared),
        control_public=stranger.public,
    )
    world.ledger.submit(before)
    world.ledger.submit(shared.made.entry)
    world.ledger.submit(
        build_grant(
            stranger,
            origin=ORIGIN,
            commitment=_commitment(shared),
            control_public=stranger.public,
        )
    )
    desk.network.sync()
    world.deposit(shared)
    assert desk.check(shared.made.grant_file).reason is Reason.GO_AHEAD
    world.ledger.submit(world.change(shared, State.ENDED, seq=1))
    assert desk.open(shared.made.grant_file) is Reason.WITHDRAWN


def _commitment(shared):
    return parse_entry(shared.made.entry, origin=ORIGIN).commitment


def test_an_entry_logged_twice_dies_at_its_first_index(world, desk):
    shared = world.share(desk)
    world.ledger.append(shared.made.entry)
    desk.network.sync()
    assert desk.check(shared.made.grant_file).reason is Reason.GO_AHEAD
    world.ledger.submit(world.change(shared, State.ENDED, seq=1))
    assert desk.open(shared.made.grant_file) is Reason.WITHDRAWN
    again = world.ledger.append(shared.made.entry)
    desk.network.sync()
    assert again > 0
    assert desk.check(shared.made.grant_file).reason is Reason.WITHDRAWN


@pytest.mark.parametrize("order", list(permutations(("pause", "end", "resume"))))
def test_a_pause_on_one_device_and_a_withdrawal_on_another_ends_it(world, desk, order):
    shared = world.share(desk)
    changes = {
        "pause": world.change(shared, State.HELD, seq=1),
        "end": world.change(shared, State.ENDED, seq=1),
        "resume": world.change(shared, State.STANDS, seq=2),
    }
    for name in order:
        world.ledger.submit(changes[name])
        desk.network.sync()
    assert desk.open(shared.made.grant_file) is Reason.WITHDRAWN


def test_a_pause_is_a_pause_until_it_is_resumed(world, desk):
    shared = world.share(desk)
    world.ledger.submit(world.change(shared, State.HELD, seq=1))
    assert desk.open(shared.made.grant_file) is Reason.PAUSED
    world.ledger.submit(world.change(shared, State.STANDS, seq=2))
    assert desk.open(shared.made.grant_file, "resumed") is Reason.GO_AHEAD


def test_a_ledger_that_shows_another_history_is_named_and_nothing_opens(world, desk):
    shared = world.share(desk)
    for _ in range(3):
        world.ledger.submit(world.share(desk, deposit=False).made.entry)
    desk.network.sync()
    world.ledger.fork(at=1)
    assert desk.open(shared.made.grant_file) is Reason.LEDGER_FORKED
    assert desk.network.replica.forked is not None
    assert desk.check(shared.made.grant_file).reason is Reason.LEDGER_FORKED


def test_too_few_witnesses_leave_the_copy_as_it_was_until_it_is_too_old(world, desk):
    shared = world.share(desk)
    world.ledger.witnesses_up = {"w1"}
    world.turn(seconds=3_601)
    desk.sync()
    assert desk.open(shared.made.grant_file) is Reason.COPY_TOO_OLD


def test_a_copy_that_never_had_a_quorum_says_so(world, desk):
    shared = world.share(desk)
    world.ledger.witnesses_up = set()
    desk.network = Calls(world, world.folder / "empty-copy")
    assert desk.check(shared.made.grant_file).reason is Reason.NO_QUORUM


def test_the_past_is_answered_from_the_checkpoint_that_stood_then(world, desk):
    shared = world.share(desk)
    then = world.now
    world.turn(seconds=600)
    world.ledger.submit(world.change(shared, State.ENDED, seq=1))
    desk.network.sync()
    assert desk.check(shared.made.grant_file).reason is Reason.WITHDRAWN
    assert desk.check(shared.made.grant_file, at=then).reason is Reason.GO_AHEAD


def test_a_stick_opens_offline_and_is_owed_until_the_desk_is_connected(world, desk):
    shared = world.share(desk)
    stick = world.folder / "package.hwp"
    stick.write_bytes(shared.package)
    world.ledger.reachable = False
    reason = desk.open(shared.made.offline_file, package=stick)
    assert reason is Reason.GO_AHEAD
    assert desk.sync().owed == 1
    world.ledger.reachable = True
    done = desk.sync()
    assert (done.sent, done.owed) == (1, 0)
    assert len(world.relay.buckets.within(0, 0)) == 1
    assert world.notice(shared) == []


def test_neither_the_relays_disk_nor_the_ledger_opens_anything(world, desk):
    shared = world.share(desk)
    assert desk.open(shared.made.grant_file) is Reason.GO_AHEAD
    disk = b"".join(
        path.read_bytes()
        for folder in ("relay", "relay-copy")
        for path in (world.folder / folder).rglob("*")
        if path.is_file()
    )
    permission = shared.made.permission
    planted = (
        b"hello",
        b"START-HERE",
        b"Dr. elm",
        b"Cardiologist",
        b"TREAT",
        permission.secret,
        permission.pair_sign,
        permission.pair_seal,
        permission.permission_id,
        desk.clinic.reader_id,
        desk.clinic.signer.public,
        desk.clinic.opener.public,
    )
    assert [word for word in planted if word in disk] == []


def test_relay_and_ledger_together_open_nothing_whatever_is_tried(world, desk):
    """A thief tries all they hold; with what only the reader has, the same tries open.

    The disks are as full as they get: deposited, released, withdrawn.
    """
    shared = world.share(desk)
    assert desk.open(shared.made.grant_file) is Reason.GO_AHEAD
    world.notice(shared)
    world.ledger.submit(world.change(shared, State.ENDED, seq=1))
    desk.network.sync()
    relay = loot(world.folder / "relay")
    ledger = loot(world.folder / "relay-copy")
    assert shared.package in relay
    deposit = shared.made.deposit
    target = {
        "package": shared.package,
        "leaf": shared.made.leaf,
        "object_id": deposit.object_id,
        "share": deposit.sealed_share,
    }
    assert not opens(relay, **target)
    assert not opens(ledger, **target)
    assert not opens(relay + ledger, **target)
    parts = open_grant_file(
        shared.made.offline_file,
        openers=[desk.clinic.opener],
        reader=desk.clinic.reader_id,
    ).parts
    # Either half alone is not enough; a clinic and the relay together would be.
    assert not opens([*relay, *ledger, parts.share_b], **target)
    assert not opens([*relay, *ledger, parts.share_a], **target)
    assert opens([parts.share_a, parts.share_b], **target)
    seed = b"elm".ljust(32, b".")
    assert opens([*relay, parts.share_a, seed], **target)


def test_a_withdrawal_file_ends_it_at_the_desk_without_any_network(world, desk):
    shared = world.share(desk)
    assert desk.check(shared.made.grant_file).reason is Reason.GO_AHEAD
    world.ledger.reachable = False
    notice = withdrawal.sign_notice(
        shared.grant.control, origin=ORIGIN, leaf=shared.made.leaf
    )
    file = withdrawal.write_stop_file(notice)
    checking.accept(desk.clinic, file, now=world.now)
    assert desk.open(shared.made.grant_file) is Reason.WITHDRAWN
