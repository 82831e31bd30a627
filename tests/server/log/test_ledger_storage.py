"""Tiles, bundles and indices, against the plain tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.keys.signing import Signer
from wallet.ledger import merkle, tiles
from wallet.ledger.checkpoint import Checkpoint, note_text, sign_log
from wallet.ledger.entry import State, StatusChange, build_status, leaf_hash
from wallet.ledger.merkle import verify_consistency
from wallet.server.log.states import States
from wallet.server.log.storage import Admitted, Declined, LoggedChange
from wallet.server.log.storage_sqlite import SqliteStorage


def published(size):
    """A note of this size; nobody here looks at more."""
    line = sign_log(Signer.from_seed(bytes(32)), "ledger.test/x", b"any")
    return note_text(Checkpoint("ledger.test/x", size, bytes(32))) + b"\n" + line


NOTE = published(5)


@pytest.fixture
def storage(store):
    return store()


def fill(storage, *batches):
    datas = []
    for size in batches:
        fresh = [f"entry {len(datas) + n}".encode() for n in range(size)]
        assert storage.append([Admitted(data=data) for data in fresh]) == list(
            range(len(datas), len(datas) + size)
        )
        datas += fresh
    assert storage.integrate() == storage.size == len(datas)
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
    assert storage.integrate() == 4


def test_a_batch_that_fails_leaves_nothing(storage):
    with pytest.raises(ValueError, match="too long"):
        storage.append([Admitted(data=b"x"), Admitted(data=bytes(70_000))])
    assert storage.integrate() == storage.size == 0
    assert storage.index_of(leaf_hash(b"x")) is None
    assert fill(storage, 2)


def test_what_was_appended_is_there_after_a_new_opening(store):
    first = store()
    datas = fill(first, 5)
    first.publish(NOTE)
    first.close()
    second = store()
    assert list(second.entries(0, 99)) == datas
    assert second.published == NOTE
    assert second.index_of(leaf_hash(datas[3])) == 3


def test_many_leaves_are_looked_up_with_one_question(storage):
    datas = fill(storage, 600)
    storage.publish(published(600))
    asked = [leaf_hash(data) for data in [b"never", *datas[5:590], b"nor this"]]
    assert storage.indices_of(asked) == {leaf_hash(datas[n]): n for n in range(5, 590)}
    assert storage.indices_of([]) == {}


def test_what_is_built_knows_its_own_place_and_all_before_it(storage):
    fill(storage, 3)
    held = change(1, target=1, state=State.HELD, seq=7)
    storage.append([held])
    seen = []

    def build(index):
        seen.extend(storage.changes_between(0, index))
        return b"root at %d" % index

    assert storage.append_at(build) == 4
    assert storage.integrate() == 5
    assert storage.entry(4) == b"root at 4"
    assert [one.index for one in seen] == [3]


def test_an_end_that_was_logged_meanwhile_and_a_pause_too_many_are_told(storage):
    fill(storage, 2)
    pauses = [
        change(n, target=0, state=State.HELD, seq=n)._replace(most=2)
        for n in range(1, 4)
    ]
    ends = [change(n, target=1, state=State.ENDED, seq=1) for n in (8, 9)]
    assert storage.append([*pauses[:2], ends[0]]) == [2, 3, 4]
    assert storage.append([pauses[2], ends[1]]) == [Declined.STAMP, 4]
    assert storage.changes(0) == 2


CHANGES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)))


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_an_end_is_final_and_a_resume_needs_a_higher_number(changes):
    states, last, told = States(), {}, {}
    for target, state, seq in changes:
        states.apply(LoggedChange(9, target, State(state), seq))
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


def change(number, *, target, state, seq):
    """A logged change, as a board of this number would have signed it."""
    told = StatusChange(index=target, leaf=bytes(32), state=state, seq=seq)
    signer = Signer.from_seed(number.to_bytes(32, "big"))
    data = build_status(signer, origin="ledger.test/x", change=told)
    return Admitted(data=data, target=target, state=state, seq=seq)


def test_changes_are_told_in_ledger_order_with_their_numbers(storage):
    fill(storage, 2)
    held = change(1, target=1, state=State.HELD, seq=7)
    ended = change(2, target=0, state=State.ENDED, seq=3)
    storage.append([held, Admitted(data=b"between"), ended])
    told = [LoggedChange(2, 1, State.HELD, 7), LoggedChange(4, 0, State.ENDED, 3)]
    assert list(storage.changes_between(0, 5)) == told
    assert list(storage.changes_between(3, 5)) == told[1:]
    assert list(storage.changes_between(0, 4)) == told[:1]


def test_changes_of_an_older_database_get_their_numbers_from_the_entries(tmp_path):
    first = SqliteStorage(tmp_path / "l.db")
    first.append([Admitted(data=b"target")])
    first.append([change(1, target=0, state=State.HELD, seq=1_000)])
    first._writer.execute("ALTER TABLE change DROP COLUMN seq")
    first.close()
    second = SqliteStorage(tmp_path / "l.db")
    assert list(second.changes_between(0, 9)) == [LoggedChange(1, 0, State.HELD, 1_000)]
    second.close()
