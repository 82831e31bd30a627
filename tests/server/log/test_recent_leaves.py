"""The newest leaves wait in memory; none is forgotten, whoever stops or interferes."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import leaf_hash
from wallet.server.log import recent_leaves
from wallet.server.log.recent_leaves import RecentLeaves
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage


@pytest.fixture
def few(monkeypatch):
    """So few may wait that a short log goes many rounds."""
    monkeypatch.setattr(recent_leaves, "MOST", 20)
    monkeypatch.setattr(recent_leaves, "_AT_ONCE", 64)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "l.db"


def entries(first, count):
    return [b"entry %d" % n for n in range(first, first + count)]


def append(storage, first, count):
    """New ones, each of which gets its own index."""
    batch = [Admitted(data=data) for data in entries(first, count)]
    assert storage.append(batch) == [*range(first, first + count)]


def assert_found(storage, count):
    """Every leaf is known to readers and to the writer, and nothing else is."""
    leaves = [leaf_hash(data) for data in entries(0, count)]
    there = {leaf: index for index, leaf in enumerate(leaves)}
    assert storage.indices_of([*leaves, leaf_hash(b"never")]) == there
    assert [storage.index_of(leaf) for leaf in leaves] == [*range(count)]
    again = [Admitted(data=data) for data in entries(0, count)]
    assert storage.append(again) == [*range(count)]
    assert storage.size == count


def listed(path):
    """The mark, and the leaves the table holds."""
    with closing(sqlite3.connect(path)) as db:
        (mark,) = db.execute("SELECT listed FROM head").fetchone()
        return mark, dict(db.execute("SELECT hash, idx FROM leaf"))


def assert_mark_is_true(path):
    """All below the mark are in the table, and none of them elsewhere."""
    mark, rows = listed(path)
    numbered = {leaf_hash(b"entry %d" % index): index for index in rows.values()}
    assert rows == numbered
    assert {*range(mark)} <= {*rows.values()}
    return mark


@pytest.mark.usefixtures("few")
def test_leaves_are_found_whether_they_wait_or_are_listed(path):
    with closing(SqliteStorage(path)) as storage:
        for first in range(0, 600, 30):
            append(storage, first, 30)
        assert_found(storage, 600)
    assert 0 < assert_mark_is_true(path) < 600


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("sizes", [(1, 1, 1), (40, 300, 7), (255, 1, 1, 256, 90)])
def test_after_a_stop_at_any_size_all_are_found_again(path, sizes):
    count = 0
    for size in sizes:
        with closing(SqliteStorage(path)) as storage:
            append(storage, count, size)
            count += size
        with closing(SqliteStorage(path)) as storage:
            assert_found(storage, count)
    assert_mark_is_true(path)


@pytest.mark.usefixtures("few")
def test_a_commit_that_fails_neither_lists_nor_forgets(path):
    with closing(SqliteStorage(path)) as storage:
        append(storage, 0, 100)
        before = listed(path)
        storage._writer.execute(
            "CREATE TEMP TRIGGER full BEFORE UPDATE OF size ON head "
            "BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="full"):
            append(storage, 100, 30)
        assert listed(path) == before
        storage._writer.execute("DROP TRIGGER full")
        append(storage, 100, 30)
        assert_found(storage, 130)


@pytest.mark.usefixtures("few")
def test_what_another_process_appended_meanwhile_is_no_news(path):
    with closing(SqliteStorage(path)) as one, closing(SqliteStorage(path)) as other:
        append(one, 0, 60)
        append(other, 60, 60)
        append(one, 120, 60)
        assert_found(one, 180)


def test_a_database_without_the_mark_has_all_its_leaves_in_the_table(path, few):
    with closing(SqliteStorage(path)) as storage:
        append(storage, 0, 300)
    with closing(sqlite3.connect(path)) as db, db:
        rows = [(leaf_hash(data), n) for n, data in enumerate(entries(0, 300))]
        db.executemany("INSERT OR IGNORE INTO leaf VALUES (?, ?)", rows)
        db.execute("ALTER TABLE head DROP COLUMN listed")
    with closing(SqliteStorage(path)) as storage:
        assert listed(path)[0] == 300
        assert_found(storage, 300)
        append(storage, 300, 100)
        assert_found(storage, 400)


def test_nothing_is_taken_while_a_tile_does_not_say_which_leaves_there_are(path):
    with closing(SqliteStorage(path)) as storage:
        append(storage, 0, 300)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE tile SET data = substr(data, 33) WHERE level = 0 AND n = 0")
    with closing(SqliteStorage(path)) as storage:
        for ask in (
            lambda: storage.index_of(leaf_hash(b"entry 5")),
            lambda: storage.indices_of([leaf_hash(b"entry 5")]),
            lambda: append(storage, 300, 1),
            lambda: storage.append_at(lambda _: b"root"),
        ):
            with pytest.raises(StoreDamagedError, match="tile"):
                ask()


def test_hashes_of_one_first_byte_move_together_and_are_found(few):
    leaves = [b"\7" + n.to_bytes(31, "big") for n in range(90)]
    recent = RecentLeaves(listed=0, size=0, tail=[])
    recent.add(leaves)
    assert recent.find(leaves) == {leaf: n for n, leaf in enumerate(leaves)}
    due = recent.due(1)
    assert due.rows == [(leaf, n) for n, leaf in enumerate(leaves)]
    recent.moved(due)
    assert recent.find(leaves) == {}


STEPS = st.lists(
    st.one_of(st.integers(1, 40), st.sampled_from(["fails", "stops"])), max_size=30
)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_the_mark_never_passes_a_leaf_that_only_waits(steps):
    leaves, table, mark = [], {}, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent_leaves, "MOST", 10)
        patch.setattr(recent_leaves, "_AT_ONCE", 100)
        recent = RecentLeaves(listed=0, size=0, tail=[])
        for step in steps:
            if step == "stops":
                tail = leaves[mark:]
                recent = RecentLeaves(listed=mark, size=len(leaves), tail=tail)
                continue
            due = recent.due(9 if step == "fails" else step)
            if step == "fails":
                continue
            table.update(due.rows)
            mark = due.listed if due.rows else mark
            new = [leaf_hash(b"%d" % n) for n in range(len(leaves), len(leaves) + step)]
            leaves += new
            recent.moved(due)
            recent.add(new)
            assert {*leaves[:mark]} <= table.keys()
            assert {**table, **recent.find(leaves)} == {
                leaf: n for n, leaf in enumerate(leaves)
            }
