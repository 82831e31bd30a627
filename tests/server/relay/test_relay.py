"""The relay: answers to one logged receipt, and to nothing else."""

import hashlib
import random
from dataclasses import replace

import pytest

from tests.support.relay_world import RelayWorld, at
from tests.support.world import DAY, NOON, ORIGIN, issued
from wallet.cbor import encode
from wallet.errors import RefusedError
from wallet.grants import order
from wallet.grants.receipt import Manner
from wallet.keys.signing import Signer
from wallet.ledger.entry import State, build_receipt, leaf_hash
from wallet.server.relay.rules import request_digest
from wallet.verdict import Reason

HOUR = 3_600


@pytest.fixture
def world(tmp_path):
    made = RelayWorld(tmp_path)
    made.log_grant()
    made.deposit()
    yield made
    made.storage.close()


def refusal(act, *args, **other):
    with pytest.raises(RefusedError) as refused:
        act(*args, **other)
    return refused.value.reason, refused.value.place


def test_a_logged_receipt_releases_the_share_and_is_listed(world):
    request = world.receipt()
    assert world.ask(request) == world.made.deposit.sealed_share
    listed = order.ask_list(
        world.grant.ledger, origin=ORIGIN, leaf=world.made.leaf, asked_at=NOON
    )
    releases = world.relay.take_order(world.message(listed), now=at())
    assert releases == [(0, 1, NOON)]
    assert world.relay.package(world.made.deposit.object_id).read_bytes() == (
        world.package
    )


# --- orders ----------------------------------------------------------------------


def test_a_deposit_waits_until_its_entry_is_logged(tmp_path):
    world = RelayWorld(tmp_path)
    assert refusal(world.deposit)[0] is Reason.NOT_IN_COPY
    world.copy.add(world.made.entry)
    assert refusal(world.deposit)[0] is Reason.NOT_IN_COPY
    world.look(at())
    world.deposit()


def test_the_same_deposit_twice_is_one_and_another_under_its_id_is_refused(world):
    world.deposit()
    other = order.put(
        world.grant.ledger,
        origin=ORIGIN,
        leaf=world.made.leaf,
        deposit=replace(world.made.deposit, digest=bytes(32)),
        tree=0,
        root=bytes(32),
        begins=NOON,
        ends=NOON + DAY,
    )
    assert refusal(world.deposit, order=other)[1] == "object id taken"


def test_a_package_that_is_not_the_one_ordered_is_not_kept(tmp_path):
    world = RelayWorld(tmp_path)
    world.log_grant()
    for package in (world.package[:-1], world.package + b"\0", bytes(10)):
        assert refusal(world.deposit, package=package)[0] is Reason.PACKAGE_ALTERED
    name = world.made.deposit.object_id
    assert refusal(world.relay.package, name)[0] is Reason.PACKAGE_MISSING


def test_a_deposit_that_was_forgotten_long_ago_is_not_taken_again(tmp_path):
    """Else whoever kept an old order could fill the disk with it."""
    world = RelayWorld(tmp_path)
    late = at(180 * DAY)
    world.log_grant(late)
    assert refusal(world.deposit, now=late)[0] is Reason.ENDED
    world.storage.close()


def test_what_a_crash_left_of_packages_is_dropped_and_nothing_else(world):
    packages = world.folder / "packages"
    (packages / ("ab" * 16)).write_bytes(b"never committed")
    (packages / "x.part").write_bytes(b"half")
    world.restart()
    assert [path.name for path in packages.iterdir()] == [
        world.made.deposit.object_id.hex()
    ]


def test_more_bytes_than_a_permission_may_deposit_are_refused(tmp_path):
    world = RelayWorld(tmp_path, limit=1_000)
    world.log_grant()
    assert refusal(world.deposit)[1] == "too many bytes"


def test_orders_by_another_key_or_for_another_grant_are_refused(world):
    stranger = Signer.from_seed(bytes(32))
    for signed in (
        order.delete(stranger, origin=ORIGIN, leaf=world.made.leaf),
        order.delete(world.grant.ledger, origin=ORIGIN, leaf=bytes(32)),
        order.delete(world.grant.ledger, origin="other", leaf=world.made.leaf),
    ):
        reason, _ = refusal(world.relay.take_order, world.message(signed), now=at())
        assert reason is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("asked_at", [NOON - 601, NOON + 601])
