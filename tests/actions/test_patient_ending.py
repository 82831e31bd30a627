"""What left this computer can always be ended, whatever servers say or leave out."""

from datetime import timedelta

import pytest

from tests.support.patient_world import PatientWorld
from tests.support.world import (
    DAY,
    NOON,
    ORIGIN,
    body_for,
    card_for,
    clinic,
    opened,
)
from wallet.actions.patient import cards, ending, outbox, sharing
from wallet.actions.patient.cards import Known
from wallet.actions.patient.permissions import GrantState
from wallet.errors import RefusedError, TurnedAwayError, UsageError
from wallet.grants.manifest import parse_manifest
from wallet.ledger.entry import State, StatusChange, build_status
from wallet.practitioners.card import Accreditation, pair_id, sign_card, six_words
from wallet.vault import grants
from wallet.verdict import Reason


@pytest.fixture
def world(tmp_path):
    (tmp_path / "relay").mkdir()
    (tmp_path / "home").mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


def row_of(world, made):
    return grants.permission(world.store, leaf=made.leaf)


def other_card(name="Dr. Lind"):
    other = clinic(name)
    return card_for(other, body=body_for(other, name=name))


def refuses_deposits(world, monkeypatch):
    def deposit(**_sent):
        raise RefusedError(Reason.RELEASE_REFUSED, "too many bytes")

    monkeypatch.setattr(world, "deposit", deposit)


def test_a_permission_whose_package_is_refused_does_not_stand_in_the_ledger(
    world, monkeypatch
):
    """Its entry is logged and its file may be on a stick: it must not stay open."""
    refuses_deposits(world, monkeypatch)
    made = world.share()
    for _ in range(2):
        world.send()
    assert world.show(made.leaf).state is GrantState.REFUSED
    assert world.ledger.state(0) is State.ENDED
    assert row_of(world, made).noticed_at is not None


def test_a_switch_whose_new_package_is_refused_leaves_the_old_one_as_it_was(
    world, monkeypatch
):
    old = world.share()
    world.send()
    refuses_deposits(world, monkeypatch)
    new = world.share(card=other_card(), replaces=old.leaf)
    for _ in range(2):
        world.send()
    assert world.show(new.leaf).state is GrantState.REFUSED
    shown = world.show(old.leaf)
    assert (shown.state, shown.pending) == (GrantState.IN_FORCE, None)
    assert [world.ledger.state(index) for index in (0, 1)] == [
        State.STANDS,
        State.ENDED,
    ]
    sharing.withdraw(world.wallet, old.leaf, now=world.now)
    world.send()
    assert world.show(old.leaf).state is GrantState.WITHDRAWN


def test_one_that_waits_to_be_replaced_can_be_ended_at_once(world):
    old = world.share()
    world.send()
    world.relay_up = False  # so the new one cannot be deposited
    new = world.share(card=other_card(), replaces=old.leaf)
    world.send()
    assert world.ledger.state(0) is State.STANDS
    sharing.withdraw(world.wallet, old.leaf, now=world.now)
    world.send()
    assert world.show(old.leaf).state is GrantState.WITHDRAWN
    assert world.show(new.leaf).pending == "issue"
    with pytest.raises(UsageError):
        sharing.withdraw(world.wallet, old.leaf, now=world.now)


def test_an_end_signed_for_an_index_that_does_not_count_is_signed_again(
    world, monkeypatch
):
    """A server names a later copy of the entry, so that the end goes astray."""
    made = world.share()
    entry = row_of(world, made).entry
    world.ledger.force(entry)
    world.ledger.force(entry)
    honest = world.ledger.submit
    monkeypatch.setattr(world.ledger, "submit", lambda _entry: 1)
    outbox.send(world.wallet, now=world.now)
    assert row_of(world, made).entry_index == 1
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    monkeypatch.setattr(world.ledger, "submit", honest)
    for _ in range(2):
        world.send()
    assert world.ledger.state(0) is State.ENDED
    assert world.show(made.leaf).state is GrantState.WITHDRAWN
    assert row_of(world, made).steps() == ()


def test_what_the_ledger_refused_and_holds_after_all_is_ended(world, monkeypatch):
    """A reader may submit the entry it was given, after it was refused to us."""

    def submit(_origin, _entry):
        raise TurnedAwayError(400, "no")

    monkeypatch.setattr(world, "submit", submit)
    old = world.share()
    world.send()
    assert world.show(old.leaf).state is GrantState.REFUSED
    assert row_of(world, old).steps() == ()
    monkeypatch.undo()
    world.ledger.force(row_of(world, old).entry)
    for _ in range(2):
        world.send()
    assert world.ledger.state(0) is State.ENDED
    assert world.show(old.leaf).state is GrantState.REFUSED


def test_a_fault_of_one_permission_keeps_no_other_from_ending(world, monkeypatch):
    first, second = world.share(), world.share(card=other_card())
    world.send()
    for made in (first, second):
        sharing.withdraw(world.wallet, made.leaf, now=world.now)
    real, bad = world.notice, row_of(world, first).entry

    def notice(*, origin, entry, notice):
        if entry == bad:
            raise RefusedError(Reason.RELEASE_REFUSED, "odd")
        return real(origin=origin, entry=entry, notice=notice)

    monkeypatch.setattr(world, "notice", notice)
    assert world.send().silent == {"relay"}
    for made in (first, second):
        assert world.show(made.leaf).state is GrantState.WITHDRAWN


