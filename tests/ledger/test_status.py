"""States as PROTOCOL.md 3 has them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.entries import (
    LEDGER_KEY,
    ORIGIN,
    OTHER,
    change,
    grant,
    receipt,
)
from wallet.errors import RefusedError
from wallet.keys.signing import SMALL_ORDER
from wallet.ledger import merkle
from wallet.ledger.entry import State, build_grant, leaf_hash, parse_entry
from wallet.ledger.leaf_index import LeafIndex
from wallet.ledger.status import StatusLog
from wallet.verdict import Reason

ENDED, HELD, STANDS = State.ENDED, State.HELD, State.STANDS


def log_of(*entries):
    log = StatusLog()
    for index, entry in enumerate(entries):
        log.apply(index, entry, ORIGIN)
    return log


def after(*told, first=None):
    """State of a grant at 0 after changes (state, seq)."""
    first = first or grant(0)
    changes = [
        change(0, first, state, seq, nonce=bytes([n]) * 16)
        for n, (state, seq) in enumerate(told)
    ]
    return log_of(first, *changes).state(0)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ((), STANDS),
        (((ENDED, 0),), ENDED),
        (((HELD, 5), (ENDED, 0)), ENDED),
        (((ENDED, 1), (STANDS, 9)), ENDED),
        (((ENDED, 1), (HELD, 9)), ENDED),
        (((HELD, 0),), HELD),
        (((HELD, 3), (STANDS, 3)), HELD),
        (((HELD, 3), (STANDS, 4)), STANDS),
        (((HELD, 3), (STANDS, 4), (HELD, 3)), STANDS),
        (((HELD, 3), (STANDS, 4), (HELD, 4)), HELD),
        (((STANDS, 0), (HELD, 0)), HELD),
        (((STANDS, 5), (HELD, 4)), STANDS),
    ],
)
def test_changes_count_in_ledger_order_by_their_numbers(told, state):
    assert after(*told) is state


def test_only_the_first_index_of_a_leaf_counts():
    log = log_of(grant(0), grant(0), change(1, grant(0), ENDED, 1))
    assert (log.state(0), log.state(1)) == (STANDS, ENDED)
    assert log.first_index(leaf_hash(grant(0))) == 0


def test_a_copied_change_is_ended_and_does_nothing():
    held = change(0, grant(0), HELD, 3)
    free = change(0, grant(0), STANDS, 4)
    log = log_of(grant(0), held, free, held)
    assert (log.state(0), log.state(3)) == (STANDS, ENDED)


@pytest.mark.parametrize(
    "told",
    [
        change(0, grant(0), ENDED, 1, signer=OTHER),
        change(0, grant(0), ENDED, 1, signer=LEDGER_KEY),
        change(0, grant(0), ENDED, 1, origin="other.test"),
        change(0, grant(1), ENDED, 1),
        change(1, grant(0), ENDED, 1),
        change(7, grant(0), ENDED, 1),
        b"no entry at all",
    ],
)
def test_a_change_that_does_not_verify_changes_nothing(told):
    log = log_of(grant(0), told)
    assert (log.state(0), log.state(1), log.highest_seq(0)) == (STANDS, STANDS, 0)


def test_an_entry_whose_control_key_anybody_could_forge_under_is_no_entry():
    for weak in SMALL_ORDER:
        entry = build_grant(
            LEDGER_KEY, origin=ORIGIN, commitment=bytes(32), control_public=weak
        )
        with pytest.raises(RefusedError) as refused:
            parse_entry(entry, origin=ORIGIN)
        assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_a_change_before_its_target_changes_nothing():
    log = log_of(change(1, grant(0), ENDED, 1), grant(0))
    assert log.state(1) is STANDS


def test_what_has_no_control_key_or_does_not_verify_cannot_be_changed():
    forged = grant(0)[:-1] + bytes([grant(0)[-1] ^ 1])
    for target in (receipt(0), forged, b"junk", grant(0, origin="other.test")):
        assert after((ENDED, 1), first=target) is STANDS


def test_the_highest_number_is_seen_even_if_its_change_was_not_applied():
    log = log_of(
        grant(0),
        change(0, grant(0), ENDED, 2),
        change(0, grant(0), STANDS, 9),
    )
    assert (log.state(0), log.highest_seq(0)) == (ENDED, 9)
    assert (log.state(0, size=1), log.highest_seq(0, size=1)) == (STANDS, 0)
    assert log.highest_seq(0, size=2) == 2


def test_past_the_covered_size_nothing_can_be_told():
    log = log_of(grant(0), grant(1))
    assert [log.state(i) for i in (-1, 1, 2)] == [State.UNKNOWN, STANDS, State.UNKNOWN]
    assert log.state(1, size=1) is State.UNKNOWN


def test_the_root_is_over_chunks_of_two_bits_an_entry():
    entries = [grant(0), grant(1), grant(1), change(0, grant(0), HELD, 1)]
    # 0 held (10), 1 stands (00), 2 a copy (01), 3 stands (00); the rest unknown
    chunk = bytes([0b00_01_00_10]) + b"\xff" * 63
    assert log_of(*entries).root() == merkle.leaf_hash(chunk)
    assert log_of().root() == merkle.EMPTY_ROOT


def test_the_257th_entry_opens_a_second_chunk():
    log = log_of(*(bytes([n % 256, n // 256]) for n in range(257)))
    chunks = [bytes(64), b"\xfc" + b"\xff" * 63]
    assert log.root() == merkle.root([merkle.leaf_hash(chunk) for chunk in chunks])


def test_a_change_is_judged_without_reading_all_before_it():
    """Else a flood of pauses of one entry would cost every reader its square."""

    class Unread(list):
        def __iter__(self):
            raise AssertionError("read from its start")

    log = log_of(grant(0), change(0, grant(0), HELD, 1))
    log._by_target[0] = Unread(log._by_target[0])
    log.apply(2, change(0, grant(0), STANDS, 2), ORIGIN)
    assert [one.applied for one in log.changes] == [True, True]


def test_entries_are_applied_in_order():
    with pytest.raises(ValueError, match="in order"):
        log_of().apply(1, grant(0), ORIGIN)


TOLD = st.lists(
    st.tuples(st.sampled_from([STANDS, ENDED, HELD]), st.integers(0, 4)), max_size=7
)


@settings(deadline=None)
@given(TOLD)
def test_states_agree_with_the_rule_written_plainly(told):
    state, last = STANDS, 0
    for new, seq in told:
        if state is ENDED:
            continue
        if new is ENDED or (new is HELD and seq >= last) or seq > last:
            state, last = new, seq
    assert after(*told) is state


@settings(deadline=None)
@given(TOLD, st.integers(0, 7))
def test_a_restored_log_goes_on_as_if_it_had_never_stopped(told, cut):
    entries = [grant(0)] + [
        change(0, grant(0), state, seq, nonce=bytes([n]) * 16)
        for n, (state, seq) in enumerate(told)
    ]
    cut = min(cut, len(entries))
    whole, early = log_of(*entries), log_of(*entries[:cut])
    leaves = b"".join(map(leaf_hash, entries[:cut]))
    restored = StatusLog(entries.__getitem__, LeafIndex(lambda: leaves))
    restored.restore(cut, early.told())
    for index in range(cut, len(entries)):
        restored.apply(index, entries[index], ORIGIN)
    assert restored.root() == whole.root()
    assert restored.changes == whole.changes
    for size in range(len(entries) + 1):
        assert whole.state(0, size=size) is log_of(*entries[:size]).state(0)
