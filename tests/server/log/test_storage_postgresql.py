"""What several servers over one PostgreSQL may not do to each other."""

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import psycopg
import pytest

from tests.support import shared_store_worker
from tests.support.crash_worker import LOG, ORIGIN
from tests.support.postgresql import Postgresql
from wallet.errors import (
    HistoryMissingError,
    LeadLostError,
    StoreDamagedError,
    StoreUnreachableError,
    UsageError,
)
from wallet.ledger.checkpoint import Checkpoint, note_text, parse_note, sign_log
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.tree import Tree
from wallet.server.log import postgresql, statements, storage_postgresql
from wallet.server.log.last_note_postgresql import PostgresqlLastNote
from wallet.server.log.lead_postgresql import PostgresqlLead
from wallet.server.log.sign_lock import SignLock, check_extends
from wallet.server.log.statements_postgresql import ADD_NEW
from wallet.server.log.storage import Admitted, Declined
from wallet.server.log.storage_postgresql import open_storage

STEPS = (
    "_add_new",
    "_claim",
    "_hand_over",
    "settle",
    "_read_batches",
    "_advance",
    "_write_tree",
)
POINTS = [
    *(
        f"wallet.server.log.storage_postgresql:{step}:{when}"
        for step in ("_add_new", *STEPS, "_forget_batches")
        for when in ("before", "after")
    ),
    "wallet.server.log.last_note_postgresql:PostgresqlLastNote.swap:before",
    "wallet.server.log.last_note_postgresql:settle:before",
    "wallet.server.log.last_note_postgresql:settle:after",
]


@pytest.fixture
def storage(database):
    made = open_storage(database, origin=ORIGIN)
    yield made
    made.close()


@pytest.fixture
def second(database, storage):
    made = open_storage(database, origin=ORIGIN)
    yield made
    made.close()


def some(count, *, mark="entry"):
    return [Admitted(data=f"{mark} {n}".encode()) for n in range(count)]


def here(storage, size):
    return Checkpoint(ORIGIN, size, storage.tree.root(size))


def note_at(storage, size):
    text = note_text(here(storage, size))
    return text + b"\n" + sign_log(LOG, ORIGIN, text)


