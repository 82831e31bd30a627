"""A stapled bundle proves one entry's state to whoever keeps no copy."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.entries import ORIGIN, grant
from tests.support.ledger_simulator import signer_of
from tests.support.status_log import STEPS, MirroredLedger
from tests.support.vast_tree import vast_bundle
from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.ledger import bundle as bundles
from wallet.ledger.bundle import MAGIC, parse_bundle, thin_note, verify_bundle
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.stapling import staple
from wallet.ledger.sync import sync
from wallet.verdict import Reason

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def ledger():
    made = MirroredLedger(NOON)
    made.history.many(300)
    made.history.add(grant(0))
    made.history.add(grant(1))
    made.history.change(301, State.ENDED, 1)
    made.publish()
    return made


@pytest.fixture
def copy(tmp_path, ledger):
    return synced(tmp_path, ledger)


def synced(folder, ledger):
    policy = Policy.parse(ledger.policy)
    replica = Replica.open(folder / "copy", origin=ORIGIN, policy=policy)
    sync(replica, ledger)
    return replica


def verified(data, ledger):
    return verify_bundle(parse_bundle(data), policy=Policy.parse(ledger.policy))


def reason(call, *given, **named):
    with pytest.raises(RefusedError) as refused:
        call(*given, **named)
    return refused.value.reason


def test_a_bundle_says_what_the_entries_say(ledger, copy):
    for index, state in ((0, State.STANDS), (300, State.STANDS), (301, State.ENDED)):
        told = verified(staple(copy, index), ledger)
        assert (told.index, told.state, told.mirrored) == (index, state, True)
        assert told.entry == ledger.history.entries[index]
        assert told.leaf == leaf_hash(told.entry)
        assert told.quorum_time == copy.quorum_time
        assert told.checkpoint == copy.checkpoint_ref
        assert told.root.covered == ledger.size - 1


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_every_entry_of_any_history_can_be_stapled(tmp_path_factory, steps):
    ledger = MirroredLedger(NOON)
    ledger.history.add(grant(0))
    ledger.history.play(steps)
    ledger.publish()
    copy = synced(tmp_path_factory.mktemp("any"), ledger)
    for index in range(0, ledger.size - 1, max(1, ledger.size // 40)):
        told = verified(staple(copy, index), ledger)
        assert told.told is copy.state(index)


def test_without_a_mirror_nothing_stands_but_a_no_is_a_no(tmp_path, ledger):
    ledger.mirror_up = False
    ledger.publish()
    copy = synced(tmp_path, ledger)
    stands, ended = (verified(staple(copy, index), ledger) for index in (300, 301))
    assert (stands.mirrored, stands.told) == (False, State.STANDS)
    assert stands.state is State.UNKNOWN
    assert ended.state is State.ENDED


def test_a_mirror_that_the_policy_does_not_group_as_one_counts_for_nothing(
    ledger, copy
):
    data = staple(copy, 300)
    others = ledger.policy.replace("group mirrors", "group readers")
    told = verify_bundle(parse_bundle(data), policy=Policy.parse(others))
    assert not told.mirrored
    both = ledger.policy.replace("group mirrors any m1", "group mirrors all m1 w1")
    told = verify_bundle(parse_bundle(data), policy=Policy.parse(_ungrouped(both)))
    assert told.mirrored
    ledger.witnesses_up = {"w2", "w3"}
    note = ledger.sign(ledger.size, copy.root)
    thin = {**_values(data), 7: note}
    told = verify_bundle(
        parse_bundle(MAGIC + encode(thin)), policy=Policy.parse(_ungrouped(both))
    )
    assert not told.mirrored


def _ungrouped(policy):
    """The same with its quorum of the witnesses that are in no other group."""
    head = policy.partition("group witnesses")[0]
    lines = head.splitlines(keepends=True)
    lines.sort(key=lambda line: line.startswith("group"))  # names before their group
    return "".join([*lines, "group two 2 w2 w3\nquorum two\n"])


def _values(data):
    return decode(data[len(MAGIC) :])


def test_a_forged_line_of_a_mirror_refuses_the_bundle(ledger, copy):
    ledger.mirror_key, kept = signer_of("somebody"), ledger.policy
    forged = ledger.sign(ledger.size, copy.root)
    lines = copy.note.splitlines(keepends=True)
    real = next(line for line in lines if b" mirror.test " in line)
    fake = next(
        line for line in forged.splitlines(keepends=True) if b" mirror.test " in line
    )
    twisted = copy.note.replace(real[-20:], fake[-20:])
    data = MAGIC + encode({**_values(staple(copy, 300)), 7: twisted})
    why = reason(verify_bundle, parse_bundle(data), policy=Policy.parse(kept))
    assert why is Reason.SIGNATURE_WRONG


def test_a_bundle_needs_the_quorum_and_a_log_of_the_policy(tmp_path, ledger, copy):
    data = staple(copy, 300)
    other = MirroredLedger(NOON, origin="ledger.test/other")
    why = reason(verify_bundle, parse_bundle(data), policy=Policy.parse(other.policy))
    assert why is Reason.NOT_IN_COPY
    note = parse_note(copy.note)
    few = copy.note.splitlines(keepends=True)
    few = [line for line in few if not line.startswith(b"\xe2\x80\x94 w2.test")]
    few = [line for line in few if not line.startswith(b"\xe2\x80\x94 w3.test")]
    assert len(few) == len(note.lines) + 4 - 2
    data = MAGIC + encode({**_values(data), 7: b"".join(few)})
    assert reason(verified, data, ledger) is Reason.NO_QUORUM


def test_an_older_root_under_a_newer_checkpoint_proves_nothing(tmp_path, ledger, copy):
    old = _values(staple(copy, 300))
    ledger.history.change(300, State.ENDED, 1)
    ledger.publish()
    sync(copy, ledger)
    assert verified(staple(copy, 300), ledger).state is State.ENDED
    index = old[0]
    kept = {
        **old,
        2: b"".join(copy.inclusion(index)),
        4: b"".join(copy.inclusion(303)),
        7: copy.note,
    }
    assert reason(verified, MAGIC + encode(kept), ledger) is Reason.MALFORMED
    ledger.history.many(1)
    ledger.publish(root=False)
    sync(copy, ledger)
    assert reason(staple, copy, 300) is Reason.STATUS_UNPROVED


def test_the_root_entry_itself_and_what_is_not_there_cannot_be_stapled(ledger, copy):
    for index in (-1, ledger.size - 1, ledger.size):
        assert reason(staple, copy, index) is Reason.NOT_IN_COPY
    data = _values(staple(copy, 300))
    for index in (ledger.size - 1, 1 << 62):
        odd = MAGIC + encode({**data, 0: index})
        assert reason(verified, odd, ledger) is Reason.STATUS_UNPROVED


def test_a_wrong_root_is_not_stapled(tmp_path, ledger):
    ledger.publish(wrong=b"x" * 32)
    copy = synced(tmp_path, ledger)
    assert reason(staple, copy, 300) is Reason.STATUS_UNPROVED


def test_a_copy_without_a_checkpoint_staples_nothing(tmp_path, ledger):
    policy = Policy.parse(ledger.policy)
    empty = Replica.open(tmp_path / "empty", origin=ORIGIN, policy=policy)
    assert reason(staple, empty, 0) is Reason.NOT_IN_COPY


def test_lines_that_nobody_asked_for_are_left_out(ledger, copy):
    signed = ledger.sign(ledger.size, copy.root).splitlines(keepends=True)[-1]
    note = copy.note + signed.replace(b"mirror.test", b"someone.else")
    policy = Policy.parse(ledger.policy)
    thin = parse_note(thin_note(parse_note(note), policy))
    names = {line.name for line in thin.lines}
    assert {"w1.test", "mirror.test"} <= names
    assert not names & {"someone.else", "grease.invalid/one"}
    assert policy.accept(thin) == policy.accept(parse_note(copy.note))
    other = Policy.parse(MirroredLedger(NOON, origin="ledger.test/other").policy)
    assert reason(thin_note, parse_note(note), other) is Reason.NOT_IN_COPY


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_bit_of_a_bundle_can_be_flipped(bundle_and_policy, place, bit):
    data, policy, good = bundle_and_policy
    bent = bytearray(data)
    bent[place % len(bent)] ^= 1 << bit
    try:
        told = verify_bundle(parse_bundle(bytes(bent)), policy=policy)
    except RefusedError:
        return
    # A line of a name that the policy does not know may say anything, as it does in
    # any note; what is proved must be the same, or less.
    assert (told.index, told.entry, told.told) == (good.index, good.entry, good.told)
    assert told.checkpoint == good.checkpoint
    assert good.mirrored or not told.mirrored


@pytest.fixture(scope="module")
def bundle_and_policy(tmp_path_factory):
    ledger = MirroredLedger(NOON)
    ledger.history.many(700)
    ledger.history.add(grant(0))
    ledger.publish()
    data = staple(synced(tmp_path_factory.mktemp("bits"), ledger), 700)
    policy = Policy.parse(ledger.policy)
    return data, policy, verify_bundle(parse_bundle(data), policy=policy)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({0: -1}, Reason.MALFORMED),
        ({0: True}, Reason.MALFORMED),
        ({1: None}, Reason.MALFORMED),
        ({1: bytes(4_097)}, Reason.MALFORMED),
        ({2: bytes(33)}, Reason.MALFORMED),
        ({2: bytes(64 * 32)}, Reason.MALFORMED),
        ({5: bytes(63)}, Reason.MALFORMED),
        ({7: b"no note"}, Reason.MALFORMED),
        ({7: bytes(1 << 15)}, Reason.MALFORMED),
        ({8: 0}, Reason.MALFORMED),
    ],
)
def test_a_bundle_is_read_strictly(ledger, copy, change, why):
    data = MAGIC + encode({**_values(staple(copy, 300)), **change})
    assert reason(parse_bundle, data) is why


def test_a_bundle_of_another_version_is_named_as_that(ledger, copy):
    data = staple(copy, 300)
    for other in (b"", data[1:], data.replace(b"BUNDLE1", b"BUNDLE2")):
        assert reason(parse_bundle, other) is Reason.UNKNOWN_VERSION
    assert reason(parse_bundle, data + b"\0") is Reason.MALFORMED
    assert reason(parse_bundle, MAGIC + encode([])) is Reason.MALFORMED
    without = {key: value for key, value in _values(data).items() if key != 6}
    assert reason(parse_bundle, MAGIC + encode(without)) is Reason.MALFORMED


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_refused_as_a_bundle(tail):
    with pytest.raises(RefusedError):
        bundles.parse_bundle(MAGIC + tail)


@pytest.mark.parametrize("size", [10**9, 1 << 30])
def test_a_bundle_out_of_a_vast_log_is_small(size):
    origin = "ledger.example/consent/2027h1"
    entry = grant(0, origin)
    data, policy = vast_bundle(entry, origin=origin, size=size, index=123_456_789)
    told = verify_bundle(parse_bundle(data), policy=policy)
    assert (told.entry, told.state) == (entry, State.STANDS)
    assert len(data) <= 4_096
