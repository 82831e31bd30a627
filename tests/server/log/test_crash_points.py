"""kill -9 at every named step of a commit: nothing answered is lost, nothing forked.

The gate goes by each point of an embedded ledger and a few of PostgreSQL's; the long
form, `make crash`, goes round both tables for 1,000 kills.
"""

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from base64 import b64encode
from contextlib import closing, contextmanager, suppress

import pytest

from tests.support import crash_forge
from tests.support.ledger_servers import ORIGIN
from wallet.actions.operator.keys import log_key, witness_key
from wallet.errors import UnreachableError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
    parse_entry,
)
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.status import StatusLog
from wallet.ledger.tree import Tree
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.statement import Name

_LOG = "wallet.server.log."
_STORE = _LOG + "storage_sqlite:"
_SEEN = "wallet.server.witness.growth:Growth."
_WITNESS = "wallet.server.witness.witness:"

# Who dies, and where: in the order in which an entry comes by.
POINTS = (
    ("ledger", _LOG + "admission:Admission.judge_many:before"),
    ("ledger", _LOG + "admission:Admission.judge_many:after"),
    ("ledger", _LOG + "sequencer:Sequencer._enqueue:after"),
    ("ledger", _LOG + "sequencer:Sequencer._next:after"),
    ("ledger", _STORE + "SqliteStorage.append:before"),
    ("ledger", _STORE + "place:after"),
    ("ledger", _STORE + "_list_leaves:before"),
    ("ledger", _STORE + "_list_leaves:after"),  # older leaves moved, no entry written
    ("ledger", _STORE + "grow_bundles:before"),
    ("ledger", _STORE + "grow_tiles:before"),  # bundles are written
    ("ledger", _STORE + "_write:after"),  # all is written, nothing committed
    ("ledger", _LOG + "recent_leaves:RecentLeaves.moved:before"),  # durable, unheard of
    ("ledger", _LOG + "recent_leaves:RecentLeaves.moved:after"),
    ("ledger", _STORE + "SqliteStorage.append:after"),  # durable, unanswered
    ("ledger", _LOG + "sequencer:_answers:before"),
    ("ledger", _LOG + "publisher:Publisher._sign:before"),
    ("ledger", _LOG + "roots:Roots._entry:before"),
    ("ledger", _LOG + "roots:Roots._entry:after"),
    ("ledger", _STORE + "SqliteStorage.append_at:after"),  # a root, not signed over
    ("ledger", _LOG + "sign_lock:SignLock.sign:before"),
    ("ledger", _LOG + "sign_lock:check_extends:after"),
    ("ledger", _LOG + "sign_lock:sign_log:after"),  # signed, nowhere remembered
    ("ledger", _LOG + "last_note_sqlite:SqliteLastNote.swap:after"),
    ("ledger", _LOG + "publisher:Publisher._publish:before"),
    ("ledger", _LOG + "cosigners:Cosigner.cosign:before"),
    ("ledger", _LOG + "cosigners:Cosigner.cosign:after"),
    ("ledger", _STORE + "SqliteStorage.publish:before"),
    ("ledger", _STORE + "SqliteStorage.publish:after"),
    ("witness", _SEEN + "_judge:before"),
    ("witness", _SEEN + "_judge:after"),
    ("witness", _WITNESS + "cosign:after"),  # signed, not yet kept
    ("witness", _SEEN + "_keep:after"),  # written, not committed
    ("witness", _SEEN + "add_checkpoint:after"),  # kept, unanswered
)
_PG = _LOG + "storage_postgresql:"
_TAKEN = _LOG + "lead_postgresql:PostgresqlLead.take:after"  # once in a life
_SHARED = (
    _PG + "_claim:after",  # nobody else can hand out indices
    _PG + "_add_new:after",  # as most batches go; roots go the other way
    _PG + "_hand_over:after",
    _PG + "settle:before",  # all is written, nothing committed
    _PG + "PostgresqlStorage.append:after",  # durable, unanswered
    _PG + "_read_batches:after",
    _PG + "_advance:after",  # the size is swapped, the tree not written
    _PG + "_write_tree:after",
    _PG + "_forget_batches:after",
    _PG + "PostgresqlStorage._integrate_some:after",
    _PG + "PostgresqlStorage.append_at:after",
    _LOG + "sign_lock:sign_log:after",
    _LOG + "last_note_postgresql:PostgresqlLastNote.swap:before",
    _LOG + "last_note_postgresql:PostgresqlLastNote.swap:after",
    _PG + "PostgresqlStorage.publish:before",
    _PG + "PostgresqlStorage.publish:after",
    _TAKEN,
)
POINTS_POSTGRESQL = tuple(
    (victim, point) for point in _SHARED for victim in ("ledger", "postgresql")
)
ROUNDS = int(os.environ.get("ROUNDS", "0"))  # 0: the short form
SHORT = 4  # of the points of PostgreSQL; all of an embedded ledger's
PATIENCE = 60.0
FEEDERS = 3


