"""The vector and its deltas against the replay of entries, under one logged root."""

import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.ledger.entries import ORIGIN, OTHER, change, grant
from tests.support.status_log import STEPS, History, MirroredLedger, root_entry
from wallet.errors import RefusedError
from wallet.ledger import proof
from wallet.ledger.chunks import CHUNK, PER_CHUNK, Chunks
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.inflate import inflate
from wallet.ledger.policy import Policy
from wallet.ledger.status_delta import MAGIC, Delta, encode_delta, parse_delta
from wallet.ledger.status_root import read_status_root
from wallet.ledger.status_vector import StatusVector, verify_head
from wallet.ledger.tree import Tree
from wallet.verdict import Reason

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def packed_of(log, size):
    """The vector by the rule alone: two bits an entry, 3 where there is none."""
    states = [int(log.state(index, size=size)) for index in range(size)]
    states += [3] * (-size % PER_CHUNK)
    fours = (states[at : at + 4] for at in range(0, len(states), 4))
    return bytes(sum(s << 2 * n for n, s in enumerate(four)) for four in fours)


def published(steps=()):
    ledger = MirroredLedger(NOON)
    ledger.history.add(grant(0))
    ledger.history.play(steps)
    ledger.publish()
    return ledger, Policy.parse(ledger.policy)


def headed(ledger):
    return verify_head(ledger.head(), origin=ORIGIN, policy=Policy.parse(ledger.policy))


def reason(call, *given, **named):
    with pytest.raises(RefusedError) as refused:
        call(*given, **named)
    return refused.value.reason


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_vector_is_what_a_replay_of_the_entries_gives(steps):
    ledger, _ = published(steps)
    head = headed(ledger)
    covered = ledger.size - 1
    vector = StatusVector.verify(packed_of(ledger.history.log, covered), head)
    assert head.epoch == covered
    assert head.vector_size == len(vector.packed)
    for index in range(covered):
        assert vector.state(index) is ledger.history.log.state(index, size=covered)
    assert vector.state(covered) is State.UNKNOWN


@settings(max_examples=60, deadline=None)
@given(STEPS, STEPS)
def test_a_delta_leads_from_one_vector_to_the_next(before, after):
    ledger, _ = published(before)
    history, first = ledger.history, headed(ledger)
    vector = StatusVector.verify(packed_of(history.log, first.epoch), first)
    history.play(after)
    ledger.publish()
    second = headed(ledger)
    states = {
        index: now
        for index in range(second.epoch)
        if (now := history.log.state(index, size=second.epoch))
        is not (vector.state(index) if index < first.epoch else State.STANDS)
    }
    told = Delta(since=first.epoch, until=second.epoch, states=states)
    read = parse_delta(encode_delta(told))
    assert read == told
    assert vector.follow(read, second).packed == packed_of(history.log, second.epoch)


def test_a_delta_that_leaves_out_or_makes_up_anything_is_refused():
    ledger, _ = published([("many", 300)])
    first = headed(ledger)
    vector = StatusVector.verify(packed_of(ledger.history.log, first.epoch), first)
    ledger.history.change(0, State.ENDED, 1)
    ledger.publish()
    second = headed(ledger)

    def follow(states, since=first.epoch, until=second.epoch):
        vector.follow(Delta(since=since, until=until, states=states), second)

    ended = {0: State.ENDED}
    follow(ended)
    for wrong in ({}, {0: State.HELD}, {**ended, 7: State.HELD}, {1: State.ENDED}):
        assert reason(follow, wrong) is Reason.MALFORMED
    assert reason(follow, ended, since=first.epoch - 1) is Reason.MALFORMED
    assert reason(follow, ended, until=second.epoch - 1) is Reason.MALFORMED
    assert vector.head is first


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_bit_of_a_vector_can_be_flipped(place):
    ledger, _ = published([("many", 500), ("grant", 1), ("change", 0, State.HELD, 1)])
    head = headed(ledger)
    packed = bytearray(packed_of(ledger.history.log, head.epoch))
    StatusVector.verify(bytes(packed), head)
    packed[place % len(packed)] ^= 1 << place % 8
    assert reason(StatusVector.verify, bytes(packed), head) is Reason.MALFORMED


@pytest.mark.parametrize("by", [-CHUNK, -1, 1, CHUNK])
def test_a_vector_is_as_long_as_its_entries_need(by):
    ledger, _ = published([("many", 500)])
    head = headed(ledger)
    packed = packed_of(ledger.history.log, head.epoch)
    other = packed[:by] if by < 0 else packed + bytes(by)
    assert reason(StatusVector.verify, other, head) is Reason.MALFORMED


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_byte_of_a_delta_can_be_changed_unseen(place, by):
    ledger, _ = published([("many", 500)])
    first = headed(ledger)
    vector = StatusVector.verify(packed_of(ledger.history.log, first.epoch), first)
    ledger.history.change(0, State.HELD, 1)
    ledger.history.many(300)
    ledger.history.add(ledger.history.entries[3])
    copy = len(ledger.history.entries) - 1
    ledger.publish()
    second = headed(ledger)
    states = {0: State.HELD, copy: State.ENDED}
    told = Delta(since=first.epoch, until=second.epoch, states=states)
    data = bytearray(encode_delta(told))
    assert vector.follow(parse_delta(bytes(data)), second)
    data[place % len(data)] ^= by

    def follow():
        vector.follow(parse_delta(bytes(data)), second)

    assert reason(follow) in {Reason.MALFORMED, Reason.UNKNOWN_VERSION}


