"""A clinic opens what it may, leaves a receipt, and else leaves an empty folder."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.clinic_world import ClinicWorld, at
from tests.support.world import DAY, ORIGIN, clinic, issued
from wallet.actions.clinic import checking, opening, sending
from wallet.cbor import encode
from wallet.desk.desk import ReceiptState
from wallet.errors import RefusedError, UsageError
from wallet.grants import receipt, withdrawal
from wallet.grants.grant_file import GrantParts, write_grant_file
from wallet.grants.receipt import Manner
from wallet.ledger.entry import State
from wallet.verdict import Reason, Sender, Status

HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path):
    made = ClinicWorld(tmp_path)
    yield made
    made.close()


def check(world, data=None, *, who=None, **asked):
    return checking.check(
        who or world.clinic,
        data or world.made.grant_file,
        world.network,
        **{"now": world.clock(), **asked},
    ).verdict


def open_into(world, data=None, *, who=None, package=None, name="out", **asking):
    out = world.folder / name
    opened = opening.open_records(
        who or world.clinic,
        data or world.made.grant_file,
        world.network,
        out=out,
        package=package,
        asking=replace(world.asking, **asking),
    )
    found = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    if opened.verdict.reason is not Reason.GO_AHEAD:
        assert list(out.iterdir()) == []
    assert list(world.clinic.home.private.iterdir()) == []
    return opened, found


# --- the straight way -------------------------------------------------------------


def test_a_clinic_checks_and_opens_and_leaves_a_receipt_its_patient_can_read(world):
    verdict = check(world)
    assert verdict.reason is Reason.GO_AHEAD
    assert verdict.sender is Sender.NEW
    assert verdict.checkpoint.size == 1
    assert dict(verdict.evidence).keys() == {"entry", "card", "proof"}
    checked = checking.check(
        world.clinic, world.made.grant_file, world.network, now=world.clock()
    )
    assert (checked.index, checked.verdict.as_of) == (0, world.clock())
    opened, found = open_into(world, staff="Nurse Ortiz")
    assert opened.verdict.reason is Reason.GO_AHEAD
    assert found == ["START-HERE.html", "fhir/patient-shared.json"]
    assert list(opened.files) == found
    text = (world.folder / "out/START-HERE.html").read_bytes()
    assert text == b"<p>hello</p>"
    (stored,) = world.clinic.desk.receipts()
    assert (stored.state, stored.index, stored.place) == (ReceiptState.ANSWERED, 1, 0)
    details = receipt.open_details(
        stored.sealed_details,
        opener=world.keys.pair(0).seal,
        leaf=world.made.leaf,
        key=receipt.tree_keys(world.keys.grant(0).secret, 0)[0],
        card_key=world.clinic.signer.public,
        origin=ORIGIN,
    )
    assert (details.who, details.staff) == ("Dr. Amara Osei", "Nurse Ortiz")
    assert (details.purpose, details.manner) == ("TREAT", Manner.RELAY)


def test_opening_again_is_a_new_receipt(world):
    assert open_into(world)[0].place == 0
    assert open_into(world, name="again")[0].place == 1
    assert len(world.clinic.desk.receipts()) == 2


def test_a_target_that_holds_something_is_never_touched(world):
    (world.folder / "out").mkdir()
    (world.folder / "out/mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        open_into(world)
    assert world.clinic.desk.receipts() == []


# --- each refusal has its own reason, and leaves an empty folder ------------------


def test_another_clinics_key_is_the_wrong_reader(world):
    other = world.open_clinic("other", clinic("oak street"))
    opened, _ = open_into(world, who=other)
    assert opened.verdict.reason is Reason.WRONG_READER
    assert opened.verdict.status is Status.STOP


def test_a_permission_sealed_again_to_a_third_party_is_the_wrong_reader_there(world):
    third = clinic("third")
    parts = checking.open_grant_file(
        world.made.grant_file,
        openers=[world.clinic.opener],
        reader=world.clinic.reader_id,
    ).parts
    forwarded = write_grant_file(
        GrantParts(
            signed=parts.signed,
            salt=parts.salt,
            entry=parts.entry,
            share_a=parts.share_a,
            share_b=None,
        ),
        sealing_key=third.opener.public,
        reader=third.reader_id,
    )
    other = world.open_clinic("third", third)
    opened, _ = open_into(world, forwarded, who=other)
    assert opened.verdict.reason is Reason.WRONG_READER


def test_before_the_start_and_after_the_end_it_does_not_open(world):
    world.clock.now = at(-1)
    world.network.sync()
    assert open_into(world)[0].verdict.reason is Reason.NOT_STARTED
    world.clock.now = at(90 * DAY)
    world.network.sync()
    assert open_into(world)[0].verdict.reason is Reason.ENDED


def test_after_withdrawal_it_does_not_open_even_if_nobody_synced(world):
    world.withdraw()
    assert open_into(world)[0].verdict.reason is Reason.WITHDRAWN
    assert world.clinic.desk.receipts() == []


def test_a_pause_has_its_own_answer(world):
    world.ledger.states[world.relay_world.index] = State.HELD
    world.network.sync()
    assert open_into(world)[0].verdict.reason is Reason.PAUSED


def stop_file(world, signer=None):
    signed = withdrawal.sign_notice(
        signer or world.keys.grant(0).control, origin=ORIGIN, leaf=world.made.leaf
    )
    return withdrawal.write_stop_file(signed)


def test_a_withdrawal_handed_over_by_file_is_honoured_without_any_network(world):
    check(world)
    world.network.ledger_up = world.network.relay_up = False
    leaf = checking.accept(world.clinic, stop_file(world), now=world.clock())
    assert leaf == world.made.leaf
    opened, _ = open_into(world)
    assert opened.verdict.reason is Reason.WITHDRAWN
    world.network.ledger_up = world.network.relay_up = True
    assert open_into(world)[0].verdict.reason is Reason.WITHDRAWN


def test_a_withdrawal_by_another_key_or_damaged_ends_nothing(world):
    check(world)
    good = stop_file(world)
    wrong = {
        stop_file(world, world.keys.grant(0).ledger): Reason.SIGNATURE_WRONG,
        b"HWSTOP2\n" + good[8:]: Reason.UNKNOWN_VERSION,
        good[:-1]: Reason.MALFORMED,
        good[:5]: Reason.MALFORMED,
        good + b"\0": Reason.MALFORMED,
    }
    for data, reason in wrong.items():
        with pytest.raises(RefusedError) as refused:
            checking.accept(world.clinic, data, now=world.clock())
        assert refused.value.reason is reason
    assert check(world).reason is Reason.GO_AHEAD


def test_a_withdrawal_of_a_permission_never_seen_here_is_a_usage_fault(world):
    with pytest.raises(UsageError):
        checking.accept(world.clinic, stop_file(world), now=world.clock())


def test_a_copy_too_old_does_not_open(world):
    world.network.ledger_up = False
    world.clock.now = at(3_601)
    assert open_into(world)[0].verdict.reason is Reason.COPY_TOO_OLD
    world.clock.now = at(3_600)
    assert check(world).reason is Reason.GO_AHEAD


def test_a_forked_copy_does_not_open(world):
    world.network.copy.is_forked = True
    assert open_into(world)[0].verdict.reason is Reason.LEDGER_FORKED


def test_a_fork_shown_while_the_receipt_is_logged_stops_the_opening(world):
    world.network.forks = True
    assert open_into(world)[0].verdict.reason is Reason.LEDGER_FORKED


def test_a_copy_without_quorum_does_not_open(world):
    world.network.copy.quorum_time, world.network.publishing = None, False
    assert open_into(world)[0].verdict.reason is Reason.NO_QUORUM


def test_an_entry_not_in_the_copy_does_not_open(world):
    world.network.copy.size, world.network.publishing = 0, False
    assert open_into(world)[0].verdict.reason is Reason.NOT_IN_COPY


def test_an_origin_outside_the_policy_is_not_in_the_copy(world):
    made, _, _ = issued(world.relay_world.reader, origin="elsewhere.test/log")
    verdict = check(world, made.grant_file)
    assert (verdict.reason, verdict.as_of) == (Reason.NOT_IN_COPY, None)


def test_one_byte_flipped_anywhere_in_the_file_opens_nothing(world):
    good = world.made.grant_file
    seen = set()
    for place in range(0, len(good), 7):
        bad = bytearray(good)
        bad[place] ^= 1
        verdict = check(world, bytes(bad))
        assert verdict.status is not Status.GO_AHEAD
        seen.add(verdict.reason)
    assert seen == {Reason.UNKNOWN_VERSION, Reason.MALFORMED}
    opened, _ = open_into(world, good[:-1] + bytes([good[-1] ^ 1]))
    assert opened.verdict.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vouched": False}, Reason.NOT_ACCREDITED),
        ({"vouched": None}, Reason.LICENCE_UNKNOWN),
        ({"licence_state": State.ENDED}, Reason.LICENCE_ENDED),
        ({"licence_state": State.HELD}, Reason.LICENCE_SUSPENDED),
    ],
)
def test_the_readers_own_licence_counts(world, change, reason):
    for name, value in change.items():
        setattr(world.network, name, value)
    assert open_into(world)[0].verdict.reason is reason


def test_a_clinic_without_a_card_has_no_known_licence(world):
    assert check(world, who=replace(world.clinic, card=None)).reason is (
        Reason.LICENCE_UNKNOWN
    )


def test_another_purpose_is_refused(world):
    assert check(world, purpose="HRESCH").reason is Reason.WRONG_PURPOSE
    assert open_into(world, purpose="HRESCH")[0].verdict.reason is (
        Reason.WRONG_PURPOSE
    )
    assert check(world, purpose="TREAT").reason is Reason.GO_AHEAD


# --- asking about another moment ----------------------------------------------------


def test_a_moment_before_the_copy_is_answered_from_what_stood_then(world):
    world.clock.now = at(600)
    world.withdraw()
    world.network.sync()
    assert check(world).reason is Reason.WITHDRAWN
    assert check(world, at=at(599)).reason is Reason.GO_AHEAD
    assert check(world, at=at(-1)).reason is Reason.NO_QUORUM
    checking.accept(world.clinic, stop_file(world), now=at(700))
    assert check(world, at=at(599)).reason is Reason.GO_AHEAD


def test_a_withdrawal_taken_here_counts_even_if_the_clock_is_set_back_since(world):
    check(world)
    checking.accept(world.clinic, stop_file(world), now=at(3_000))
    assert world.clock() < at(3_000)
    assert check(world).reason is Reason.WITHDRAWN
    assert check(world, at=at(9_000)).reason is Reason.WITHDRAWN
    world.clock.now = at(2_000)
    assert check(world, at=at(1_000)).reason is Reason.GO_AHEAD


def test_a_clock_behind_the_ledgers_is_told(world):
    assert not checking.check(
        world.clinic, world.made.grant_file, world.network, now=world.clock()
    ).clock_behind
    world.clock.now = at(-DAY)
    checked = checking.check(
        world.clinic, world.made.grant_file, world.network, now=world.clock()
    )
    assert checked.clock_behind
    assert checked.verdict.reason is Reason.GO_AHEAD


def test_of_a_moment_to_come_only_what_cannot_change_is_answered(world):
    later = at(DAY)
    assert check(world, at=later).reason is Reason.NOT_YET_KNOWN
    assert check(world, at=at(91 * DAY)).reason is Reason.ENDED
    world.withdraw()
    world.network.sync()
    assert check(world, at=later).reason is Reason.WITHDRAWN


# --- what may go wrong on the way ---------------------------------------------------


def test_without_the_ledger_or_the_relay_nothing_opens(world):
    world.network.ledger_up = False
    assert open_into(world)[0].verdict.reason is Reason.LEDGER_UNREACHABLE
    world.network.ledger_up, world.network.relay_up = True, False
    assert open_into(world)[0].verdict.reason is Reason.RELAY_UNREACHABLE


def test_a_receipt_that_no_quorum_covers_in_time_opens_nothing(world):
    world.network.publishing = False
    opened, _ = open_into(world)
    assert opened.verdict.reason is Reason.NOT_IN_COPY
    assert world.clinic.desk.receipts()[0].state is ReceiptState.STORED


def test_a_withdrawal_only_the_relay_knows_of_is_a_refused_release(world):
    world.network.before_release = world.relay_world.notice
    for _ in range(2):  # the second time the relay does not even send the package
        opened, _ = open_into(world)
        assert opened.verdict.reason is Reason.RELEASE_REFUSED


def test_a_withdrawal_between_check_and_release_is_withdrawn(world):
    world.network.before_release = world.withdraw
    opened, _ = open_into(world)
    assert opened.verdict.reason is Reason.WITHDRAWN
    assert world.clinic.desk.receipts()[0].state is ReceiptState.LOGGED


def test_an_altered_package_opens_nothing(world):
    name = world.made.deposit.object_id
    path = world.relay_world.relay.package(name)
    for place in (0, 5, 50, 100, len(world.relay_world.package) - 1):
        data = bytearray(world.relay_world.package)
        data[place] ^= 1
        path.write_bytes(data)
        reason = open_into(world)[0].verdict.reason
        assert reason in (Reason.PACKAGE_ALTERED, Reason.UNKNOWN_VERSION)
        assert (reason is Reason.UNKNOWN_VERSION) == (place < 5)


def test_another_package_under_the_same_number_is_altered(world):
    open_into(world)
    world.clinic.desk.opened(world.made.leaf, sequence=0, manifest=bytes(32))
    opened, _ = open_into(world, name="again")
    assert opened.verdict.reason is Reason.PACKAGE_ALTERED


# --- from a stick --------------------------------------------------------------------


def test_a_stick_opens_offline_and_its_receipt_is_sent_later(world):
    world.network.ledger_up = world.network.relay_up = False
    opened, found = open_into(world, world.made.offline_file, package=world.stick())
    assert opened.verdict.reason is Reason.GO_AHEAD
    assert opened.manner is Manner.OFFLINE
    assert len(found) == 2
    assert sending.sync(world.clinic, world.network, asking=world.asking) == (
        sending.Synced(reason=Reason.LEDGER_UNREACHABLE, sent=0, owed=1)
    )
    world.network.ledger_up = True
    assert sending.sync(world.clinic, world.network, asking=world.asking) == (
        sending.Synced(reason=Reason.RELAY_UNREACHABLE, sent=0, owed=1)
    )
    world.network.relay_up = True
    assert sending.sync(world.clinic, world.network, asking=world.asking) == (
        sending.Synced(reason=Reason.GO_AHEAD, sent=1, owed=0)
    )
    (row,) = world.relay_world.relay.buckets.within(0, 0)
    assert row[1] == world.clinic.desk.receipts()[0].sealed_details
    assert world.relay_world.notice() == []


def test_a_stick_without_its_package_says_so(world):
    made, _, _ = issued(world.relay_world.reader, number=2, relay=None)
    world.network.submit(ORIGIN, made.entry)
    world.network.sync()
    opened, _ = open_into(world, made.offline_file)
    assert opened.verdict.reason is Reason.PACKAGE_MISSING


def test_a_stick_with_another_permissions_package_opens_nothing(world):
    other, package, _ = issued(world.relay_world.reader, number=1)
    assert other.leaf != world.made.leaf
    path = world.folder / "records.hwp"
    path.write_bytes(package)
    opened, _ = open_into(world, world.made.offline_file, package=path)
    assert opened.verdict.reason is Reason.PACKAGE_ALTERED


# --- who sent it ---------------------------------------------------------------------


def test_a_sender_is_known_once_its_words_were_compared_in_person(world):
    words = checking.confirm(
        world.clinic, world.made.grant_file, chart="4711", now=world.clock()
    )
    assert len(words) == 6
    assert check(world).sender is Sender.KNOWN
    other, _, _ = issued(world.relay_world.reader, number=5)
    with pytest.raises(RefusedError) as refused:
        checking.confirm(
            world.clinic, other.grant_file, chart="4711", now=world.clock()
        )
    assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_what_a_check_answers_as_evidence_holds_no_secret(world):
    everything = encode([value for _, value in check(world).evidence])
    parts = checking.open_grant_file(
        world.made.grant_file,
        openers=[world.clinic.opener],
        reader=world.clinic.reader_id,
    ).parts
    for secret in (parts.share_a, parts.salt, world.keys.grant(0).secret):
        assert secret not in everything