class Forge:
    """A ledger and a witness that can be killed and forked anew."""

    def __init__(self, folder, postgres=None):
        self.postgres = postgres
        self.store = None if postgres is None else postgres.new_database()
        self.home, self.seer = folder / "ledger", folder / "witness"
        self.home.mkdir()
        self.seer.mkdir()
        self.log = log_key(self.home, ORIGIN)
        self.witness = witness_key(self.seer, "witness.test")
        self.process = subprocess.Popen(
            [sys.executable, "-m", crash_forge.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.signed, self.port, self.url = {}, 0, ""
        self.alive, self.dead = set(), threading.Event()
        self._heard, self._gone = queue.Queue(), queue.Queue()
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()
        self.start("witness")
        self.start("ledger")

    def start(self, role, point=None, call=1):
        where = {"home": str(self.home), "group": None, "store": self.store}
        if role == "postgresql":
            role, where["group"] = "ledger", self.postgres.process.pid
        if role == "witness":
            where = {"home": str(self.seer), "log": self.log.text, "port": self.port}
        else:
            seer = f"http://127.0.0.1:{self.port}"
            where |= {"witness": self.witness.text, "url": seer}
        with suppress(queue.Empty):
            while True:
                self._heard.get_nowait()
        self.dead.clear()
        self._tell(role=role, point=point, call=call, **where)
        self.alive.add(role)
        url = self._heard.get(timeout=PATIENCE)
        if role == "ledger":
            self.url = url
        elif url:
            self.port = int(url.rpartition(":")[2])

    def storage(self):
        """What is kept, opened beside the servers."""
        if self.store is None:
            return SqliteStorage(self.home / "ledger.db")
        from wallet.server.log.storage_postgresql import (  # noqa: PLC0415 not always there
            open_storage,
        )

        return open_storage(self.store, origin=ORIGIN)

    def kill(self, role):
        role = "ledger" if role == "postgresql" else role
        self._tell(role="kill", whom=role)
        assert self.death() == (role, -9)

    def death(self):
        """Who died, and of what, once somebody has."""
        role, code = self._gone.get(timeout=PATIENCE)
        self.alive.discard(role)
        return role, code

    def close(self):
        for role in sorted(self.alive):
            self.kill(role)
        self.process.stdin.close()
        self._listening.join()
        self.process.stdout.close()
        assert self.process.wait() == 0

    def _tell(self, **words):
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()

    def _listen(self):
        for line in self.process.stdout:
            match json.loads(line):
                case {"signed": size, "root": root}:
                    kept = self.signed.setdefault(size, root)
                    if kept != root:
                        self.signed[size] = f"{kept} and {root}"
                case {"role": role, "gone": code}:
                    self.dead.set()
                    self._heard.put("")  # nobody need wait for an address
                    self._gone.put((role, code))
                case {"url": url}:
                    self._heard.put(url)


def entry(number):
    """A permission nobody else makes, and who may end it."""
    control = Signer.from_seed(number.to_bytes(32, "big"))
    return build_grant(
        Signer.from_seed((number + 1).to_bytes(32, "little")),
        origin=ORIGIN,
        commitment=number.to_bytes(32, "little"),
        control_public=control.public,
    ), control


def feed(forge, kept, number):
    """Add permissions and end every third until somebody is dead."""
    with closing(LedgerClient(forge.url)) as client:
        while forge.url and not forge.dead.is_set():
            grant, control = entry(number)
            number += 1
            with suppress(UnreachableError):
                index = client.submit(grant)
                kept[index] = grant
                if number % 3 == 0:
                    change = StatusChange(
                        index=index, leaf=leaf_hash(grant), state=State.ENDED, seq=1
                    )
                    end = build_status(control, origin=ORIGIN, change=change)
                    kept[client.submit(end)] = end


def test_a_point_that_is_no_more_there_is_an_error():
    with pytest.raises(AttributeError):
        crash_forge.die_at("wallet.server.log.publisher:Publisher.gone:before")


def test_every_named_point_of_a_commit_survives_a_kill(tmp_path):
    with closing(Forge(tmp_path)) as forge:
        go_round(forge, POINTS)


def test_every_named_point_survives_a_kill_of_the_server_or_of_postgresql(
    tmp_path, postgres
):
    with closing(Forge(tmp_path, postgres)) as forge:
        start = random.Random().sample(POINTS_POSTGRESQL, len(POINTS_POSTGRESQL))  # noqa: S311
        go_round(forge, start if ROUNDS else start[:SHORT])


def go_round(forge, points):
    """Kill at each point in turn; everything stands, and goes on by itself."""
    dice = random.Random(forge.process.pid)  # noqa: S311 which call of a point
    kept = {}
    rounds = ROUNDS or len(points)
    for number in range(rounds):
        victim, point = points[number % len(points)]
        forge.kill(victim)
        forge.start(victim, point, 1 if point == _TAKEN else dice.randrange(1, 4))
        with fed(forge, kept, 2 * number):
            try:
                assert forge.death() == (victim, -9), point
            except queue.Empty:
                raise AssertionError(f"never came by {point}") from None
            if victim == "postgresql":
                forge.postgres.process.wait()
                forge.postgres.start()
        assert_whole(forge, kept, point)
        if victim != "postgresql":
            forge.start(victim)
        goes_on(forge, kept, number, point)
        told = f"{number + 1} of {rounds}: {victim} {point}, {len(kept)} answered"
        print(told, flush=True)  # noqa: T201 for whoever waits for a long run
    assert len(kept) > rounds
    assert len(forge.signed) >= rounds


@contextmanager
def fed(forge, kept, turn):
    """Some who add without a pause, until somebody is dead."""
    feeders = [
        threading.Thread(target=feed, args=(forge, kept, (turn * FEEDERS + k) << 20))
        for k in range(FEEDERS)
    ]
    for one in feeders:
        one.start()
    try:
        yield
    finally:
        forge.dead.set()
        for one in feeders:
            one.join()


def goes_on(forge, kept, number, point):
    """Entries are taken again and a new root is signed; nobody did anything for it."""
    before, signed = len(kept), len(forge.signed)
    give_up = time.monotonic() + PATIENCE
    forge.dead.clear()
    with fed(forge, kept, 2 * number + 1):
        while len(kept) == before or len(forge.signed) == signed:
            assert time.monotonic() < give_up, f"nothing goes on after {point}"
            time.sleep(0.01)


def assert_whole(forge, kept, point):
    """What a stranger finds in the files: every answer, one history, true roots."""
    signed = dict(forge.signed)  # a ledger whose witness died goes on meanwhile
    with closing(forge.storage()) as storage:
        published, size = storage.published, storage.integrate()
        entries = list(storage.entries(0, size))
        root = storage.tree.root(size)
    tree = Tree(map(leaf_hash, entries))
    assert len(entries) == size, point
    assert len(set(entries)) == size, point
    assert root == tree.root(), point
    assert all(entries[index] == data for index, data in kept.items()), point
    for at, text in signed.items():
        assert text == b64encode(tree.root(at)).decode(), point
    if published is not None:
        assert_roots(entries[: parse_note(published).checkpoint.size], point)


def assert_roots(entries, point):
    """The newest status root is what a reader computes from the entries before it."""
    *before, last = entries
    read = parse_entry(last, origin=ORIGIN)
    assert read.name is Name.STATUS_ROOT, point
    log = StatusLog()
    for index, data in enumerate(before):
        log.apply(index, data, ORIGIN)
    assert read.statement.key(5) == log.root(), point
    assert read.statement.count(4) == len(before), point
