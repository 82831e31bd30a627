"""Tiles, bundles and indices, against the plain tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.ledger import merkle, tiles
from wallet.ledger.entry import State, StatusChange, leaf_hash
from wallet.ledger.merkle import verify_consistency
from wallet.server.log.states import States
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


def fill(storage, *batches):
    datas = []
    for size in batches:
        fresh = [f"entry {len(datas) + n}".encode() for n in range(size)]
        assert storage.append([Admitted(data=data) for data in fresh]) == list(
            range(len(datas), len(datas) + size)
        )
        datas += fresh
    return datas


def test_roots_and_proofs_are_those_of_the_plain_tree(storage):
    datas = fill(storage, 1, 254, 1, 1, 255, 300, 7)
    leaves = [leaf_hash(data) for data in datas]
    for size in (0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 800, len(leaves)):
        root = merkle.root(leaves[:size])
        assert storage.tree.root(size) == root
        for old in (0, 1, 5, 255, 256, 257, 512, size):
            if old <= size:
                verify_consistency(
                    old=old,
                    new=size,
                    old_root=merkle.root(leaves[:old]),
                    new_root=root,
                    path=storage.tree.consistency(old, size),
                )
        for index in (0, 1, 255, 256, size - 1):
            if 0 <= index < size:
                path = merkle.inclusion_path(leaves[:size], index)
                assert storage.tree.inclusion(index, size) == path


def test_two_levels_of_full_tiles_stand_above_each_other(storage):
    datas = fill(storage, 40_000, 30_000)
    leaves = [leaf_hash(data) for data in datas]
    assert storage.tree.root(70_000) == merkle.root(leaves)
    assert len(storage.tile(2, 0, 1)) == 32
    assert storage.tile(2, 0, 2) is None


def test_partials_are_cut_and_never_longer_than_what_there_is(storage):
    datas = fill(storage, 300)
    assert storage.bundle(1, 44) == tiles.encode_bundle(datas[256:])
    assert storage.bundle(1, 3) == tiles.encode_bundle(datas[256:259])
    assert storage.bundle(1, 45) is None
    assert storage.bundle(2, 1) is None
    assert storage.tile(0, 1, 2) == leaf_hash(datas[256]) + leaf_hash(datas[257])
    assert storage.tile(0, 1, 45) is None
    assert list(storage.entries(250, 260)) == datas[250:260]
    assert storage.entry(300) is None


def test_a_leaf_that_stands_is_not_appended_again(storage):
    datas = fill(storage, 3)
    twice = [Admitted(data=b"new"), Admitted(data=datas[1]), Admitted(data=b"new")]
    assert storage.append(twice) == [3, 1, 3]
    assert storage.size == 4


def test_a_batch_that_fails_leaves_nothing(storage):
    with pytest.raises(ValueError, match="too long"):
        storage.append([Admitted(data=b"x"), Admitted(data=bytes(70_000))])
    assert storage.size == 0
    assert storage.index_of(leaf_hash(b"x")) is None
    assert fill(storage, 2)


def test_what_was_appended_is_there_after_a_new_opening(tmp_path):
    first = SqliteStorage(tmp_path / "l.db")
    datas = fill(first, 5)
    first.publish(b"note")
    first.close()
    second = SqliteStorage(tmp_path / "l.db")
    assert list(second.entries(0, 99)) == datas
    assert second.published == b"note"
    second.close()


CHANGES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)))


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_an_end_is_final_and_a_resume_needs_a_higher_number(changes):
    states, last, told = States(), {}, {}
    for target, state, seq in changes:
        change = StatusChange(index=target, leaf=bytes(32), state=State(state), seq=seq)
        states.apply(change)
        if told.get(target) == 1:
            continue
        if state == 1:
            told[target] = 1
        elif seq > last.get(target, 0) or (state == 2 and seq == last.get(target, 0)):
            told[target], last[target] = state, seq
    for target in range(3):
        assert states.state(target) == told.get(target, 0)


def test_the_root_of_no_states_is_that_of_the_empty_tree():
    assert States().root(0) == merkle.EMPTY_ROOT
