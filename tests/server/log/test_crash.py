"""kill -9 between any two instructions: nothing answered is lost, nothing forked."""

import os
import random
import signal
import subprocess
import sys

from tests.support import crash_worker
from wallet.ledger.checkpoint import Checkpoint, parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tree import Tree
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.sign_lock import SignLock, check_extends
from wallet.server.log.storage_sqlite import SqliteStorage

ROUNDS = 45  # beside the five of whole servers in test_ledger_server


def one_life(worker, words):
    """What a child said before it was killed after so many words."""
    worker.stdin.write(b"go\n")
    worker.stdin.flush()
    child = int(worker.stdout.readline().split()[1])
    said = [worker.stdout.readline().split() for _ in range(words)]
    os.kill(child, signal.SIGKILL)
    while (line := worker.stdout.readline().split()) != [b"gone"]:
        assert line, "the worker ended by itself"
        said.append(line)
    return said


def test_forty_five_kills_lose_no_entry_no_signature_and_no_cosignature(tmp_path):
    dice = random.Random(45)  # noqa: S311 a repeatable run
    worker = subprocess.Popen(
        [sys.executable, "-m", crash_worker.__name__, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    kept, signed = {}, {}
    with worker:
        for _ in range(ROUNDS):
            seen = 0
            for kind, *facts in one_life(worker, dice.randrange(1, 40)):
                if kind == b"ack":
                    kept[int(facts[0])] = facts[1]
                elif kind == b"signed":
                    assert signed.setdefault(facts[0], facts[1]) == facts[1]
                else:
                    seen = int(facts[0])
            is_whole(tmp_path, kept, signed, seen)
        worker.stdin.close()
    assert len(kept) > ROUNDS
    assert len(signed) > ROUNDS


def is_whole(folder, kept, signed, seen):
    storage = SqliteStorage(folder / "ledger.db")
    entries = list(storage.entries(0, storage.size))
    tree = Tree(map(leaf_hash, entries))
    assert len(entries) == storage.size
    assert storage.tree.root(storage.size) == tree.root()
    assert all(entries[index] == text for index, text in kept.items())
    assert all(
        tree.root(int(size)).hex() == root.decode() for size, root in signed.items()
    )
    lock = SignLock(SqliteLastNote(folder / "signed.db"), crash_worker.LOG)
    last = lock.last()
    if last is not None:
        here = Checkpoint(crash_worker.ORIGIN, storage.size, tree.root())
        check_extends(last, here, storage.tree)
        assert parse_note(last).checkpoint.size >= max(map(int, signed), default=0)
    witness = crash_worker.witness(folder)
    assert crash_worker.known(witness) >= seen
    for one in (witness, lock, storage):
        one.close()


def test_a_commit_is_on_the_disk_before_it_is_answered(tmp_path):
    """What kill -9 cannot show: the machine itself may stop."""
    storage = SqliteStorage(tmp_path / "ledger.db")
    lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), crash_worker.LOG)
    witness = crash_worker.witness(tmp_path)
    for db, least in (
        (storage._writer, 2),
        (witness._growth._db, 2),
        (lock._kept._db, 3),
    ):
        assert db.execute("PRAGMA synchronous").fetchone()[0] >= least
    for one in (witness, lock, storage):
        one.close()
