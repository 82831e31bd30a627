"""What a relay learns when a wallet asks what readers said of their openings."""

import hashlib

import pytest

from tests.actions.test_activity import answer, log_receipt
from tests.support.patient_world import PatientWorld
from tests.support.world import ORIGIN
from wallet.actions.patient import activity, details, network
from wallet.keys.signing import Signer
from wallet.ledger.entry import build_receipt
from wallet.vault import receipts


@pytest.fixture
def world(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def asked(world, monkeypatch):
    """Every bucket the relay is asked for, in order."""
    heard, real = [], world.bucket

    def bucket(bits, prefix):
        heard.append((bits, prefix))
        return real(bits, prefix)

    monkeypatch.setattr(world, "bucket", bucket)
    return heard


def crowd(world, number):
    """As many receipts and details of other people."""
    for n in range(number):
        name = hashlib.sha256(n.to_bytes(2, "big")).digest()
        key = Signer.from_seed(hashlib.sha256(name).digest())
        world.ledger.submit(build_receipt(key, origin=ORIGIN, commitment=name))
        with world.storage.transaction():
            world.storage.add_details(name, leaf=bytes(32), sealed=b"s")
    world.ledger.publish(world.now)


def explained(world):
    found = receipts.receipts(world.wallet.store, person=world.wallet.person)
    return sum(row.confirmed for row in found)


def test_every_sync_reads_one_bucket_whether_or_not_anybody_looked(world, asked):
    made = world.share()
    world.send()
    network.sync(world.wallet, now=world.now)
    assert asked == [(0, 0)]
    world.later(minutes=1)
    answer(world, made, *log_receipt(world, made))
    network.sync(world.wallet, now=world.now)
    assert asked == [(0, 0), (0, 0)]
    assert explained(world) == 1
    network.sync(world.wallet, now=world.now)
    assert len(asked) == 3


def test_waiting_for_the_ledger_asks_no_relay_for_details(world, asked):
    world.share()
    network.follow(world.wallet, now=world.now)
    assert asked == []


def test_a_wallet_that_shared_with_nobody_asks_no_relay(world, asked):
    network.sync(world.wallet, now=world.now)
    assert asked == []


def test_no_bucket_is_narrower_than_the_ledger_can_fill(world, asked, monkeypatch):
    world.share()
    world.send()
    monkeypatch.setattr(world, "bucket_bits", lambda: 16)
    details.read_details(world.wallet, now=world.now)
    assert asked == [(0, 0)]


def test_receipts_in_two_buckets_are_read_at_two_syncs(world, asked):
    made = world.share()
    world.send()
    crowd(world, 600)
    world.later(minutes=1)
    logged = [log_receipt(world, made, place=place) for place in range(8)]
    with world.storage.transaction():
        for commitment, sealed in logged:
            world.storage.add_details(commitment, leaf=made.leaf, sealed=sealed)
    world.ledger.publish(world.now)
    activity.find_receipts(world.wallet, ORIGIN, now=world.now)
    wanted = {commitment[0] >> 7 for commitment, _ in logged}
    assert world.bucket_bits() == 1
    for sync in range(1, len(wanted) + 1):
        details.read_details(world.wallet, now=world.now)
        assert len(asked) == sync
    assert {prefix for _, prefix in asked} == wanted
    assert explained(world) == 8


def test_a_receipt_nobody_explained_is_asked_for_among_others(world, asked):
    made = world.share()
    world.send()
    crowd(world, 600)
    log_receipt(world, made)
    world.ledger.publish(world.now)
    activity.find_receipts(world.wallet, ORIGIN, now=world.now)
    for _ in range(40):
        details.read_details(world.wallet, now=world.now)
    assert asked[0][0] == 1
    assert {prefix for _, prefix in asked[1:]} == {0, 1}