def test_two_front_ends_at_once_leave_no_gap_and_no_copy(storage, second):
    placed = {}

    def send(one, mark):
        for turn in range(20):
            batch = [*some(5, mark=f"{mark} {turn}"), *some(5, mark=f"both {turn}")]
            for item, index in zip(batch, one.append(batch), strict=True):
                assert placed.setdefault(item.data, index) == index

    threads = [
        threading.Thread(target=send, args=(one, mark))
        for one, mark in ((storage, "a"), (second, "b"))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(placed.values()) == list(range(300))
    assert storage.integrate() == 300
    entries = list(second.entries(0, 300))
    assert {data: index for index, data in enumerate(entries)} == placed
    assert second.tree.root(300) == Tree(map(leaf_hash, entries)).root()


def test_what_is_durable_is_read_before_it_is_in_the_tree(storage, second):
    assert storage.append(some(3)) == [0, 1, 2]
    assert second.size == 0
    assert second.entry(1) == b"entry 1"
    assert second.entry(3) is None
    assert second.bundle(0, 1) is None
    assert second.integrate() == 3
    assert storage.entry(1) == b"entry 1"
    assert storage.tile(0, 0, 3) == b"".join(
        leaf_hash(b"entry %d" % n) for n in (0, 1, 2)
    )


def test_an_index_is_known_without_a_commit_only_once_it_is_published(storage, second):
    """A commit that no standby has may still be lost; a published one cannot be."""
    storage.append(some(3))
    storage.integrate()
    assert second.index_of(leaf_hash(b"entry 1")) is None
    assert second.append(some(3)) == [0, 1, 2]
    storage.publish(note_at(storage, 2))
    assert second.index_of(leaf_hash(b"entry 1")) == 1
    assert second.index_of(leaf_hash(b"entry 2")) is None


def test_even_a_batch_of_copies_commits_something(storage, postgres):
    storage.append(some(3))
    (before,) = postgres.say("SELECT pg_current_wal_insert_lsn()")[0]
    assert storage.append(some(3)) == [0, 1, 2]
    ((grown,),) = postgres.say(
        "SELECT pg_current_wal_insert_lsn() > %s::pg_lsn", before
    )
    assert grown


def test_a_smaller_note_never_takes_the_place_of_a_larger_one(storage, second):
    storage.append(some(5))
    storage.integrate()
    larger = note_at(storage, 5)
    storage.publish(larger)
    second.publish(note_at(storage, 4))
    assert second.published == larger


def test_a_second_integrator_changes_nothing(storage, second, monkeypatch):
    storage.append(some(300))
    advance = storage_postgresql._advance

    def overtaken(db, size, end):
        monkeypatch.setattr(storage_postgresql, "_advance", advance)
        assert second.integrate() == 300
        second.append(some(5, mark="later"))
        assert second.integrate() == 305
        return advance(db, size, end)

    monkeypatch.setattr(storage_postgresql, "_advance", overtaken)
    assert storage.integrate() == 305
    entries = list(storage.entries(0, 400))
    assert entries == [item.data for item in [*some(300), *some(5, mark="later")]]
    assert storage.tree.root(305) == Tree(map(leaf_hash, entries)).root()


def test_batches_that_another_took_away_meanwhile_are_not_missing(
    storage, second, monkeypatch
):
    storage.append(some(3))
    read = storage_postgresql._read_batches

    def late(db, size):
        monkeypatch.setattr(storage_postgresql, "_read_batches", read)
        assert second.integrate() == 3
        second.append(some(5, mark="later"))
        return read(db, size)

    monkeypatch.setattr(storage_postgresql, "_read_batches", late)
    assert storage.integrate() == 8


def test_far_behind_only_ends_and_copies_are_answered(storage, monkeypatch):
    monkeypatch.setattr(storage_postgresql, "MOST_WAITING", 3)
    storage.append(some(3))
    ends = Admitted(data=b"end", target=0, state=State.ENDED, seq=1)
    held = Admitted(data=b"held", target=1, state=State.HELD, seq=1)
    told = storage.append([Admitted(data=b"new"), some(2)[1], ends, held])
    assert told == [Declined.BEHIND, 1, 3, Declined.BEHIND]
    storage.integrate()
    assert storage.append([Admitted(data=b"new")]) == [4]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM seq WHERE first = 5",
        "UPDATE tile SET data = substring(data FROM 1 FOR 64)",
        "UPDATE bundle SET data = substring(data FROM 1 FOR 9)",
        "DELETE FROM tile",
        "DELETE FROM bundle",
    ],
)
def test_a_tree_is_never_grown_over_missing_rows(storage, database, damage):
    storage.append(some(5))
    storage.integrate()
    storage.append(some(3, mark="more"))
    storage.append(some(3, mark="most"))
    with psycopg.connect(database, autocommit=True) as db:
        db.execute(damage)
    with pytest.raises(StoreDamagedError):
        storage.integrate()
    assert storage.size == 5


def test_only_one_of_two_servers_signs_on_top_of_a_note(storage, second, database):
    storage.append(some(9))
    storage.integrate()
    first, other = (
        SignLock(PostgresqlLastNote(database, origin=ORIGIN), LOG) for _ in range(2)
    )
    first.sign(here(storage, 3), storage.tree)
    late = other._kept.read()
    signed = first.sign(here(storage, 5), storage.tree)
    other._kept.read = lambda: late
    with pytest.raises(LeadLostError):
        other.sign(here(second, 6), second.tree)
    del other._kept.read
    with pytest.raises(HistoryMissingError):
        other.sign(here(second, 4), second.tree)
    assert other.last() == first.last() == signed
    first.close()
    other.close()


def test_the_lead_is_one_servers_until_its_connection_ends(database, postgres):
    first, other = PostgresqlLead(database), PostgresqlLead(database)
    assert first.take()
    assert first.take()
    assert not other.take()
    postgres.say(
        "SELECT pg_terminate_backend(pid, 60000) "  # milliseconds, until it is gone
        "FROM pg_locks WHERE locktype = 'advisory'"
    )
    assert other.take()
    assert not first.holds()
    assert not first.take()
    other.close()
    assert first.take()
    first.close()


def test_a_term_is_one_connection_and_ends_with_it(storage, database, postgres):
    lead = PostgresqlLead(database)
    term = lead.take()
    assert term.append(some(3)) == [0, 1, 2]
    assert term.integrate() == 3
    postgres.say(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    )
    for work in (term.integrate, lambda: term.append(some(4)), lambda: term.size):
        with pytest.raises(StoreUnreachableError):
            work()
    assert storage.append(some(4)) == [0, 1, 2, 3]  # others connect anew
    assert not lead.holds()
    assert lead.take().size == 3
    lead.close()


