"""Whatever an operator does to its database, the patient's computer names the entry.

The real server serves the altered database; no witness signs for it. A wallet reads
all its public files anew and compares them with its own copy (PROTOCOL.md 9).
"""

import sqlite3
from contextlib import closing

import pytest

from tests.support.dishonest_operator import FAR, NAMED, copy_home, tamper
from tests.support.ports import free_port
from tests.support.standing_world import done, say
from wallet.actions.demo.children import Children


@pytest.fixture(scope="module")
def noor(standing_world, tmp_path_factory):
    return standing_world.wallet(tmp_path_factory.mktemp("noor"))


@pytest.fixture(scope="module")
def shared(standing_world, noor):
    """A permission in force; answers (origin, index) of its entry."""
    card = standing_world.world.new.card
    words = ("--to", card, "--scope", "everything", "--days", "9")
    made = done(noor, "grant", "issue", *words)
    done(noor, "sync")
    return made["entry"]["origin"], made["entry"]["index"]


@pytest.fixture
def home(standing_world, shared, tmp_path):
    return copy_home(standing_world.world.folder / "ledger", tmp_path / "ledger")


@pytest.fixture
def serve(standing_world, home, tmp_path):
    """Start the server of a copied home, whose witnesses nobody reaches."""
    with Children(tmp_path / "logs") as running:
        nowhere = free_port()
        lines = [
            ("--witness", f"{one.vkey}=http://127.0.0.1:{nowhere}")
            for one in standing_world.world.witnesses
        ]
        words = [word for line in lines for word in line]

        def start():
            return running.start("ledger", "ledger", "serve", *words, home=home)["url"]

        def stop():
            running.end()

        start.stop = stop
        yield start


def named(said):
    return [(one["kind"], one["origin"], one["index"]) for one in said["findings"]]


def test_an_honest_copy_is_found_to_be_what_it_was(noor, serve):
    said = done(noor, "activity", "verify", "--ledger", serve())
    assert said["status"] == "go_ahead"
    assert said["findings"] == []
    assert said["sentence"].startswith("No other opening is recorded, up to ")


@pytest.mark.parametrize("lie", [(how, far) for how in NAMED for far in FAR], ids=str)
def test_the_entry_is_named_by_ledger_and_number(noor, shared, home, serve, lie):
    (how, far), (origin, index) = lie, shared
    offered = tamper(home, how=how, index=index, far=far)
    said = say(noor, "activity", "verify", "--ledger", serve())
    assert (said.code, said["ok"], said["status"]) == (1, False, "stop")
    assert (NAMED[how], origin, index) in named(said)
    others = [one for one in named(said) if one[0] != NAMED[how]]
    if far != "signed":
        assert others == []
        assert len(named(said)) == 1
        return
    assert others == [("rewritten", origin, index)]
    first = said["findings"][0]
    assert first["offered"].encode() == offered
    assert first["trusted"] != first["offered"]
    for note in (first["trusted"], first["offered"]):
        assert note.startswith(f"{origin}\n")
        assert f"\n\u2014 {origin} " in note  # the ledger's own hand is under both


@pytest.mark.parametrize("how", NAMED)
def test_an_entry_is_named_while_the_server_runs_on(noor, shared, home, serve, how):
    url = serve()
    tamper(home, how=how, index=shared[1], far="files")
    said = say(noor, "activity", "verify", "--ledger", url)
    assert said.code == 1
    assert named(said) == [(NAMED[how], *shared)]


def test_a_published_hash_that_was_changed_is_named(noor, shared, home, serve):
    url = serve()
    with closing(sqlite3.connect(home / "ledger.db")) as db:
        (data,) = db.execute(
            "SELECT data FROM tile WHERE (level, n) = (0, 0)"
        ).fetchone()
        at = 32 * shared[1]
        data = data[:at] + bytes(32) + data[at + 32 :]
        db.execute("UPDATE tile SET data=? WHERE level = 0", (data,))
        db.commit()
    said = say(noor, "activity", "verify", "--ledger", url)
    assert (said.code, named(said)) == (1, [("hash", *shared)])


def test_a_bundle_that_is_gone_misses_every_entry_of_it(noor, shared, home, serve):
    url = serve()
    with closing(sqlite3.connect(home / "ledger.db")) as db:
        db.execute("DELETE FROM bundle")
        db.commit()
    said = say(noor, "activity", "verify", "--ledger", url)
    assert said.code == 1
    assert ("missing", *shared) in named(said)
    assert {kind for kind, _, _ in named(said)} == {"missing"}


def test_a_server_that_is_gone_is_cannot_tell(noor, shared, serve):
    url = serve()
    serve.stop()
    said = say(noor, "activity", "verify", "--ledger", url)
    assert (said.code, said["ok"], said["status"]) == (3, False, "cannot_tell")
    assert said["reason"] == "ledger_unreachable"
    assert said["findings"] == []


def test_the_copy_of_the_wallet_is_not_spoiled_by_what_it_was_shown(
    noor, shared, home, serve
):
    tamper(home, how="edit", index=shared[1], far="signed")
    assert say(noor, "activity", "verify", "--ledger", serve()).code == 1
    said = done(noor, "activity", "verify")  # at the address it trusts
    assert said["status"] == "go_ahead"