def test_an_old_request_for_the_list_is_refused(world, asked_at):
    listed = order.ask_list(
        world.grant.ledger, origin=ORIGIN, leaf=world.made.leaf, asked_at=asked_at
    )
    reason = refusal(world.relay.take_order, world.message(listed), now=at())
    assert reason == (Reason.RELEASE_REFUSED, "order too old")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        encode(["x", b"y"]),
        encode([b"x", b"y", b"z"]),
        encode(["x", b"y", b"z", 1]),
        encode(["elsewhere", b"y", b"z"]),
    ],
)
def test_messages_of_another_shape_are_malformed(world, body):
    for take in (world.relay.take_order, world.relay.take_notice):
        assert refusal(take, body, now=at())[0] is Reason.MALFORMED
    assert refusal(world.relay.take_put, body, now=at())[0] is Reason.MALFORMED


def test_a_root_of_a_tree_is_never_changed_and_its_number_never_goes_down(world):
    def new_root(tree, root):
        signed = order.new_root(
            world.grant.ledger,
            origin=ORIGIN,
            leaf=world.made.leaf,
            tree=tree,
            root=root,
        )
        return world.relay.take_order(world.message(signed), now=at())

    assert refusal(new_root, 0, bytes(32))[1] == "receipt tree"
    new_root(2, bytes(32))
    new_root(2, bytes(32))
    assert refusal(new_root, 1, bytes(32))[1] == "receipt tree"
    # Old places stay good.
    assert world.ask(world.receipt())


# --- releases: what releases nothing ----------------------------------------------


def test_the_same_request_gets_the_same_answer_for_ten_minutes(world):
    request = world.receipt()
    first = world.ask(request)
    assert world.ask(request, now=at(600)) == first
    assert refusal(world.ask, request, now=at(601))[1] == "receipt key used before"


def test_a_repeat_is_answered_only_while_a_new_one_would_be(world):
    request = world.receipt()
    world.ask(request)
    world.notice()
    assert refusal(world.ask, request, now=at(1))[0] is Reason.WITHDRAWN


def test_a_receipt_quoted_twice_for_something_else_releases_nothing(world):
    first = world.receipt()
    world.ask(first)
    second = world.receipt()
    assert request_digest(first) != request_digest(second)
    assert refusal(world.ask, second)[1] == "receipt key used before"


def test_a_receipt_under_somebody_elses_key_releases_nothing(world):
    stranger = world.receipt(key=Signer.from_seed(bytes(32)))
    assert refusal(world.ask, stranger)[1] == "receipt key"


def test_a_receipt_of_another_permission_releases_nothing(world, tmp_path):
    other = RelayWorld(tmp_path / "other", number=1)
    entry = other.receipt(place=0, log=False).entry
    request = replace(world.receipt(), entry=entry)
    assert refusal(world.ask, request)[1] == "receipt key"
    other.storage.close()


def test_a_receipt_with_an_unopened_commitment_releases_nothing(world):
    for other in (
        {"commitment": bytes(32)},
        {"salt": bytes([9]) * 32},
        {"sealed_details": b"other"},
    ):
        request = world.receipt(**other)
        assert refusal(world.ask, request)[1] == "receipt commitment"


def test_a_receipt_at_another_place_of_the_tree_releases_nothing(world):
    request = replace(world.receipt(place=3), place=4)
    assert refusal(world.ask, request)[1] == "receipt key"
    beyond = replace(world.receipt(place=3), place=1_027)
    assert refusal(world.ask, beyond)[1] == "receipt tree"


def test_a_receipt_more_than_an_hour_old_releases_nothing(world):
    request = world.receipt(moment=at())
    world.look(at(HOUR))
    assert world.ask(world.receipt(place=1, moment=at(HOUR)), now=at(HOUR))
    world.look(at(HOUR + 1))
    assert refusal(world.ask, request, now=at(HOUR + 1))[1] == "receipt too old"