def test_whoever_leads_builds_an_entry_within_the_transaction_that_logs_it(database):
    lead = PostgresqlLead(database)
    open_storage(database, origin=ORIGIN).close()
    term, seen = lead.take(), []

    def build(index):
        query = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
        seen.extend(term._database.rows(query))
        return b"built at %d" % index

    assert term.append_at(build) == 0
    assert seen == [(True,)]
    assert term._database.rows(
        "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
    ) == [(False,)]
    lead.close()


def test_damage_ends_a_transaction_of_the_leader_and_not_its_term(database):
    open_storage(database, origin=ORIGIN).close()
    lead = PostgresqlLead(database)
    term = lead.take()
    term.append(some(5))
    with psycopg.connect(database, autocommit=True) as db:
        db.execute("UPDATE seq SET first = 7")
    with pytest.raises(StoreDamagedError):
        term.integrate()
    assert lead.holds()
    assert term.size == 0
    lead.close()


def test_a_frozen_server_is_not_waited_for(database, postgres, monkeypatch):
    storage = open_storage(database, origin=ORIGIN)
    monkeypatch.setattr(postgresql, "_SILENT", 1.0)
    lead = PostgresqlLead(database)
    term = lead.take()
    with frozen(postgres):
        for work in (lambda: term.append(some(2)), storage.integrate):
            with pytest.raises(StoreUnreachableError):
                work()
        assert not lead.holds()
    assert storage.size == 0
    with frozen(postgres):
        monkeypatch.setattr(storage._database, "connect", None)  # no second wait
        with pytest.raises(StoreUnreachableError):
            storage.size  # noqa: B018
    storage.close()
    lead.close()


@contextmanager
def frozen(postgres):
    """Every process of the server, as when its machine stands still."""
    pids = [pid for (pid,) in postgres.say("SELECT pid FROM pg_stat_activity")]
    everybody = [postgres.process.pid, *pids]
    for pid in everybody:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everybody:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_database_of_another_log_is_refused(storage, database):
    with pytest.raises(UsageError, match="another log"):
        open_storage(database, origin="ledger.test/other")


@pytest.mark.parametrize("wrong", ["postgresql://127.0.0.1:1/x?no=such", "mysql://x"])
def test_an_address_that_cannot_be_read_is_refused(wrong):
    with pytest.raises(UsageError):
        open_storage(wrong, origin=ORIGIN)


def test_a_database_that_is_not_there_is_told_in_time():
    with pytest.raises(StoreUnreachableError):
        open_storage("postgresql://127.0.0.1:1/x", origin=ORIGIN)


