"""When a log may sign, and which quorum publishes."""

import asyncio
import functools
import gc
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from wallet.actions.operator.ledger import policy_text
from wallet.errors import (
    HistoryMissingError,
    HomeBusyError,
    LeadLostError,
    LedgerForkedError,
    RefusedError,
    StoreUnreachableError,
    UnreachableError,
)
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    cosign,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.ledger.entry import parse_entry
from wallet.ledger.policy import Policy
from wallet.server.log.cosigners import Cosigner
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.opening import Opening
from wallet.server.log.panel import Panel
from wallet.server.log.publisher import Pace, Publisher
from wallet.server.log.roots import Roots
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

ORIGIN = "ledger.test/demo"
LOG = Signer.from_seed(b"l" * 32)
VKEY = vkey_for(ORIGIN, LOG_KIND, LOG.public)


def panel(count):
    keys = [
        vkey_for(
            f"w{n}", COSIGNATURE_KIND, Signer.from_seed(bytes([n + 1]) * 32).public
        )
        for n in range(count)
    ]
    places = [(key, f"http://127.0.0.1:{n + 1}") for n, key in enumerate(keys)]
    policy = Policy.parse(policy_text([VKEY], places))
    return Panel(cosigners=[Cosigner(url, key) for key, url in places], policy=policy)


@pytest.mark.parametrize(
    ("count", "names", "enough", "known"),
    [
        (3, "", False, False),
        (3, "w0", False, False),
        (3, "w0 w2", True, True),
        (4, "w0 w1", False, True),
        (4, "w0", False, False),
        (4, "w0 w1 w3", True, True),
        (1, "", False, False),
        (1, "w0", True, True),
        (0, "", True, True),
    ],
)
def test_more_than_half_publish_and_the_rest_must_not_be_able_to(
    count, names, enough, known
):
    asked, answered = panel(count), set(names.split())
    assert asked.enough(answered) is enough
    assert asked.could_know_all(answered) is known
    asked.close()


@pytest.mark.expects_log("the witness w1 fails: no answer in time$")
def test_a_witness_that_hangs_is_left_behind_and_not_asked_again_meanwhile(monkeypatch):
    monkeypatch.setattr("wallet.server.log.panel._PATIENCE", 0.05)
    panel_of_three, hang, asked = panel(3), threading.Event(), []

    def question(one):
        asked.append(one.name)
        if one.name == "w1":
            assert hang.wait(10)
            raise UnreachableError("witness")
        return one.name.upper()

    async def play():
        ask = functools.partial(panel_of_three.ask, until=panel_of_three.enough)
        began = time.monotonic()
        assert await ask(question) == {"w0": "W0", "w2": "W2"}
        assert await ask(question) == {"w0": "W0", "w2": "W2"}
        assert time.monotonic() - began < 5
        assert asked.count("w1") == 1
        hang.set()
        await asyncio.sleep(0.05)
        assert await ask(question) == {"w0": "W0", "w2": "W2"}
        assert asked.count("w1") == 2

    try:
        asyncio.run(play())
    finally:
        hang.set()
        panel_of_three.close()


@pytest.mark.expects_log("the witness w0 fails: witness unreachable$")
def test_whoever_may_still_make_the_quorum_is_waited_for(monkeypatch):
    monkeypatch.setattr("wallet.server.log.panel._PATIENCE", 0.0)
    panel_of_three = panel(3)

    def question(one):
        if one.name == "w0":
            raise UnreachableError("witness")
        time.sleep(0.1 if one.name == "w1" else 0.0)
        return 1

    answers = asyncio.run(panel_of_three.ask(question, until=panel_of_three.enough))
    assert answers == {"w1": 1, "w2": 1}
    panel_of_three.close()


def test_what_fails_after_nobody_asks_any_more_is_no_fault_of_the_loop(caplog):
    asked, go_on = threading.Barrier(4), threading.Event()

    def fail(_):
        asked.wait()
        go_on.wait()
        raise StoreUnreachableError("it is gone")

    async def cut_short():
        with closing(panel(3)) as here:
            asking = asyncio.create_task(here.ask(fail, until=lambda _: False))
            await asyncio.to_thread(asked.wait)
            asking.cancel()
            await asyncio.wait([asking])
            go_on.set()

    asyncio.run(cut_short())
    gc.collect()
    assert caplog.messages == []