def test_a_withdrawal_is_sent_before_anything_older_that_waits(world, monkeypatch):
    world.relay_up = False
    world.share()  # its package waits for the relay
    world.later(minutes=1)
    newer = world.share(card=other_card())
    world.send()
    sharing.withdraw(world.wallet, newer.leaf, now=world.now)
    asked, submit, relay = [], world.submit, world.relay
    monkeypatch.setattr(
        world, "submit", lambda *told: asked.append("ledger") or submit(*told)
    )
    monkeypatch.setattr(world, "relay", lambda url: asked.append("relay") or relay(url))
    outbox.send(world.wallet, now=world.now)
    # And it goes to the ledger first, so that no relay can hold it up.
    assert asked == ["ledger", "relay", "relay"]


def test_a_card_of_a_ledger_this_wallet_does_not_follow_is_refused(world):
    """Else the permission could never be logged, nor ended."""
    elm = world.elm
    body = Accreditation(
        origin=ORIGIN, index=0, salt=bytes(32), body=body_for(elm).encode()
    )
    card = sign_card(
        elm.signer,
        sealing_key=elm.opener.public,
        relay=None,
        origin="elsewhere.test/log",
        begins=NOON - DAY,
        ends=NOON + 90 * DAY,
        accreditation=body,
    )
    with pytest.raises(RefusedError) as refused:
        world.share(card=card)
    assert refused.value.reason is Reason.NOT_IN_COPY
    assert grants.permissions(world.store, person=0) == []


def test_a_number_is_used_up_even_if_nothing_came_of_it(world, monkeypatch):
    """Else the same keys could sign two permissions."""

    def power_cut(**_told):
        raise RuntimeError("power")

    monkeypatch.setattr(sharing, "issue", power_cut)
    with pytest.raises(RuntimeError):
        world.share()
    monkeypatch.undo()
    row = row_of(world, world.share())
    assert (row.number, row.reader_number) == (1, 1)


@pytest.mark.parametrize(
    "name", ["dr. amara osei", "Dr.  Amara  Osei ", "\uff24r. Amara Osei"]
)
def test_a_known_name_in_other_letters_is_still_a_red_stop(world, name):
    world.share()
    stranger = clinic("stranger")
    card = card_for(stranger, body=body_for(stranger, name=name))
    looked = cards.look_at_card(world.wallet, card, now=world.now)
    assert looked.known is Known.CHANGED


def test_a_package_says_when_it_was_made_even_if_the_permission_begins_later(world):
    made = sharing.share(
        world.wallet,
        card_for(world.elm),
        scope=world.show(world.share().leaf).permission.scope,
        purpose="TREAT",
        begins=world.now + timedelta(days=3),
        ends=world.now + timedelta(days=30),
        gathered=world.gathered,
        now=world.now,
    )
    row = row_of(world, made)
    manifest = parse_manifest(
        row.manifest, origin=row.origin, pair_sign=made.permission.pair_sign
    )
    assert manifest.made_at == int(world.now.timestamp())


def test_both_screens_show_the_same_six_words(world):
    made = world.share()
    mine = sharing.pair_words(made.permission)
    theirs = opened(world.elm, row_of(world, made).grant_file).permission
    assert mine == six_words(pair_id(theirs.pair_sign, theirs.pair_seal))
    assert len(mine) == 6


@pytest.mark.parametrize(
    ("state", "shown"),
    [(State.HELD, GrantState.PAUSED), (State.ENDED, GrantState.WITHDRAWN)],
)
def test_what_another_device_signed_is_shown(world, state, shown):
    made = world.share()
    world.send()
    change = StatusChange(index=0, leaf=made.leaf, state=state, seq=1)
    control = world.wallet.keys.grant(0).control
    world.ledger.submit(
        build_status(control, origin=made.permission.origin, change=change)
    )
    world.sync()
    assert world.show(made.leaf).state is shown


def test_a_withdrawal_after_another_devices_pause_still_ends_it(world):
    made = world.share()
    world.send()
    control = world.wallet.keys.grant(0).control
    held = StatusChange(index=0, leaf=made.leaf, state=State.HELD, seq=9)
    world.ledger.submit(
        build_status(control, origin=made.permission.origin, change=held)
    )
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    for _ in range(2):
        world.send()
    assert world.ledger.state(0) is State.ENDED
    assert world.show(made.leaf).state is GrantState.WITHDRAWN


def test_whether_it_was_opened_is_said_once_the_relay_has_answered(world):
    made = world.share()
    world.send()
    world.relay_up = False
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.send()
    seen = ending.openings(world.wallet, made.leaf)
    assert (seen.moments, seen.asked, seen.traceless) == ((), False, False)
    world.relay_up = True
    world.send()
    assert ending.openings(world.wallet, made.leaf).asked
    with world.store.transaction():
        grants.add_releases(world.store, made.leaf, [(0, 5, 1_795_525_200)])
    (moment,) = ending.openings(world.wallet, made.leaf).moments
    assert moment.timestamp() == 1_795_525_200
