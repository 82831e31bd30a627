"""Several servers over one PostgreSQL, as real processes: any of them may die."""

import concurrent.futures
import time

import psycopg
import pytest

from tests.support.ledger_servers import LedgerWorld, Process, receipt
from wallet.errors import TurnedAwayError, UnreachableError, WalletError
from wallet.keys.signing import Signer
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.tree import Tree

CONTROL = Signer.from_seed(b"c" * 32)
LEADS = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory, postgres):
    """Two servers over one database; whoever kills one starts it again."""
    database = postgres.new_database()
    made = LedgerWorld(tmp_path_factory.mktemp("servers"), store=("--store", database))
    made.database = database
    made.second = Process(*made.serve_words())
    made.second.hear()
    made.other = LedgerClient(made.second.said["url"])
    yield made
    made.other.close()
    made.second.stop()
    made.close()


def sent(client, entry, *, patience=60.0):
    """Ask one server until it takes it; what a caller does who was told 503."""
    give_up = time.monotonic() + patience
    while True:
        try:
            return client.submit(entry)
        except WalletError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def grant(number):
    return build_grant(
        Signer.from_seed(number.to_bytes(32, "big")),
        origin="ledger.test/demo",
        commitment=bytes(32),
        control_public=CONTROL.public,
    )


def end(index, entry, *, seq):
    told = StatusChange(index=index, leaf=leaf_hash(entry), state=State.ENDED, seq=seq)
    return build_status(CONTROL, origin="ledger.test/demo", change=told)


def is_whole(world, kept):
    """Every acknowledged entry stands where it was said, under a quorum's note."""
    note = world.published(max(kept))
    size = note.checkpoint.size
    entries = world.entries(size)
    assert Tree(map(leaf_hash, entries)).root() == note.checkpoint.root
    for index, entry in kept.items():
        assert entries[index] == entry
    return note


def test_one_entry_has_one_index_whichever_server_is_asked(world):
    with concurrent.futures.ThreadPoolExecutor(8) as many:
        asked = [
            (n, many.submit(sent, client, receipt(n)))
            for n in range(40)
            for client in (world.client, world.other)
        ]
        placed = {(n, one.result()) for n, one in asked}
    assert len(placed) == 40
    is_whole(world, {index: receipt(n) for n, index in placed})
    assert world.other.tile(0, 0, 40) == world.client.tile(0, 0, 40)


def test_an_end_through_another_server_than_its_grant_counts_once(world):
    entry = grant(100)
    index = sent(world.client, entry)
    first = sent(world.other, end(index, entry, seq=1))
    assert first > index
    assert sent(world.client, end(index, entry, seq=2)) == first
    assert sent(world.other, end(index, entry, seq=3)) == first


def test_a_frozen_server_in_the_middle_of_a_commit_holds_nobody_up_for_long(world):
    """Its transaction is ended by the database; nothing of it is left."""
    frozen = psycopg.connect(world.database)
    frozen.execute("SET idle_in_transaction_session_timeout = '1s'")
    frozen.execute("SELECT next FROM seq_coord FOR UPDATE")
    index = sent(world.other, receipt(200))
    is_whole(world, {index: receipt(200)})
    with pytest.raises(psycopg.Error):
        frozen.execute("SELECT 1")
    frozen.close()


def test_when_the_leader_is_killed_the_other_goes_on_by_itself(world):
    kept = {sent(world.client, receipt(n)): receipt(n) for n in range(300, 303)}
    before = is_whole(world, kept)
    assert leaders(world) == 1
    world.server.kill()  # it was alone at the start, and so leads
    world.client.close()
    world.client = world.other
    kept |= {sent(world.other, receipt(n)): receipt(n) for n in range(303, 306)}
    after = is_whole(world, kept)
    assert after.checkpoint.size > before.checkpoint.size
    assert leaders(world) == 1
    world.server.start()
    world.client = LedgerClient(world.server.said["url"])
    is_whole(world, {sent(world.client, receipt(306)): receipt(306), **kept})


def test_a_killed_database_is_503_and_everything_goes_on_after_it_is_back(
    world, postgres
):
    kept = {sent(world.client, receipt(n)): receipt(n) for n in range(400, 403)}
    postgres.kill()
    for client in (world.client, world.other):
        with pytest.raises(UnreachableError, match="not stored, ask again"):
            client.submit(receipt(410))
        with pytest.raises(TurnedAwayError) as turned:
            client.checkpoint()
        assert turned.value.status == 503
    postgres.start()
    for n in range(403, 406):
        kept[sent((world.client, world.other)[n % 2], receipt(n))] = receipt(n)
    is_whole(world, kept)


def leaders(world):
    with psycopg.connect(world.database) as db:
        return db.execute(LEADS).fetchone()[0]