def test_a_database_that_answers_before_it_has_written_is_refused(database, postgres):
    name = database.rpartition("/")[2]
    postgres.say(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(UsageError, match="synchronous_commit"):
        open_storage(database, origin=ORIGIN)


def test_a_lost_connection_is_told_once_and_made_anew(storage, postgres):
    storage.append(some(2))
    postgres.say(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'heartwood'"
    )
    assert storage.size == 0  # a reader tries again by itself
    postgres.say(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'heartwood'"
    )
    with pytest.raises(StoreUnreachableError):
        storage.append(some(3))
    assert storage.append(some(3)) == [0, 1, 2]


def test_kills_at_every_step_lose_nothing_and_sign_one_history(database):
    """kill -9 of whoever appends, integrates and signs, before and after each step."""
    kept, signed = {}, {}
    worker = subprocess.Popen(
        [sys.executable, "-m", shared_store_worker.__name__, database],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with worker:
        for point in POINTS:
            worker.stdin.write(f"{point}\n".encode())
            worker.stdin.flush()
            for kind, *facts in iter(lambda: worker.stdout.readline().split(), []):
                if kind == b"ack":
                    assert kept.setdefault(int(facts[0]), facts[1]) == facts[1]
                elif kind == b"signed":
                    assert signed.setdefault(int(facts[0]), facts[1]) == facts[1]
                else:
                    assert facts == [b"-9"], point
                    break
            storage, lock = shared_store_worker.opened(database)
            size = storage.integrate()
            entries = list(storage.entries(0, size))
            tree = Tree(map(leaf_hash, entries))
            assert storage.tree.root(size) == tree.root()
            assert all(entries[index] == text for index, text in kept.items())
            for then, root in signed.items():
                assert tree.root(then).hex() == root.decode()
            if lock.last() is not None:
                check_extends(lock.last(), here(storage, size), storage.tree)
                last = parse_note(lock.last()).checkpoint
                assert last.size >= max(signed, default=0)
            lock.close()
            storage.close()
        worker.stdin.close()
    assert len(kept) > len(POINTS)
    assert signed


def test_a_batch_of_new_entries_is_planned_for_one_row_each(storage):
    """Else the database compiles it anew each time, and that takes much longer."""
    words = statements.for_postgresql("EXPLAIN " + ADD_NEW)
    values = (256, 0, 9, 256, bytes(32 * 256), 256, b"")
    with storage._database.connection() as db:
        text = str(db.execute(words, values, binary=True).fetchall())
    costs = [float(cost) for cost in re.findall(r"cost=[0-9.]+?\.\.([0-9.]+)", text)]
    assert 0 < max(costs) < 1_000


def test_a_copy_among_new_entries_is_answered_with_the_first(storage, second):
    assert storage.append(some(3)) == [0, 1, 2]
    mixed = [*some(2, mark="new"), some(3)[2]]
    assert second.append(mixed) == [3, 4, 2]
    assert storage.append(some(300, mark="many")) == [*range(5, 305)]
    assert storage.append([]) == []
    assert second.append(some(1, mark="last")) == [305]
    assert second.integrate() == 306
    assert [*second.entries(2, 5)] == [some(3)[2].data, *(x.data for x in mixed[:2])]


def test_a_promoted_standby_has_all_that_was_answered():
    """PostgreSQL's own synchronous replication; the primary is killed in the middle."""
    primary, standby = Postgresql(), Postgresql()
    try:
        standby.copy_of(primary.create(), name="s1")
        primary.say("ALTER SYSTEM SET synchronous_standby_names = 's1'")
        primary.say("SELECT pg_reload_conf()")
        storage = open_storage(
            f"postgresql://ledger@/postgres?host=127.0.0.1,127.0.0.1"
            f"&port={primary.port},{standby.port}&target_session_attrs=read-write",
            origin=ORIGIN,
        )
        kept = {}
        for turn in range(5):
            batch = some(50, mark=f"turn {turn}")
            kept |= zip(storage.append(batch), batch, strict=True)
        storage.integrate()
        batch = some(50, mark="last")
        kept |= zip(storage.append(batch), batch, strict=True)
        primary.kill()
        with pytest.raises(StoreUnreachableError):
            storage.append(some(1, mark="lost"))
        standby.promote()
        assert storage.append(batch) == list(range(250, 300))
        assert storage.integrate() == 300
        for index, item in kept.items():
            assert storage.entry(index) == item.data
        storage.close()
    finally:
        standby.remove()
        primary.remove()


@pytest.mark.expects_log("which was answered: nothing is taken any more")
def test_a_database_that_went_back_takes_nothing_and_is_named(storage, database):
    storage.append(some(5))
    with psycopg.connect(database, autocommit=True) as db:
        db.execute("UPDATE seq_coord SET next = 3; DELETE FROM seq; DELETE FROM leaf")
    for _ in range(2):
        with pytest.raises(StoreDamagedError, match="before entry 4"):
            storage.append(some(2, mark="more"))


def test_a_commit_whose_standby_was_not_waited_for_is_no_answer(postgres, database):
    storage = open_storage(database, origin=ORIGIN)
    postgres.say("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    postgres.say("SELECT pg_reload_conf()")
    cancel = threading.Thread(target=cancel_waits, args=(postgres,))
    cancel.start()
    try:
        with pytest.raises(StoreUnreachableError, match="standby"):
            storage.append(some(1))
    finally:
        cancel.join()
        postgres.say("ALTER SYSTEM RESET synchronous_standby_names")
        postgres.say("SELECT pg_reload_conf()")
        storage.close()


def cancel_waits(postgres):
    """As an operator may who wonders why nothing happens."""
    query = (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
        "WHERE wait_event = 'SyncRep'"
    )
    for _ in range(3_000):
        if postgres.say(query):
            return
