"""A patient shares, switches and withdraws; what cannot be sent waits and resumes."""

import pytest

from tests.support.patient_world import PatientWorld
from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from tests.support.world import ORIGIN, body_for, card_for, clinic, opened
from wallet.actions.patient import (
    activity,
    cards,
    gathering,
    outbox,
    permissions,
    sharing,
)
from wallet.actions.patient.cards import Known
from wallet.actions.patient.permissions import GrantState
from wallet.errors import CancelledError, RefusedError, UsageError
from wallet.grants.scope import Scope
from wallet.grants.withdrawal import check_notice, read_notice, read_stop_file
from wallet.ledger.entry import State, parse_entry
from wallet.vault import grants
from wallet.verdict import Reason


@pytest.fixture
def world(tmp_path):
    (tmp_path / "relay").mkdir()
    (tmp_path / "home").mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


def test_a_permission_waits_until_a_quorum_checkpoint_covers_it(world):
    made = world.share()
    assert (made.state, made.pending) == (GrantState.WAITING, "issue")
    outbox.send(world.wallet, now=world.now)
    assert world.show(made.leaf).state is GrantState.WAITING
    world.send()
    shown = world.show(made.leaf)
    assert (shown.state, shown.pending, shown.index) == (GrantState.IN_FORCE, None, 0)


def test_a_share_that_is_stopped_before_it_is_signed_leaves_nothing(world):
    with pytest.raises(CancelledError):
        world.share(cancelled=lambda: True)
    assert list(world.wallet.outbox_folder.iterdir()) == []
    assert permissions.every(world.wallet, now=world.now) == []
    assert world.share().state is GrantState.WAITING


def test_records_that_are_put_together_for_a_reader_can_be_stopped(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, bundle(*(observation(n) for n in range(400))))
        told, stop = [], []
        with pytest.raises(CancelledError):
            gathering.gather(
                wallet,
                Scope(),
                now=NOON,
                told=lambda *far: told.append(far),
                cancelled=lambda: len(told) == 2,
            )
        assert told == [(0, 4), (1, 4)]
        made = gathering.gather(wallet, Scope(), now=NOON, cancelled=lambda: bool(stop))
        stop.append("now")
        with pytest.raises(CancelledError):
            made.parts[0].read()


def test_its_file_opens_at_the_named_reader_only(world):
    made = world.share()
    row = grants.permission(world.store, leaf=made.leaf)
    assert opened(world.elm, row.grant_file).permission == made.permission
    with pytest.raises(RefusedError):
        opened(clinic("other"), row.grant_file)


def test_what_was_signed_without_a_network_is_sent_later_with_the_same_bytes(world):
    world.ledger_up = world.relay_up = False
    made = world.share()
    entry = grants.permission(world.store, leaf=made.leaf).entry
    sent = world.send()
    assert sent.undone == 1
    assert sent.silent == {"ledger"}
    world.ledger_up = world.relay_up = True
    world.send()
    assert world.ledger.entries == [entry]
    assert world.show(made.leaf).state is GrantState.IN_FORCE


def test_a_silent_relay_leaves_the_permission_waiting_to_be_sent(world):
    world.relay_up = False
    made = world.share()
    assert world.send().silent == {"relay"}
    assert world.show(made.leaf).pending == "issue"
    world.relay_up = True
    world.send()
    assert world.show(made.leaf).pending is None


def test_a_withdrawal_is_in_force_once_the_ledger_covers_it(world):
    made = world.share()
    world.send()
    signed = sharing.withdraw(world.wallet, made.leaf, now=world.now)
    assert (signed.state, signed.pending) == (GrantState.IN_FORCE, "withdraw")
    world.send()
    shown = world.show(made.leaf)
    assert (shown.state, shown.pending) == (GrantState.WITHDRAWN, None)
    assert world.ledger.state(0) is State.ENDED