def test_a_receipt_not_logged_yet_may_be_asked_again(world):
    request = world.receipt(log=False)
    assert refusal(world.ask, request)[0] is Reason.NOT_IN_COPY


def test_nothing_is_released_without_a_proof_of_the_receipt_under_a_quorum(world):
    good = world.receipt()
    world.copy.signers.witnesses_up = {"w1"}
    alone = world.copy.proof(world.copy.first_index(leaf_hash(good.entry)))
    world.copy.signers.witnesses_up = {"w1", "w2"}
    another = world.copy.proof(world.index)
    text = good.proof.decode()
    for proof in (
        b"",
        b"c2sp.org/tlog-proof@v1\nindex 1\n\n",
        alone,
        another,
        good.proof[:-1],
        text.replace("index 1", "index 0", 1).encode(),
        text.replace("\u2014 ledger", "\u2014 other").encode(),
    ):
        request = replace(good, proof=proof)
        assert refusal(world.ask, request) == (Reason.RELEASE_REFUSED, "receipt proof")
    assert world.ask(good)


def test_a_repeat_is_no_way_around_the_age_of_a_receipt(world):
    request = world.receipt()
    for seconds in (HOUR - 60, HOUR):
        world.look(at(seconds))
        assert world.ask(request, now=at(seconds))
    world.look(at(HOUR + 1))
    assert refusal(world.ask, request, now=at(HOUR + 1))[1] == "receipt too old"


def test_a_copy_that_is_stale_at_the_start_sets_no_floor(world):
    before = world.receipt()
    world.restart()
    world.relay.looked(ORIGIN, now=at(1_000))  # its ledger shows nothing newer yet
    reason = refusal(world.ask, before, now=at(800))[1]
    assert reason == "not looked at since start"
    world.look(at(1_001))
    reason = refusal(world.ask, before, now=at(1_001))[1]
    assert reason == "receipt from before this start"


def test_a_receipt_for_an_object_that_is_not_there_releases_nothing(world):
    other, package, _ = issued(world.reader, number=1)
    assert package
    name = other.deposit.object_id
    request = world.receipt()
    moved = replace(request, object_id=name)
    assert refusal(world.ask, moved)[1] == "receipt commitment"


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (-1, Reason.NOT_STARTED),
        (0, None),
        (90 * DAY - 1, None),
        (90 * DAY, Reason.ENDED),
    ],
)
def test_nothing_is_released_outside_from_and_until(tmp_path, seconds, reason):
    world = RelayWorld(tmp_path)
    moment = at(seconds)
    world.log_grant()
    world.deposit()
    request = world.receipt(moment=moment)
    if reason is None:
        assert world.ask(request, now=moment)
    else:
        assert refusal(world.ask, request, now=moment)[0] is reason


def test_the_period_is_widened_to_whole_hours(tmp_path):
    world = RelayWorld(tmp_path, begins=NOON + 59, ends=NOON + 61)
    world.log_grant()
    world.deposit()
    assert world.ask(world.receipt())
    late = at(HOUR)
    assert refusal(world.ask, world.receipt(place=1, moment=late), now=late)[0] is (
        Reason.ENDED
    )


def test_nothing_is_released_on_a_copy_older_than_fifteen_minutes(world):
    request = world.receipt()
    assert refusal(world.ask, request, now=at(901))[0] is Reason.COPY_TOO_OLD
    assert world.ask(request, now=at(900))


def test_nothing_is_released_on_a_forked_or_unwitnessed_copy(world):
    request = world.receipt()
    world.copy.is_forked = True
    assert refusal(world.ask, request)[0] is Reason.LEDGER_FORKED
    world.copy.is_forked, world.copy.quorum_time = False, None
    assert refusal(world.ask, request)[0] is Reason.NO_QUORUM


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.ENDED, Reason.WITHDRAWN),
        (State.HELD, Reason.PAUSED),
        (State.UNKNOWN, Reason.STATUS_UNPROVED),
    ],
)
def test_nothing_is_released_unless_the_entry_stands(world, state, reason):
    request = world.receipt()
    world.copy.states[world.index] = state
    assert refusal(world.ask, request)[0] is reason