class Answering(Cosigner):
    """A witness that answers what the test says."""

    def __init__(self, lines):
        super().__init__("http://127.0.0.1:1", WITNESS)
        self._http = self
        self.lines = lines

    def post(self, *_, **__):
        return self.lines

    def close(self):
        pass


WITNESS_KEY = Signer.from_seed(b"w" * 32)
WITNESS = vkey_for("w", COSIGNATURE_KIND, WITNESS_KEY.public)


def test_of_all_lines_of_a_witness_one_is_published(storage, tmp_path):
    lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    note = lock.sign(here(storage, 5), storage.tree)
    text = note_text(here(storage, 5))
    lines = [cosign(WITNESS_KEY, "w", text, 1_800_000_000 + n) for n in range(12)]
    one = Answering(b"".join(lines)).cosign(note, storage.tree)
    assert one == lines[-1]
    with pytest.raises(RefusedError):
        Answering(b"").cosign(note, storage.tree)
    lock.close()


class World:
    """A publisher over real storage whose witnesses have seen what the test says."""

    def __init__(self, storage, tmp_path, *, seen):
        self.storage = storage
        self.lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
        self.panel = panel(3)
        for one, note in zip(self.panel.cosigners, seen, strict=True):
            one.seen = functools.partial(self._seen, note)
            one.cosign = functools.partial(self._cosign, one)
        self.sequencer = Sequencer(storage)
        self.publisher = Publisher(
            storage=storage,
            sequencer=self.sequencer,
            opening=Opening(
                storage=storage,
                lock=self.lock,
                log_public=LOG.public,
                origin=ORIGIN,
                panel=self.panel,
            ),
            roots=Roots(storage, operator=LOG, origin=ORIGIN),
            lock=self.lock,
            origin=ORIGIN,
            panel=self.panel,
            pace=Pace(),
        )

    def close(self):
        self.panel.close()
        self.lock.close()

    @staticmethod
    def _seen(note, _):
        if isinstance(note, Exception):
            raise note
        return note

    @staticmethod
    def _cosign(one, note, _):
        number = int(one.name[1:])
        signer = Signer.from_seed(bytes([number + 1]) * 32)
        return cosign(signer, one.name, parse_note(note).text, 1_800_000_000)


def note_by(signer, storage, size):
    text = note_text(here(storage, size))
    return text + b"\n" + sign_log(signer, ORIGIN, text)


AWAY = UnreachableError("witness")
NAMED = pytest.mark.expects_log("the witness w[012] fails: witness unreachable$")
AGAIN = pytest.mark.expects_log("the witness w[012] answers again as it must$")


@pytest.mark.parametrize(
    ("seen", "opens"),
    [
        ([None, None, None], True),
        pytest.param([AWAY, None, None], True, marks=[NAMED, AGAIN]),
        pytest.param([AWAY, AWAY, None], False, marks=NAMED),
        # No word about this log is no answer,
        pytest.param([AWAY, "theirs", None], False, marks=NAMED),
        (["theirs", None, None], True),  # nor can it stop the two that answer.
        pytest.param(["ours", "ours", AWAY], True, marks=[NAMED, AGAIN]),
        (["larger", None, None], False),
        pytest.param([AWAY, AWAY, "larger"], False, marks=NAMED),
    ],
)
def test_nothing_is_signed_before_enough_witnesses_have_told_their_sizes(
    storage, tmp_path, seen, opens
):
    other = SqliteStorage(tmp_path / "other.db")
    other.append([Admitted(data=bytes([n])) for n in range(9)])
    notes = {
        "ours": note_by(LOG, storage, 4),
        "theirs": note_by(WITNESS_KEY, other, 9),
        "larger": note_by(LOG, other, 9),
    }
    told = [notes[one] if isinstance(one, str) else one for one in seen]
    world = World(storage, tmp_path, seen=told)
    if opens:
        asyncio.run(world.publisher.step())
        assert parse_note(storage.published).checkpoint.size == 6
    else:
        with pytest.raises((RefusedError, HistoryMissingError)):
            asyncio.run(world.publisher.step())
        assert world.lock.last() is None
    assert world.sequencer.is_open is opens
    world.close()
    other.close()