def delta_bytes(*numbers, since=0, until=1_000):
    return MAGIC + since.to_bytes(8, "big") + until.to_bytes(8, "big") + bytes(numbers)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Reason.UNKNOWN_VERSION),
        (b"HWDELTA2" + bytes(16), Reason.UNKNOWN_VERSION),
        (MAGIC + bytes(15), Reason.MALFORMED),
        (delta_bytes(0x80), Reason.MALFORMED),  # cut short
        (delta_bytes(0x85, 0x00), Reason.MALFORMED),  # a longer encoding of 5
        (delta_bytes(*[0xFF] * 10, 1), Reason.MALFORMED),  # no end
        (delta_bytes(0x01), Reason.MALFORMED),  # no step: the same index again
        (delta_bytes(0x07), Reason.MALFORMED),  # state 3
        (delta_bytes(0x05, until=0), Reason.MALFORMED),  # past the end
        (delta_bytes(since=2, until=1), Reason.MALFORMED),
    ],
)
def test_a_delta_is_read_strictly(data, why):
    assert reason(parse_delta, data) is why


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_delta_of_one_encoding_or_refused(tail):
    data = delta_bytes(until=1 << 40) + tail
    try:
        read = parse_delta(data)
    except RefusedError:
        return
    assert encode_delta(read) == data


def test_the_root_entry_must_be_the_last_under_its_checkpoint():
    ledger, policy = published([("many", 3)])
    ledger.history.many(1)
    ledger.publish(root=False)
    size, covered = ledger.size, ledger.size - 2
    tree = Tree(map(leaf_hash, ledger.history.entries))
    data = proof.write(
        covered,
        tree.inclusion(covered, size),
        ledger.checkpoint(),
        extra=ledger.history.entries[covered],
    )
    why = reason(verify_head, data, origin=ORIGIN, policy=policy)
    assert why is Reason.STATUS_UNPROVED


def test_a_head_of_anything_but_a_root_entry_is_refused():
    ledger, policy = published()
    ledger.history.add(grant(1))
    ledger.publish(root=False)
    why = reason(verify_head, ledger.head(), origin=ORIGIN, policy=policy)
    assert why is Reason.MALFORMED


def test_a_head_needs_its_quorum_and_its_own_origin():
    ledger, policy = published()
    why = reason(verify_head, ledger.head(), origin="other.test/x", policy=policy)
    assert why is Reason.MALFORMED
    ledger.witnesses_up = {"w1"}
    ledger.publish()
    why = reason(verify_head, ledger.head(), origin=ORIGIN, policy=policy)
    assert why is Reason.NO_QUORUM


@pytest.mark.parametrize(
    ("entry", "index", "why"),
    [
        (root_entry(5, bytes(32)), 6, Reason.MALFORMED),
        (root_entry(5, bytes(32), epoch=4), 5, Reason.MALFORMED),
        (root_entry(5, bytes(32), origin="other.test/x"), 5, Reason.SIGNATURE_WRONG),
        (grant(0), 0, Reason.MALFORMED),
        (change(0, grant(0), State.ENDED, 1), 1, Reason.MALFORMED),
        (b"", 0, Reason.MALFORMED),
    ],
)
def test_a_status_root_is_its_operators_word_on_exactly_what_is_before_it(
    entry, index, why
):
    assert reason(read_status_root, entry, origin=ORIGIN, index=index) is why


def test_who_signs_a_status_root_is_told():
    entry = root_entry(9, b"r" * 32, signer=OTHER)
    told = read_status_root(entry, origin=ORIGIN, index=9)
    assert (told.covered, told.root, told.operator) == (9, b"r" * 32, OTHER.public)


def test_what_unpacks_to_more_than_was_expected_is_refused():
    bomb = zlib.compress(bytes(1 << 24), 9)
    assert len(bomb) < 1 << 15
    assert reason(inflate, bomb, cap=1_000, place="vector") is Reason.MALFORMED
    fits = zlib.compress(bytes(1_000))
    assert inflate(fits, cap=1_000, place="vector") == bytes(1_000)
    for odd in (fits[:-1], fits + b"x", b"", b"x" + fits, fits[:-4] + bytes(4)):
        assert reason(inflate, odd, cap=1_000, place="vector") is Reason.MALFORMED


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(0, 10**6), st.integers(0, 3))
def test_chunks_prove_what_they_were_before_the_last_entries(steps, place, more):
    history = History()
    history.play(steps)
    size, root = len(history.entries), history.log.root()
    assume(size)
    chunks = Chunks.of(packed_of(history.log, size), size=size)
    chunks.grow(size + more)
    n = place % (-(-size // PER_CHUNK))
    chunk, path = chunks.proof(n, size=size)
    tree = Tree(map(leaf_hash, _cut(packed_of(history.log, size))))
    assert tree.root() == root
    assert (chunk, path) == (_cut(packed_of(history.log, size))[n], tree.inclusion(n))
    assert chunks.root() == _grown(history, size, more)


def _cut(packed):
    return [packed[at : at + CHUNK] for at in range(0, len(packed), CHUNK)]


def _grown(history, size, more):
    chunks = Chunks.of(packed_of(history.log, size), size=size)
    chunks.grow(size + more)
    return chunks.root()