def test_a_restarted_relay_answers_only_receipts_from_after_its_start(world):
    before = world.receipt()
    world.restart()
    assert refusal(world.ask, before)[1] == "not looked at since start"
    world.look(at(1))
    reason = refusal(world.ask, before, now=at(1))[1]
    assert reason == "receipt from before this start"
    after = world.receipt(place=1, moment=at(2))
    assert world.ask(after, now=at(2))


def test_requests_of_another_shape_are_malformed(world):
    good = world.receipt()
    rows = [good.leaf, good.object_id, 0, list(good.path), good.entry, good.proof]
    rows += [good.salt, good.sealed_details, 0]
    wrong = (b"", b"", -1, [], b"", None, b"", None, 2)
    for place, value in enumerate(wrong):
        body = encode([*rows[:place], value, *rows[place + 1 :]])
        reason = refusal(world.relay.take_request, body, now=at())[0]
        assert reason in (Reason.MALFORMED, Reason.PACKAGE_MISSING), place
    grant = build_receipt(Signer.from_seed(bytes(32)), origin="x", commitment=bytes(32))
    for entry in (b"x", world.made.entry, grant):
        reason = refusal(world.ask, replace(good, entry=entry))[0]
        assert reason in (Reason.MALFORMED, Reason.SIGNATURE_WRONG)


def test_details_longer_than_they_can_be_are_refused(world):
    request = replace(world.receipt(), sealed_details=bytes(17 << 10))
    assert refusal(world.ask, request)[1] == "details too long"


# --- offline receipts ---------------------------------------------------------------


def test_an_offline_receipt_keeps_its_details_and_releases_nothing(world):
    request = world.receipt(manner=Manner.OFFLINE)
    late = at(30 * DAY)
    assert world.ask(request, now=late) is None
    assert world.ask(request, now=late) is None
    assert world.notice(now=late) == []
    found = world.relay.buckets.within(0, 0)
    assert [sealed for _, sealed in found] == [request.sealed_details]
    again = world.receipt(manner=Manner.RELAY)
    assert refusal(world.ask, again, now=late)[1] == "receipt key used before"


def test_an_offline_receipt_is_taken_even_after_withdrawal_and_deletion(world):
    world.notice()
    gone = order.delete(world.grant.ledger, origin=ORIGIN, leaf=world.made.leaf)
    world.relay.take_order(world.message(gone), now=at())
    assert world.ask(world.receipt(manner=Manner.OFFLINE)) is None


# --- withdrawal -------------------------------------------------------------------


def test_a_notice_is_honoured_at_once_and_answers_every_release(world):
    world.ask(world.receipt())
    waiting = world.receipt(place=1)
    assert world.notice() == [(0, 1, NOON)]
    assert refusal(world.ask, waiting)[0] is Reason.WITHDRAWN
    name = world.made.deposit.object_id
    assert refusal(world.relay.package, name)[0] is Reason.WITHDRAWN
    assert refusal(world.deposit)[0] is Reason.WITHDRAWN
    assert world.notice() == [(0, 1, NOON)]


def test_a_notice_by_another_key_changes_nothing(world):
    reason = refusal(world.notice, signer=world.grant.ledger)[0]
    assert reason is Reason.SIGNATURE_WRONG
    assert world.ask(world.receipt())


def test_a_notice_that_comes_before_its_deposit_closes_the_door(tmp_path):
    world = RelayWorld(tmp_path)
    assert refusal(world.notice)[0] is Reason.NOT_IN_COPY
    world.log_grant()
    assert world.notice() == []
    assert refusal(world.deposit)[0] is Reason.WITHDRAWN


