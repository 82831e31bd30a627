"""A ledger is copied while it serves; a copy put back signs no second history."""

import shutil
import sqlite3
import time
from contextlib import closing

import pytest

from tests.support.ledger_servers import ORIGIN, LedgerWorld, Process, receipt, run
from wallet.actions.operator.backup import back_up
from wallet.errors import StoreDamagedError, TurnedAwayError, UsageError, WalletError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.ledger_client import LedgerClient
from wallet.server.log.storage_sqlite import SqliteStorage


@pytest.fixture
def world(tmp_path):
    made = LedgerWorld(tmp_path)
    yield made
    made.close()


def kept(home):
    """The note signed last, as a home that is not served keeps it."""
    with closing(sqlite3.connect(home / "signed.db")) as db:
        return db.execute("SELECT note FROM signed").fetchone()[0]


def test_a_copy_is_made_while_serving_and_signs_no_second_history(world, tmp_path):
    out, home = tmp_path / "copy", str(world.home)
    early = world.published(world.submit(receipt(0))).checkpoint
    code, said = run("--home", home, "ledger", "backup", "--out", str(out))
    assert (code, list(said["published"])) == (0, ["."])
    assert early.size <= said["published"]["."]
    assert not list(out.glob("signed.db*"))
    assert not list(out.glob("*-wal"))
    assert all(key.stat().st_mode & 0o77 == 0 for key in out.glob("*.key"))
    late = world.published(world.submit(receipt(1))).checkpoint
    world.server.stop()
    shutil.rmtree(world.home)
    shutil.copytree(out, world.home)

    # The witnesses have seen more than the copy holds.
    world.restart()
    with pytest.raises(WalletError):
        world.client.submit(receipt(2))
    time.sleep(1.0)
    assert parse_note(world.client.checkpoint()).checkpoint.size < late.size
    world.server.stop()
    assert kept(world.home) is None  # nothing was signed

    # And where too few of them answer, nothing is signed either.
    for one in world.witnesses[:2]:
        one.kill()
    world.restart()
    with pytest.raises(WalletError):
        world.client.submit(receipt(3))
    world.server.stop()
    assert kept(world.home) is None


def test_a_copy_that_nobody_outgrew_goes_on_where_it_was(world, tmp_path):
    index = world.submit(receipt(0))
    world.published(index)
    world.server.stop()
    out = tmp_path / "copy"
    back_up(world.home, out)
    with closing(SqliteStorage(out / "ledger.db")) as copy:
        assert copy.entry(index) == receipt(0)
    shutil.rmtree(world.home)
    shutil.copytree(out, world.home)
    world.restart()
    assert world.published(world.submit(receipt(1))).checkpoint.size > index + 1


def test_without_witnesses_a_copy_signs_nothing_at_all(tmp_path):
    home = tmp_path / "home"
    words = ("--home", str(home), "ledger", "serve", "--origin", ORIGIN)
    server = Process(*words, "--interval", "0.2")
    server.hear()
    with closing(LedgerClient(server.said["url"])) as client:
        for _ in range(100):
            try:
                client.submit(receipt(0))
                client.checkpoint()
                break
            except WalletError:
                time.sleep(0.1)
    server.stop()
    back_up(home, tmp_path / "copy")
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "copy", home)
    server.start()
    with (
        closing(LedgerClient(server.said["url"])) as client,
        pytest.raises((TurnedAwayError, WalletError)),
    ):
        client.submit(receipt(1))
    server.stop()
    assert kept(home) is None


def test_what_is_no_ledger_or_stands_already_is_not_copied(tmp_path):
    with pytest.raises(UsageError, match="no ledger"):
        back_up(tmp_path, tmp_path / "copy")
    (tmp_path / "log.key").write_text("x")
    with pytest.raises(UsageError, match="there already"):
        back_up(tmp_path, tmp_path)


def test_a_damaged_ledger_gives_no_copy(world, tmp_path):
    world.published(world.submit(receipt(0)))
    world.server.stop()
    with closing(sqlite3.connect(world.home / "ledger.db")) as db:
        db.execute("UPDATE tile SET data = zeroblob(length(data)) WHERE level = 0")
        db.commit()
    with pytest.raises(StoreDamagedError):
        back_up(world.home, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
