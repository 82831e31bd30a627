"""One bit turned in a stored table: nobody believes it, nothing false is signed.

Whatever a damaged log still does, a reader ends up with the true entries or with an
error, and the log's own signature stands under nothing else.
"""

import asyncio
import os
import random
import shutil
import sqlite3
from contextlib import closing
from functools import cache

import pytest

from wallet.actions.operator.ledger import policy_text
from wallet.errors import StoreDamagedError, WalletError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import LOG_KIND, parse_note, vkey_for
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
    parse_entry,
)
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.ledger.tree import Tree
from wallet.server.log import recent_leaves
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.opening import Opening
from wallet.server.log.panel import Panel
from wallet.server.log.publisher import Pace, Publisher
from wallet.server.log.roots import Roots
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

ORIGIN = "ledger.test/damaged"
LOG, OPERATOR = Signer.from_seed(b"l" * 32), Signer.from_seed(b"o" * 32)
VKEY = vkey_for(ORIGIN, LOG_KIND, LOG.public)
POLICY = Policy.parse(policy_text([VKEY], []))
CONTROL = Signer.from_seed(b"c" * 32)

COLUMNS = [
    ("ledger.db", "head", "size"),
    ("ledger.db", "head", "listed"),
    ("ledger.db", "head", "note"),
    ("ledger.db", "tile", "level"),
    ("ledger.db", "tile", "n"),
    ("ledger.db", "tile", "data"),
    ("ledger.db", "bundle", "n"),
    ("ledger.db", "bundle", "data"),
    ("ledger.db", "leaf", "hash"),
    ("ledger.db", "leaf", "idx"),
    ("ledger.db", "change", "idx"),
    ("ledger.db", "change", "target"),
    ("ledger.db", "change", "state"),
    ("ledger.db", "change", "seq"),
    ("signed.db", "signed", "note"),
]


TURNS = int(os.environ.get("TURNS", "3"))  # bits, of one row or another


class OpenLog:
    """One log and its publisher over the files of a folder; no witness."""

    def __init__(self, folder):
        self.storage = SqliteStorage(folder / "ledger.db")
        self.lock = SignLock(SqliteLastNote(folder / "signed.db"), LOG)
        self.panel = Panel(cosigners=[], policy=POLICY)

    def publish(self):
        """One whole turn of a server that has just started."""
        opening = Opening(
            storage=self.storage,
            lock=self.lock,
            log_public=LOG.public,
            origin=ORIGIN,
            panel=self.panel,
        )

        async def turn():
            await Publisher(
                storage=self.storage,
                sequencer=Sequencer(self.storage),
                opening=opening,
                roots=Roots(self.storage, operator=OPERATOR, origin=ORIGIN),
                lock=self.lock,
                origin=ORIGIN,
                panel=self.panel,
                pace=Pace(),
            ).step()

        asyncio.run(turn())

    def close(self):
        for one in (self.panel, self.lock, self.storage):
            one.close()

    # What a reader asks for.

    def checkpoint(self):
        note = self.storage.published
        assert note is not None
        return note

    def bundle(self, n, width):
        found = self.storage.bundle(n, width)
        if found is None:
            raise StoreDamagedError("no such bundle")
        return found


@cache  # it has a nonce
def grant(number):
    return build_grant(
        Signer.from_seed(number.to_bytes(32, "big")),
        origin=ORIGIN,
        commitment=number.to_bytes(32, "little"),
        control_public=CONTROL.public,
    )


def end(target, number):
    told = StatusChange(
        index=target, leaf=leaf_hash(grant(number)), state=State.ENDED, seq=1
    )
    data = build_status(CONTROL, origin=ORIGIN, change=told)
    return Admitted(data=data, target=target, state=State.ENDED, seq=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A log with two signed histories behind it and 40 entries that wait."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch, closing(OpenLog(folder)) as log:
        patch.setattr(recent_leaves, "MOST", 100)  # so that most leaves are listed
        log.storage.append([Admitted(data=grant(n)) for n in range(300)])
        log.storage.append([end(7, 7), end(260, 260)])
        log.publish()
        log.storage.append([Admitted(data=grant(n)) for n in range(300, 340)])
        log.storage.append([end(11, 11)])
        truth = list(log.storage.entries(0, log.storage.size))
        with sqlite3.connect(folder / "ledger.db") as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    return folder, truth


def turn_bit(path, table, column, dice):
    """Turn one bit of one value; answers False where the table itself forbids it."""
    with closing(sqlite3.connect(path)) as db, db:
        rows = db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 ours
        names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
        row = dict(zip(names, dice.choice(rows), strict=True))
        old = row[column]
        if isinstance(old, int):
            new = old ^ (1 << dice.randrange(4))
        else:
            at = dice.randrange(len(old))
            new = old[:at] + bytes([old[at] ^ (1 << dice.randrange(8))]) + old[at + 1 :]
        where = " AND ".join(f"{name} IS ?" for name in names)
        statement = f"UPDATE {table} SET {column}=? WHERE {where}"  # noqa: S608 ours
        try:
            return db.execute(statement, (new, *row.values())).rowcount == 1
        except sqlite3.IntegrityError:
            return False


@pytest.mark.parametrize("column", COLUMNS, ids=":".join)
def test_a_turned_bit_is_never_signed_over_nor_believed(made, tmp_path, column):
    folder, truth = made
    file, *place = column
    for number in range(TURNS):
        here = tmp_path / str(number)
        shutil.copytree(folder, here)
        if not turn_bit(here / file, *place, random.Random(f"{column}{number}")):  # noqa: S311
            continue
        with closing(OpenLog(here)) as log:
            try:
                log.publish()
            except (WalletError, sqlite3.Error):
                pass
            else:
                assert_true(log, truth)
            assert_reader(tmp_path / f"copy-{number}", log, truth)


def assert_true(log, truth):
    """What was just signed: the true entries, and the true states over them."""
    last = log.lock.last()
    assert last is not None
    here = parse_note(last).checkpoint
    tree = Tree(map(leaf_hash, truth))
    assert here.size == len(truth) + 1
    told = log.storage.entry(here.size - 1)
    tree.extend([leaf_hash(told)])
    assert here.root == tree.root()
    root = parse_entry(told, origin=ORIGIN).statement
    assert root.key(5) == true_states(truth)


def true_states(truth):
    from tests.support.status_log import StatusLog  # noqa: PLC0415

    log = StatusLog()
    for index, data in enumerate(truth):
        log.apply(index, data, ORIGIN)
    return log.root()


def assert_reader(folder, log, truth):
    """A stranger who takes the log over has the truth, or nothing."""
    replica = Replica.open(folder, origin=ORIGIN, policy=POLICY)
    try:
        sync(replica, log)
    except (WalletError, sqlite3.Error, AssertionError):
        assert replica.size == 0
        return
    assert replica.entries(0, min(replica.size, len(truth))) == truth[: replica.size]