def test_a_deletion_drops_share_and_package_and_keeps_list_and_details(world):
    world.ask(world.receipt())
    gone = order.delete(world.grant.ledger, origin=ORIGIN, leaf=world.made.leaf)
    assert world.relay.take_order(world.message(gone), now=at()) == [(0, 1, NOON)]
    assert not list((world.folder / "packages").iterdir())
    assert world.made.deposit.sealed_share not in disk(world)
    assert len(world.relay.buckets.within(0, 0)) == 1
    assert refusal(world.ask, world.receipt(place=1))[0] is Reason.PACKAGE_MISSING
    assert refusal(world.deposit)[0] is Reason.WITHDRAWN


def test_what_ended_long_ago_is_forgotten_but_its_details(world):
    world.ask(world.receipt())
    world.relay.forget_past(now=at(179 * DAY))
    assert world.storage.known(world.made.leaf)
    world.relay.forget_past(now=at(180 * DAY))
    assert world.storage.known(world.made.leaf) is None
    assert not list((world.folder / "packages").iterdir())
    assert len(world.relay.buckets.within(0, 0)) == 1


def test_withdrawal_races_opening_a_thousand_times(tmp_path):
    """No release after acceptance, and every release is in an answer."""
    dice = random.Random(3)  # noqa: S311 a repeatable simulation
    world = RelayWorld(tmp_path)
    world.log_grant()
    world.deposit()
    requests = [world.receipt(place=n, moment=at()) for n in range(1_000)]
    storage = world.storage
    for race, request in enumerate(requests):
        opening, closing = dice.random(), dice.random()
        acts = sorted([(opening, "open"), (closing, "close"), (dice.random(), "open")])
        released, refusals, accepted = [], [], None
        for moment, act in acts:
            now = at((race + moment) / 2)
            if act == "close":
                accepted, answer = now, world.notice(now=now)
                assert {k for k, _, _ in answer} >= {k for k, _ in released}
                continue
            try:
                world.ask(request, now=now)
            except RefusedError as refused:
                refusals.append((refused.reason, accepted is not None))
            else:
                released.append((race, now))
        assert all(now < accepted for _, now in released)
        assert set(refusals) <= {(Reason.WITHDRAWN, True)}
        assert bool(released) == (min(m for m, a in acts if a == "open") < closing)
        with storage.transaction():  # the next race starts from a standing permission
            storage._do("UPDATE permission SET noticed_at=NULL, notice=NULL")


# --- what it keeps ------------------------------------------------------------------


def disk(world):
    return b"".join(
        path.read_bytes() for path in world.folder.rglob("*") if path.is_file()
    )


def test_the_relays_disk_holds_no_word_share_or_key_of_a_permission(world):
    world.ask(world.receipt())
    everything = disk(world)
    secrets = {
        b"Elm Street",
        b"hello",
        b"TREAT",
        world.grant.secret,
        world.made.permission.pair_sign,
        world.made.permission.permission_id,
        world.reader.reader_id,
        world.reader.signer.public,
    }
    assert not [secret for secret in secrets if secret in everything]


def test_details_are_read_in_buckets_of_at_least_256(world):
    for number in range(2_000):
        name = hashlib.sha256(bytes([number % 256, number >> 8])).digest()
        world.storage.add_details(name, leaf=bytes(32), sealed=b"s")
    bits = world.relay.buckets.bits()
    assert bits == 2
    sizes = [len(world.relay.buckets.within(bits, n)) for n in range(4)]
    assert sum(sizes) == 2_000
    assert min(sizes) >= 256
    assert len(world.relay.buckets.within(0, 0)) == 2_000
    for wrong in ((3, 0), (2, 4), (-1, 0), (2, -1)):
        assert refusal(world.relay.buckets.within, *wrong)[0] is Reason.MALFORMED


def test_buckets_are_counted_again_only_when_details_were_added(world, monkeypatch):
    counted, keys = [], world.storage.detail_keys
    monkeypatch.setattr(
        world.storage, "detail_keys", lambda: counted.append(1) or keys()
    )
    for number in range(3):
        world.storage.add_details(bytes([number]) * 32, leaf=bytes(32), sealed=b"s")
        for _ in range(5):
            assert world.relay.buckets.bits() == 0
            world.relay.buckets.within(0, 0)
    assert len(counted) == 3


def test_few_details_are_never_divided(world):
    assert world.relay.buckets.bits() == 0