def test_a_permission_withdrawn_before_it_was_ever_logged_ends_too(world):
    world.ledger_up = world.relay_up = False
    made = world.share()
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.ledger_up = world.relay_up = True
    world.send()
    world.send()
    assert world.show(made.leaf).state is GrantState.WITHDRAWN
    assert parse_entry(world.ledger.entries[0], origin=ORIGIN).name == "grant"
    assert world.ledger.state(0) is State.ENDED


def test_a_permission_cannot_be_withdrawn_twice(world):
    made = world.share()
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    with pytest.raises(UsageError):
        sharing.withdraw(world.wallet, made.leaf, now=world.now)


def test_the_handed_over_file_carries_the_notice(world):
    made = world.share()
    with pytest.raises(UsageError):
        sharing.stop_file(world.wallet, made.leaf)
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    notice = read_notice(read_stop_file(sharing.stop_file(world.wallet, made.leaf)))
    assert notice.key(5) == made.leaf
    check_notice(notice, origin=ORIGIN, control_key=made.permission.control_key)


def test_an_entry_logged_twice_still_dies_when_the_patient_withdraws(world):
    made = world.share()
    world.send()
    world.ledger.force(grants.permission(world.store, leaf=made.leaf).entry)
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.send()
    assert world.show(made.leaf).state is GrantState.WITHDRAWN
    assert [world.ledger.state(index) for index in (0, 1)] == [State.ENDED] * 2


def test_switching_ends_the_old_one_only_after_the_new_one_is_deposited(world):
    old = world.share()
    world.send()
    other = clinic("other")
    body = body_for(other, name="Dr. Lind")
    world.relay_up = False
    new = world.share(card=card_for(other, body=body), replaces=old.leaf)
    assert world.show(old.leaf).pending == "replace"
    world.send()
    assert world.show(old.leaf).state is GrantState.IN_FORCE
    world.relay_up = True
    world.send()
    world.send()
    assert world.show(old.leaf).state is GrantState.REPLACED
    assert world.show(new.leaf).state is GrantState.IN_FORCE


def test_a_known_name_with_another_key_is_a_red_stop(world):
    world.share()
    stranger = clinic("stranger")
    card = card_for(stranger, body=body_for(stranger))
    looked = cards.look_at_card(world.wallet, card, now=world.now)
    assert looked.known is Known.CHANGED
    with pytest.raises(RefusedError):
        world.share(stranger)


def test_an_ended_licence_stops_sharing_before_anything_is_signed(world):
    world.licence = State.ENDED
    with pytest.raises(RefusedError) as refused:
        world.share()
    assert refused.value.reason is Reason.LICENCE_ENDED
    assert permissions.every(world.wallet, now=world.now) == []


def test_two_permissions_never_share_a_number_even_for_one_reader(world):
    world.share()
    world.share()
    rows = grants.permissions(world.store, person=0)
    assert sorted(row.number for row in rows) == [0, 1]
    assert {row.reader_number for row in rows} == {0}


def test_the_ledger_and_two_clinics_hold_no_common_bytes_but_the_formats(world):
    one = world.share()
    other = clinic("other")
    two = world.share(card=card_for(other, body=body_for(other, name="Dr. Lind")))
    same = {
        name
        for name in ("permission_id", "pair_sign", "pair_seal", "ledger_key")
        if getattr(one.permission, name) == getattr(two.permission, name)
    }
    assert same == set()
    windows = [
        {row.entry[i : i + 8] for i in range(len(row.entry) - 8)}
        for row in grants.permissions(world.store, person=0)
    ]
    common = windows[0] & windows[1]
    # Header, field numbers and length bytes: nothing drawn at random.
    assert len(common) < 40


def test_events_say_what_was_shared_and_ended(world):
    made = world.share()
    world.send()
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.later(hours=1)
    world.send()
    kinds = [event.kind for event in activity.events(world.wallet)]
    assert kinds == ["withdrawn", "shared"]