def test_what_is_signed_ends_with_the_root_that_covers_it(
    storage, tmp_path, monkeypatch
):
    world = World(storage, tmp_path, seen=[None] * 3)
    rooted = storage.append_at

    def and_then_one_more(build):
        index = rooted(build)
        storage.append([Admitted(data=b"late")])
        return index

    monkeypatch.setattr(storage, "append_at", and_then_one_more)
    asyncio.run(world.publisher.step())
    size = parse_note(storage.published).checkpoint.size
    root = parse_entry(storage.entry(size - 1), origin=ORIGIN)
    assert root.statement.count(4) == size - 1
    assert storage.size == size + 1
    world.close()


def test_a_lock_that_fails_does_not_fill_the_log_with_roots(
    storage, tmp_path, monkeypatch
):
    world = World(storage, tmp_path, seen=[None] * 3)
    before = storage.size

    def broken(*_):
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(world.lock, "sign", broken)
        for _ in range(3):
            with pytest.raises(OSError):  # noqa: PT011 - the disk has no words
                asyncio.run(world.publisher.step())
    assert storage.size == before + 1
    storage.append([Admitted(data=b"more")])
    asyncio.run(world.publisher.step())
    assert parse_note(storage.published).checkpoint.size == before + 3
    world.close()


@pytest.mark.expects_log("nothing published: the disk: OperationalError")
def test_a_full_disk_is_said_and_outlived(storage, tmp_path, monkeypatch):
    world = World(storage, tmp_path, seen=[None] * 3)
    full = [True]
    append = storage.append_at

    def appended(build):
        if full:
            full.pop()
            raise sqlite3.OperationalError("database or disk is full")
        return append(build)

    monkeypatch.setattr(storage, "append_at", appended)
    world.publisher._pace = Pace(interval=0.01)

    async def play():
        running = asyncio.create_task(world.publisher.run())
        async with asyncio.timeout(10):
            while storage.published is None:  # noqa: ASYNC110 a thread publishes
                await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(play())
    world.close()


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    made.append([Admitted(data=bytes([n])) for n in range(5)])
    yield made
    made.close()


def here(storage, size):
    return Checkpoint(ORIGIN, size, storage.tree.root(size))


def test_no_smaller_and_no_other_history_is_ever_signed(storage, tmp_path):
    lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    for size in (3, 3, 5):
        note = lock.sign(here(storage, size), storage.tree)
        parse_note(note).verify_log(VKEY)
        assert lock.last() == note
    lock.close()
    lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    other = SqliteStorage(tmp_path / "other.db")
    other.append([Admitted(data=bytes([n + 9])) for n in range(7)])
    with pytest.raises(HistoryMissingError):
        lock.sign(here(storage, 4), storage.tree)
    for wrong, tree in (
        (here(other, 5), other.tree),
        (here(other, 7), other.tree),
        (Checkpoint("ledger.test/x", 5, storage.tree.root(5)), storage.tree),
    ):
        with pytest.raises(LedgerForkedError):
            lock.sign(wrong, tree)
    assert lock.last() == note
    other.close()
    lock.close()


class ElsewhereSwapped:
    """A last note that somebody else replaces as soon as it was read."""

    def __init__(self, note):
        self.note, self.asked = note, []

    def read(self):
        return self.note

    def swap(self, old, new):
        self.asked.append((old, new))
        return False


def test_a_note_that_was_only_read_is_kept_again_before_it_counts(storage, tmp_path):
    lock = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    assert lock.confirmed() is None
    note = lock.sign(here(storage, 3), storage.tree)
    assert lock.confirmed() == note
    lock.close()
    kept = ElsewhereSwapped(note)
    with pytest.raises(LeadLostError):
        SignLock(kept, LOG).confirmed()
    assert kept.asked == [(note, note)]


def test_a_second_process_cannot_hold_the_lock(tmp_path):
    first = SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    with pytest.raises(HomeBusyError):
        SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG)
    first.close()
    SignLock(SqliteLastNote(tmp_path / "signed.db"), LOG).close()
