"""One bit turned in any file of a copy: the truth, a typed error, or nothing.

Everything that a copy answers is compared with what it answered before: states, proofs,
entries, ages, the past. What it no longer knows it must not tell otherwise.
"""

import random
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from tests.ledger.entries import ORIGIN, change, grant, receipt
from tests.support.flips import turn_bit_of_file
from tests.support.ledger_simulator import LedgerSimulator
from wallet.cbor import decode, encode
from wallet.errors import StoreDamagedError
from wallet.ledger import proof
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TURNS = 6  # bits a file
ENDED, STOOD = 7, 8


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy of 300 entries with a full bundle, a past, and an ended entry."""
    folder, log = tmp_path_factory.mktemp("copy"), LedgerSimulator(ORIGIN, NOON)
    replica = opened(folder, log)
    for number in range(280):
        log.submit(grant(number) if number < 10 else receipt(number))
    log.publish()
    sync(replica, log)
    log.advance(hours=1)
    log.submit(change(ENDED, grant(ENDED), State.ENDED, 1))
    for number in range(280, 299):
        log.submit(receipt(number))
    log.publish()
    sync(replica, log)
    return folder, log


def opened(folder, log):
    return Replica.open(folder, origin=ORIGIN, policy=Policy.parse(log.policy))


QUESTIONS = {
    "size": lambda copy: copy.size,
    "root": lambda copy: copy.root,
    "ended": lambda copy: copy.state(ENDED),
    "stood": lambda copy: copy.state(STOOD),
    "ended before": lambda copy: then.state(ENDED) if (then := copy.at(NOON)) else None,
    "entry": lambda copy: copy.entry(20),
    "last": lambda copy: copy.entry(299),
    "found": lambda copy: copy.first_index(leaf_hash(receipt(290))),
    "seq": lambda copy: copy.highest_seq(ENDED),
    "root then": lambda copy: copy.root_at(280),
    "fork": lambda copy: copy.is_forked,
    "wrong": lambda copy: copy.wrong_roots,
}


def evidence(copy, policy, view):
    """A proof, judged as a stranger judges it; None where none is given."""
    try:
        data = view(copy).proof(20)
    except StoreDamagedError:
        return None
    read = proof.parse(data)
    proof.verify(read, leaf=leaf_hash(receipt(20)), policy=policy, origin=ORIGIN)
    return read.index


def files(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    )


def test_every_file_of_a_copy_is_turned_here(made):
    names = files(made[0])
    assert {name.split("/")[0] for name in names} == {
        "tile",
        "checkpoints",
        "changes",
        "state.cbor",
    }
    assert len(names) > 6


def test_no_turned_bit_makes_a_copy_tell_what_is_not_so(made, tmp_path):
    folder, log = made
    policy, whole = Policy.parse(log.policy), opened(folder, log)
    truth = {name: ask(whole) for name, ask in QUESTIONS.items()}
    assert truth["ended"] is State.ENDED
    assert truth["ended before"] is State.STANDS
    errors = 0
    for name in files(folder):
        for number in range(TURNS):
            here = tmp_path / f"{name.replace('/', '_')}-{number}"
            shutil.copytree(folder, here)
            turn_bit_of_file(here / name, random.Random(f"{name}{number}"))  # noqa: S311
            try:
                copy = opened(here, log)
            except StoreDamagedError:
                errors += 1
                continue
            errors += not is_true(copy, truth, whole, policy)
    assert errors > TURNS  # it was damaged, and noticed


def is_true(copy, truth, whole, policy):
    """Whether nothing at all is missing; whatever is told is so."""
    complete = True
    for name, ask in QUESTIONS.items():
        try:
            told = ask(copy)
        except StoreDamagedError:
            told = None
        assert told in (truth[name], None), name
        complete = complete and told == truth[name]
    quorum = copy.quorum_time
    assert quorum is None or quorum <= whole.quorum_time
    if quorum is not None:
        assert evidence(copy, policy, lambda one: one) in (20, None)
    try:
        then = copy.at(NOON + timedelta(minutes=30))
    except StoreDamagedError:
        return False
    if then is not None:
        assert evidence(copy, policy, lambda _: then) in (20, None)
    return complete and quorum == whole.quorum_time


def test_a_mark_cannot_make_an_old_copy_look_new(made, tmp_path):
    """No one bit, but any time that a disk may hold."""
    folder, log = made
    true = opened(folder, log).quorum_time
    for seconds in (-(1 << 20), -1, 1, 60, 3_600, 1 << 20, 1 << 30):
        here = tmp_path / f"{seconds}"
        shutil.copytree(folder, here)
        state = here / "state.cbor"
        mark = decode(state.read_bytes(), cap=1 << 20, place="state")
        mark[5] += seconds
        state.write_bytes(encode(mark))
        copy = opened(here, log)
        assert copy.quorum_time == min(true, true + timedelta(seconds=seconds))
        sync(copy, log)  # and the next sync is not kept from the truth
        assert copy.quorum_time <= true
        assert seconds < 0 or copy.quorum_time == true


def test_a_copy_that_was_damaged_is_whole_again_when_it_is_fetched_anew(made, tmp_path):
    folder, log = made
    here = tmp_path / "copy"
    shutil.copytree(folder, here)
    (here / "state.cbor").write_bytes(b"\xa0")
    with pytest.raises(StoreDamagedError):
        opened(here, log)
    shutil.rmtree(here)
    copy = opened(here, log)
    sync(copy, log)
    assert copy.root == opened(folder, log).root
    assert copy.state(ENDED) is State.ENDED


def test_where_the_witnesses_clocks_were_set_back_time_goes_on(tmp_path):
    """The larger checkpoint is the later one, whatever the witnesses' clocks say."""
    log = LedgerSimulator(ORIGIN, NOON)
    copy = opened(tmp_path, log)
    log.submit(grant(0))
    log.publish()
    sync(copy, log)
    before = copy.quorum_time
    log.advance(hours=-1)
    log.submit(change(0, grant(0), State.ENDED, 1))
    log.publish()
    sync(copy, log)
    assert copy.quorum_time == before  # never goes back
    assert copy.state(0) is State.ENDED
    for moment in (NOON - timedelta(minutes=30), NOON, NOON + timedelta(hours=1)):
        assert copy.at(moment).state(0) is State.ENDED
    assert copy.at(NOON - timedelta(hours=2)) is None
    again = opened(tmp_path, log)
    assert again.quorum_time == before
    log.advance(hours=2)
    log.publish()
    sync(again, log)
    assert again.quorum_time > before
