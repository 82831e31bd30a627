"""Two bits an entry under one root, against the rule written plainly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.ledger import chunks, merkle
from wallet.ledger.chunks import CHUNK, PER_CHUNK, Chunks
from wallet.ledger.entry import State


def plainly(states, size):
    """The root as PROTOCOL.md 3 has it, everything hashed."""
    slots = [states.get(index, 0) for index in range(size)]
    slots += [3] * (-size % PER_CHUNK)
    packed = bytes(
        sum(slots[at + n] << 2 * n for n in range(4)) for at in range(0, len(slots), 4)
    )
    cut = range(0, len(packed), CHUNK)
    return merkle.root([merkle.leaf_hash(packed[at : at + CHUNK]) for at in cut])


STEPS = st.lists(
    st.tuples(
        st.integers(0, 700),
        st.dictionaries(st.integers(0, 2_000), st.integers(0, 2), max_size=5),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_root_is_that_of_the_rule_after_every_step(steps):
    made, states, size = Chunks(), {}, 0
    for grown, told in steps:
        size += grown
        made.grow(size)
        for index, state in told.items():
            if index < size:
                states[index] = state
                made.put(index, State(state))
        assert made.root() == plainly(states, size)
        assert [made.state(n) for n in range(size)] == [
            states.get(n, 0) for n in range(size)
        ]
    assert made.state(size) is State.UNKNOWN


def test_only_what_changed_is_hashed_again(monkeypatch):
    made = Chunks()
    made.grow(1_000 * PER_CHUNK)
    made.root()
    hashed, leaf_hash = [], merkle.leaf_hash
    monkeypatch.setattr(
        chunks, "leaf_hash", lambda data: hashed.append(data) or leaf_hash(data)
    )
    made.root()
    assert not hashed
    made.put(5, State.ENDED)
    made.put(6, State.HELD)
    made.put(999 * PER_CHUNK, State.ENDED)
    made.grow(1_000 * PER_CHUNK + 1)
    states = {5: 1, 6: 2, 999 * PER_CHUNK: 1}
    root = made.root()
    assert len(hashed) == 3
    assert root == plainly(states, 1_000 * PER_CHUNK + 1)


def test_what_is_not_covered_cannot_be_written_and_nothing_shrinks():
    made = Chunks()
    made.grow(3)
    for index in (-1, 3):
        with pytest.raises(ValueError, match="no such entry"):
            made.put(index, State.ENDED)
    with pytest.raises(ValueError, match="shrink"):
        made.grow(2)
