"""The store: nothing readable without its key, nothing half-written."""

import secrets
import threading

import pytest
import sqlcipher3

from wallet.errors import HomeMissingError, RefusedError, StoreDamagedError
from wallet.store.connection import PAGE_SIZE, create, open_store, salt_of
from wallet.store.migrations import bring_up, version
from wallet.verdict import Reason

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.db"


@pytest.fixture
def store(path):
    store = create(path, key=KEY, salt=b"0123456789abcdef")
    yield store
    store.close()


def test_the_first_bytes_are_the_salt_that_was_given(store, path):
    store.close()
    assert salt_of(path) == b"0123456789abcdef"
    store_again = open_store(path, key=KEY)
    store_again.close()
    assert salt_of(path) == b"0123456789abcdef"


def test_no_plain_sqlite_and_no_planted_word_lies_on_disk(store, path):
    with store.transaction():
        store.run("CREATE TABLE t (word TEXT)")
        store.run("INSERT INTO t VALUES ('quokkaberry')")
    for file in path.parent.iterdir():
        data = file.read_bytes()
        assert b"SQLite format 3" not in data
        assert b"quokkaberry" not in data


def test_every_setting_holds_after_opening_again(store, path):
    store.close()
    again = open_store(path, key=KEY)
    asked = {
        name: again.value(f"PRAGMA {name}")
        for name in ("journal_mode", "synchronous", "secure_delete", "temp_store")
    }
    size = int(again.value("PRAGMA cipher_page_size"))
    again.close()
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "temp_store": 2,
    }
    assert size == PAGE_SIZE == 8192


def test_the_file_is_for_its_owner_only(store):
    assert store.path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("store")
def test_another_key_reads_nothing_and_says_nothing(path, capfd):
    with pytest.raises(StoreDamagedError):
        open_store(path, key=secrets.token_bytes(32))
    assert capfd.readouterr() == ("", "")


def test_a_flipped_bit_is_noticed(path):
    store = create(path, key=KEY)
    with store.transaction():
        store.run("CREATE TABLE t (word TEXT)")
        store.run_many("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
    assert store.check() == []
    store.close()
    data = bytearray(path.read_bytes())
    data[3 * PAGE_SIZE + 77] ^= 1
    path.write_bytes(data)
    try:
        damaged = open_store(path, key=KEY)
    except StoreDamagedError:
        return
    assert damaged.check() != []
    damaged._connection.close()


def test_what_raises_inside_a_transaction_leaves_nothing(store):
    with store.transaction():
        store.run("CREATE TABLE t (word TEXT)")
    with pytest.raises(sqlcipher3.DatabaseError), store.transaction():
        store.run_many("INSERT INTO t VALUES (?)", [("half",), ("too", "many")])
    assert store.value("SELECT count(*) FROM t") == 0
    assert not store.in_transaction


def test_another_thread_is_refused(store):
    caught = []

    def elsewhere():
        try:
            store.value("SELECT 1")
        except sqlcipher3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert caught


def test_a_missing_or_short_store_has_its_own_answer(tmp_path):
    with pytest.raises(HomeMissingError):
        open_store(tmp_path / "none.db", key=KEY)
    (tmp_path / "short.db").write_bytes(b"short")
    with pytest.raises(StoreDamagedError):
        open_store(tmp_path / "short.db", key=KEY)


@pytest.mark.usefixtures("store")
def test_a_store_is_never_overwritten(path):
    with pytest.raises(FileExistsError):
        create(path, key=KEY)


@pytest.mark.parametrize(("key", "salt"), [(b"short", None), (KEY, b"short")])
def test_a_key_or_salt_of_another_size_is_a_mistake(path, key, salt):
    with pytest.raises(ValueError, match="32 bytes"):
        create(path, key=key, salt=salt)


STEPS = (("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"), ("CREATE TABLE b (x)",))


def test_steps_run_once_each(store):
    assert version(store) == 0
    assert bring_up(store, STEPS[:1]) == 1
    assert bring_up(store, STEPS) == 2
    assert bring_up(store, STEPS) == version(store) == 2
    assert store.value("SELECT count(*) FROM a") == 1


def test_a_step_that_fails_leaves_the_version_before_it(store):
    with pytest.raises(sqlcipher3.DatabaseError):
        bring_up(store, [STEPS[0], ("CREATE TABLE b (x)", "NOT SQL")])
    assert version(store) == 1
    assert store.value("SELECT count(*) FROM sqlite_master WHERE name = 'b'") == 0


def test_a_store_of_a_newer_program_is_refused(store):
    bring_up(store, STEPS)
    with pytest.raises(RefusedError) as refused:
        bring_up(store, STEPS[:1])
    assert refused.value.reason is Reason.UNKNOWN_VERSION


def test_a_store_that_does_not_say_its_version_is_damaged(store):
    store.run("INSERT INTO schema_version VALUES ('two')")
    with pytest.raises(StoreDamagedError):
        version(store)
