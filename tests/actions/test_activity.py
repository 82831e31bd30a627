"""Who looked, and at how many records: what a wallet says of its receipts."""

import hashlib
import json
from contextlib import nullcontext

import pytest

from tests.support.patient_world import CONTENTS, PatientWorld
from tests.support.world import ORIGIN, opened
from wallet.actions.patient import activity, details
from wallet.actions.patient.activity import Kind
from wallet.cli import activity as cli
from wallet.cli.main import main
from wallet.grants import receipt
from wallet.grants.package import object_id
from wallet.grants.receipt import Details, Manner
from wallet.keys.derivation import receipt_key
from wallet.ledger.entry import build_receipt
from wallet.vault import grants


@pytest.fixture
def world(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


def log_receipt(world, made, *, place=0, signer=None):
    """What a reader logs before it is given anything; answers R and its details."""
    grant = opened(world.elm, grants.permission(world.store, leaf=made.leaf).grant_file)
    key, salt = receipt_key(grant.permission.secret, place), bytes(32)
    name = object_id(grant.permission.secret, 0)
    signed = receipt.sign_details(
        signer or world.elm.signer,
        Details(
            leaf=made.leaf,
            object_id=name,
            receipt_key=key.public,
            salt=salt,
            who="Dr. Amara Osei",
            staff=None,
            purpose="TREAT",
            asked_at=int(world.now.timestamp()),
            manner=Manner.RELAY,
        ),
        origin=ORIGIN,
    )
    sealed = receipt.seal_details(
        signed, pair_seal=grant.permission.pair_seal, leaf=made.leaf, key=key.public
    )
    commitment = receipt.commitment(
        salt=salt, object_id=name, leaf=made.leaf, sealed_details=sealed
    )
    world.ledger.submit(build_receipt(key, origin=ORIGIN, commitment=commitment))
    return commitment, sealed


def answer(world, made, commitment, sealed):
    """What the relay does in the transaction that releases."""
    with world.storage.transaction():
        world.storage.mark_used(
            leaf=made.leaf,
            place=0,
            request=hashlib.sha256(sealed).digest(),
            receipt_index=1,
            at=world.now,
            released=True,
        )
        world.storage.add_details(commitment, leaf=made.leaf, sealed=sealed)


def look(world):
    world.send()
    activity.find_receipts(world.wallet, ORIGIN, now=world.now)
    details.read_details(world.wallet, now=world.now)
    return activity.events(world.wallet)[0]


def test_an_opening_says_how_many_records_of_which_classes_were_shown(world):
    made = world.share()
    world.send()
    world.later(minutes=1)
    answer(world, made, *log_receipt(world, made))
    event = look(world)
    assert (event.kind, event.who, event.confirmed) == (
        Kind.OPENED,
        "Dr. Amara Osei",
        True,
    )
    assert (event.contents, event.count) == (CONTENTS, 11)


def test_a_receipt_that_nothing_was_released_for_was_only_asked(world):
    made = world.share()
    world.send()
    world.later(minutes=1)
    log = log_receipt(world, made)
    assert look(world).kind is Kind.ASKED
    answer(world, made, *log)
    assert look(world).kind is Kind.OPENED


def test_while_the_relay_is_silent_a_receipt_counts_as_an_opening(world):
    made = world.share()
    world.send()
    world.later(minutes=1)
    log_receipt(world, made)
    world.relay_up = False
    event = look(world)
    assert (event.kind, event.who, event.confirmed) == (Kind.OPENED, "", False)
    assert event.reader == "Dr. Amara Osei"


def test_where_both_halves_left_this_computer_asking_may_have_been_opening(world):
    made = world.share()
    world.send()
    grants.note(world.store, made.leaf, carried_at=world.now.timestamp())
    world.later(minutes=1)
    log_receipt(world, made)
    assert look(world).kind is Kind.OPENED


def test_details_signed_by_a_stranger_name_nobody(world):
    made = world.share()
    world.send()
    world.later(minutes=1)
    stranger = world.wallet.keys.grant(99).ledger
    answer(world, made, *log_receipt(world, made, signer=stranger))
    event = look(world)
    assert (event.kind, event.who, event.confirmed) == (Kind.OPENED, "", False)


def test_an_opening_without_a_name_comes_with_the_proposal_to_end_it(
    world, monkeypatch, capsys
):
    """`heartwood activity list` over this very wallet, for a program and a person."""
    made = world.share()
    world.send()
    world.later(minutes=1)
    stranger = world.wallet.keys.grant(99).ledger
    answer(world, made, *log_receipt(world, made, signer=stranger))
    look(world)
    monkeypatch.setattr(cli, "unlocked", lambda _: nullcontext(world.wallet))
    assert main(["activity", "list", "--json"]) == 0
    event = json.loads(capsys.readouterr().out)["events"][0]
    assert (event["kind"], event["who"], event["confirmed"]) == ("opened", "", False)
    assert "someone who holds this permission, without a name" in event["sentence"]
    assert event["proposal"] == f"heartwood grant withdraw {made.grant_id}"
    assert main(["activity", "list"]) == 0
    assert event["proposal"] in capsys.readouterr().out


def test_an_opening_with_a_name_proposes_nothing(world, monkeypatch, capsys):
    made = world.share()
    world.send()
    world.later(minutes=1)
    answer(world, made, *log_receipt(world, made))
    look(world)
    monkeypatch.setattr(cli, "unlocked", lambda _: nullcontext(world.wallet))
    assert main(["activity", "list", "--json"]) == 0
    event = json.loads(capsys.readouterr().out)["events"][0]
    assert (event["who"], event["confirmed"]) == ("Dr. Amara Osei", True)
    assert "proposal" not in event


def test_what_was_shared_and_ended_is_counted_too(world):
    world.share()
    assert [event.count for event in activity.events(world.wallet)] == [11]
