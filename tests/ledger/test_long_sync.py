"""A long way to the newest checkpoint: kept as it comes, resumed, judged first."""

import os
from itertools import count

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.support.long_ledger import LongLedger
from wallet.errors import (
    CancelledError,
    LedgerForkedError,
    RefusedError,
    StoreDamagedError,
)
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.ledger.tiles import WIDTH, bundle_path, tile_path
from wallet.verdict import Reason

EARLIER, LATER = 1_300, 18_700  # a copy of six months ago, and what came since
SIZE = EARLIER + LATER


@pytest.fixture
def log(tmp_path):
    made = LongLedger(tmp_path / "log", origin=ORIGIN, now=NOON)
    made.grow(EARLIER)
    return made


@pytest.fixture
def reopen(tmp_path, log):
    policy = Policy.parse(log.policy)
    return lambda name="copy": Replica.open(
        tmp_path / name, origin=ORIGIN, policy=policy
    )


@pytest.fixture
def behind(log, reopen):
    """A copy that is half a year behind."""
    copy = reopen()
    sync(copy, log)
    log.grow(LATER)
    log.asked.clear()
    return copy


def bundles(log):
    return [n for what, n in log.asked if what == "bundle"]


def states(copy):
    return [copy.state(index) for index in range(0, SIZE, 1_000)]


def killed_at(step, work):
    """Do *work*, given a progress that kills the process at its *step*-th call."""
    child = os.fork()
    if child == 0:
        seen = count(1)
        work(lambda *_: next(seen) < step or os.kill(os.getpid(), 9))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


def test_a_killed_sync_goes_on_with_the_bundle_it_had_come_to(
    log, behind, reopen, tmp_path
):
    killed_at(30, lambda dying: sync(behind, log, progress=dying))
    copy = reopen()
    assert (copy.size, copy.first_index(leaf_hash(log.grant(2_000)))) == (EARLIER, None)
    told = []
    assert sync(copy, log, progress=lambda *step: told.append(step)).added == LATER
    assert bundles(log) == [*range(EARLIER // WIDTH + 30, -(-SIZE // WIDTH))]
    assert told[-1] == (LATER, LATER)
    assert told == sorted(told)
    at_once = reopen("other")
    sync(at_once, log)
    for one in (copy, reopen()):
        assert one.root == at_once.root
        assert states(one) == states(at_once)
        assert one.status_root() == at_once.status_root()
    assert files(tmp_path / "copy/tile") == files(tmp_path / "other/tile")
    assert files(tmp_path / "copy/tile") == files(tmp_path / "log/tile") - {
        *("entries/005.p/20", "0/005.p/20", "1/000.p/5")
    }


def files(folder):
    return {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    }


def test_a_grant_is_judged_offline_after_a_long_sync(log, behind, reopen):
    sync(behind, log)
    copy = reopen()
    for number in (1_000, 10_000, 19_000):
        leaf = leaf_hash(log.grant(number))
        index = copy.first_index(leaf)
        assert (index, copy.leaf_hash(index)) == (number, leaf)
        ended = number % 10_000 == 0
        assert copy.state(index) is (State.ENDED if ended else State.STANDS)
        assert copy.proof(index)


def test_the_log_may_grow_between_two_tries(log, behind, reopen):
    killed_at(70, lambda dying: sync(behind, log, progress=dying))
    log.grow(3_000)
    log.asked.clear()
    copy = reopen()
    assert sync(copy, log).size == SIZE + 3_000
    assert bundles(log)[0] == EARLIER // WIDTH + 70
    assert copy.root_at(copy.size) == copy.root


@pytest.mark.parametrize("damage", [b"", b"\0" * 60_000])
def test_what_lies_there_is_judged_again(log, behind, reopen, tmp_path, damage):
    killed_at(30, lambda dying: sync(behind, log, progress=dying))
    torn = EARLIER // WIDTH + 9
    (tmp_path / "copy" / bundle_path(torn)).write_bytes(damage)
    (tmp_path / "copy" / tile_path(0, torn + 1)).write_bytes(damage)
    copy = reopen()
    sync(copy, log)
    assert torn in bundles(log)
    assert len(copy.leaves) == SIZE
    copy.entries(0, SIZE)


def test_cancelling_loses_nothing(log, behind):
    steps = []
    with pytest.raises(CancelledError):
        sync(
            behind,
            log,
            progress=lambda *step: steps.append(step),
            cancelled=lambda: len(steps) == 40,
        )
    assert behind.size == EARLIER
    log.asked.clear()
    sync(behind, log)
    assert bundles(log)[0] == EARLIER // WIDTH + 40


def test_a_bundle_that_was_not_signed_is_refused_when_it_arrives(log, behind, tmp_path):
    path = tmp_path / "log" / bundle_path(50)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(RefusedError) as caught:
        sync(behind, log)
    assert (caught.value.reason, caught.value.place) == (
        Reason.MALFORMED,
        "entry bundle",
    )
    assert bundles(log)[-1] == 50
    assert (behind.size, behind.forked) == (EARLIER, None)
    path.write_bytes(good)
    log.asked.clear()
    sync(behind, log)
    assert bundles(log)[0] == 50


@pytest.mark.parametrize("tile", [(1, 0, 78), (0, 78, 32)])
def test_hash_tiles_that_were_not_signed_are_refused(log, behind, tmp_path, tile):
    path = tmp_path / "log" / tile_path(*tile)
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    with pytest.raises(RefusedError) as caught:
        sync(behind, log)
    assert caught.value.place == "hash tiles"
    assert bundles(log) == []


def test_another_history_is_a_fork_however_long(log, behind, reopen, tmp_path):
    other = LongLedger(tmp_path / "forked", origin=ORIGIN, now=NOON)
    other.grow(SIZE)
    with pytest.raises(LedgerForkedError) as caught:
        sync(behind, other)
    assert caught.value.offered.endswith(other.checkpoint())
    assert reopen().is_forked


@pytest.mark.parametrize("level", [0, 1])
def test_a_tile_that_was_altered_here_is_not_believed(
    log, behind, reopen, tmp_path, level
):
    log.grow(WIDTH * WIDTH - SIZE + 1)
    sync(behind, log)
    path = tmp_path / "copy" / tile_path(level, 0)
    data = bytearray(path.read_bytes())
    data[77] ^= 1
    path.write_bytes(data)
    copy = reopen()
    for ask in (
        lambda: copy.leaf_hash(2),
        lambda: copy.proof(3),
        lambda: copy.entry(2),
        lambda: copy.first_index(leaf_hash(log.grant(1_000))),
    ):
        with pytest.raises(StoreDamagedError):
            ask()
