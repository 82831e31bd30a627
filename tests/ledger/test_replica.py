"""A replica: what it believes, what it keeps, and that it never goes back."""

import shutil
from datetime import timedelta

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import change, grant
from wallet.cbor import decode, encode
from wallet.errors import (
    CancelledError,
    LedgerForkedError,
    RefusedError,
    StoreDamagedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.ledger import fork, proof
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.verdict import Reason


def fill(ledger, count, start=0):
    for number in range(start, start + count):
        ledger.submit(grant(number))
    ledger.publish()


def test_a_new_replica_is_empty_and_knows_no_time(replica):
    assert (replica.size, replica.note, replica.quorum_time) == (0, None, None)
    assert replica.checkpoint_ref is None
    assert replica.at(NOON) is None
    assert replica.state(0) is State.UNKNOWN


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_a_replica_holds_every_entry_and_proves_it(
    ledger, replica, policy, reopen, count
):
    fill(ledger, count)
    answer = sync(replica, ledger)
    assert (answer.size, answer.added, answer.reason) == (count, count, None)
    assert answer.quorum_time == NOON - timedelta(seconds=1)
    for copy in (replica, reopen()):
        assert copy.entries(0, count) == [grant(n) for n in range(count)]
        assert copy.root == replica.root == copy.checkpoint_ref.root
        assert copy.quorum_time == answer.quorum_time
        assert copy.note == ledger.checkpoint()
        last = count - 1
        assert copy.first_index(leaf_hash(grant(last))) == last
        shown = proof.parse(copy.proof(last))
        moment = proof.verify(
            shown, leaf=copy.leaf_hash(last), policy=policy, origin=ORIGIN
        )
        assert moment == copy.quorum_time


def test_growing_step_by_step_gives_the_files_of_growing_at_once(
    ledger, replica, tmp_path, policy, reopen
):
    for step in (1, 3, 250, 2, 300):
        fill(ledger, step, start=replica.size)
        assert sync(replica, ledger).added == step
        assert reopen().root == replica.root
    at_once = Replica.open(tmp_path / "other", origin=ORIGIN, policy=policy)
    sync(at_once, ledger)

    def files(name):
        folder = tmp_path / name / "tile"
        return {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    assert files("replica") == files("other")


def test_whole_bundles_are_read_and_nothing_else(ledger, replica):
    fill(ledger, 300)
    sync(replica, ledger)
    assert ledger.asked == ["checkpoint", "bundle 0 256", "bundle 1 44"]


def test_a_partial_that_is_gone_is_read_out_of_the_full_bundle(ledger, replica):
    fill(ledger, 100)
    old = ledger.checkpoint()
    fill(ledger, 200, start=100)
    ledger.checkpoint = lambda: old
    assert sync(replica, ledger).size == 100


def test_a_source_that_answers_the_full_bundle_by_itself_will_do(ledger, replica):
    fill(ledger, 100)
    old = ledger.checkpoint()
    fill(ledger, 200, start=100)
    whole = ledger.bundle
    ledger.checkpoint, ledger.bundle = lambda: old, lambda n, _: whole(n, 256)
    assert sync(replica, ledger).size == 100


def test_a_change_in_the_same_bundle_as_its_target_counts(ledger, replica, reopen):
    fill(ledger, 3)
    sync(replica, ledger)
    ledger.submit(grant(3))
    ledger.submit(change(3, grant(3), State.ENDED, 1))
    ledger.submit(change(1, grant(1), State.HELD, 1))
    ledger.publish()
    sync(replica, ledger)
    for copy in (replica, reopen()):
        states = [copy.state(index) for index in range(5)]
        assert states == [State(value) for value in (0, 2, 0, 1, 0)]
        assert copy.status_root() == replica.status_root()


def test_a_second_sync_adds_nothing_but_time(ledger, replica):
    fill(ledger, 3)
    sync(replica, ledger)
    ledger.advance(minutes=10)
    ledger.publish()
    answer = sync(replica, ledger)
    assert answer.added == 0
    assert replica.quorum_time == NOON + timedelta(minutes=10, seconds=-1)


def test_time_does_not_go_back(ledger, replica, reopen):
    fill(ledger, 3)
    sync(replica, ledger)
    ledger.advance(hours=-1)
    ledger.publish()
    sync(replica, ledger)
    fill(ledger, 1, start=3)
    sync(replica, ledger)
    assert replica.size == 4
    assert replica.quorum_time == reopen().quorum_time == NOON - timedelta(seconds=1)


def test_a_note_without_quorum_leaves_the_replica_as_it_was(ledger, replica):
    fill(ledger, 3)
    sync(replica, ledger)
    ledger.witnesses_up = {"w1"}
    fill(ledger, 2, start=3)
    answer = sync(replica, ledger)
    assert (answer.reason, answer.size, replica.size) == (Reason.NO_QUORUM, 3, 3)
    ledger.witnesses_up = {"w1", "w3"}
    ledger.publish()
    assert sync(replica, ledger).size == 5


def test_without_quorum_in_the_policy_there_may_be_no_time(ledger, tmp_path):
    policy = Policy.parse(ledger.policy_without_quorum)
    replica = Replica.open(tmp_path / "r", origin=ORIGIN, policy=policy)
    ledger.witnesses_up = set()
    fill(ledger, 2)
    assert sync(replica, ledger).size == 2
    assert replica.quorum_time is None


def test_a_server_behind_this_copy_does_not_take_it_back(ledger, replica):
    fill(ledger, 3)
    old = ledger.checkpoint()
    fill(ledger, 3, start=3)
    sync(replica, ledger)
    ledger.checkpoint = lambda: old
    answer = sync(replica, ledger)
    assert (answer.reason, answer.size) == (Reason.COPY_TOO_OLD, 6)


@pytest.mark.parametrize("grow", [0, 5, 300])
def test_another_history_is_a_fork_and_is_remembered(ledger, replica, reopen, grow):
    fill(ledger, 20)
    trusted = ledger.checkpoint()
    sync(replica, ledger)
    for number in range(20, 20 + grow):
        ledger.submit(grant(number))
    offered = ledger.fork(at=7)
    with pytest.raises(LedgerForkedError) as caught:
        sync(replica, ledger)
    evidence = caught.value.trusted, caught.value.offered
    assert (evidence[0], evidence[1][-len(offered) :]) == (trusted, offered)
    file = fork.parse(fork.write(trusted=evidence[0], offered=evidence[1]))
    assert file.verify(replica.policy.log(ORIGIN))  # whatever their sizes
    again = reopen()
    assert again.forked == evidence
    assert (again.is_forked, again.size) == (True, 20)
    assert again.at(NOON).is_forked
    with pytest.raises(LedgerForkedError):
        sync(again, ledger)


def test_a_shorter_other_history_is_a_fork_too(ledger, replica):
    fill(ledger, 20)
    sync(replica, ledger)
    del ledger._entries[10:]
    ledger.fork(at=7)
    with pytest.raises(LedgerForkedError):
        sync(replica, ledger)


def test_altered_files_are_refused_and_are_no_fork(ledger, replica):
    fill(ledger, 20)
    sync(replica, ledger)
    fill(ledger, 20, start=20)
    ledger.rewrite(30, b"other")
    with pytest.raises(RefusedError) as caught:
        sync(replica, ledger)
    assert caught.value.reason is Reason.MALFORMED
    assert (replica.size, replica.forked) == (20, None)
    ledger.publish()
    assert sync(replica, ledger).size == 40


def test_a_bundle_of_another_length_is_refused(ledger, replica):
    fill(ledger, 20)
    ledger.drop(3)
    with pytest.raises(RefusedError):
        sync(replica, ledger)


def test_a_checkpoint_of_another_log_is_refused(ledger, replica):
    ledger.origin = "other.test"
    fill(ledger, 1)
    with pytest.raises(RefusedError) as caught:
        sync(replica, ledger)
    assert caught.value.reason is Reason.MALFORMED


def test_a_forged_checkpoint_is_refused(ledger, replica):
    ledger.key = ledger.witness_keys["w1"]
    fill(ledger, 1)
    with pytest.raises(RefusedError) as caught:
        sync(replica, ledger)
    assert caught.value.reason is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("count", [0, 2])
def test_extending_takes_exactly_the_entries_between(ledger, replica, count):
    fill(ledger, 1)
    with pytest.raises(RefusedError) as caught:
        replica.extend(ledger.checkpoint(), [grant(0)] * count)
    assert caught.value.place == "number of entries"


def test_nobody_there_is_unreachable(ledger, replica):
    ledger.reachable = False
    with pytest.raises(UnreachableError):
        sync(replica, ledger)


def test_a_missing_bundle_is_turned_away(ledger, replica):
    fill(ledger, 1)
    ledger.drop(0)
    with pytest.raises(TurnedAwayError):
        sync(replica, ledger)


def test_a_cancelled_sync_leaves_the_replica_as_it_was(ledger, replica):
    fill(ledger, 600)
    seen = []
    with pytest.raises(CancelledError):
        sync(
            replica,
            ledger,
            progress=lambda *step: seen.append(step),
            cancelled=lambda: len(seen) == 2,
        )
    assert seen == [(256, 600), (512, 600)]
    assert replica.size == 0


def test_the_past_is_answered_from_the_newest_checkpoint_not_after_it(
    ledger, replica, reopen
):
    fill(ledger, 1)
    sync(replica, ledger)
    first = NOON
    ledger.advance(hours=1)
    ledger.submit(change(0, grant(0), State.HELD, 4))
    ledger.publish()
    sync(replica, ledger)
    for copy in (replica, reopen()):
        then = copy.at(first)
        assert (then.size, then.state(0), then.highest_seq(0)) == (1, State.STANDS, 0)
        assert then.quorum_time == first - timedelta(seconds=1)
        assert then.first_index(leaf_hash(copy.entry(1))) is None
        assert proof.parse(then.proof(0)).note.checkpoint.root == then.root
        assert (copy.state(0), copy.highest_seq(0)) == (State.HELD, 4)
        now = copy.at(first + timedelta(hours=9))
        assert (now.size, now.state(0)) == (2, State.HELD)
        assert now.at(first).size == 1
        assert then.at(first + timedelta(hours=9)).size == 1
        assert copy.at(first - timedelta(hours=1)) is None


def test_a_note_that_does_not_meet_todays_policy_gives_no_time(
    ledger, replica, tmp_path
):
    ledger.witnesses_up = {"w1", "w2"}
    fill(ledger, 1)
    sync(replica, ledger)
    strict = Policy.parse(ledger.policy.replace("witnesses 2", "witnesses 3"))
    again = Replica.open(tmp_path / "replica", origin=ORIGIN, policy=strict)
    assert (again.size, again.quorum_time, again.at(NOON)) == (1, None, None)


def test_what_is_left_of_a_crash_before_the_mark_is_written_over(
    ledger, replica, reopen, monkeypatch
):
    fill(ledger, 10)
    sync(replica, ledger)
    fill(ledger, 10, start=10)

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(replica._files, "save", crash)
        with pytest.raises(KeyboardInterrupt):
            sync(replica, ledger)
    assert (replica.size, replica.state(10)) == (10, State.UNKNOWN)
    assert replica.inclusion(9)
    again = reopen()
    assert again.size == 10
    fill(ledger, 500, start=20)
    assert sync(again, ledger).size == 520
    assert reopen().root == again.root
    assert sync(replica, ledger).size == 520


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("state.cbor", b""),
        ("state.cbor", b"\xa0"),
        ("tile/0/000.p/3", b""),
        ("tile/0/000.p/3", bytes(96)),
        ("tile/entries/000.p/3", b"\0"),
        ("tile/entries/000.p/3", b"\0\0" * 3),
        ("tile/entries/000.p/3", None),
    ],
)
def test_a_damaged_folder_is_not_believed(ledger, tmp_path, reopen, path, data):
    fill(ledger, 3)
    sync(reopen(), ledger)
    target = tmp_path / "replica" / path
    if data is None:
        target.unlink()
    else:
        target.write_bytes(data)
    with pytest.raises(StoreDamagedError):
        reopen().entry(0)


def test_a_folder_of_another_log_is_not_opened(tmp_path, policy, reopen):
    reopen()
    with pytest.raises(StoreDamagedError):
        Replica.open(tmp_path / "replica", origin="other.test", policy=policy)


def test_old_checkpoints_are_thinned_to_one_an_hour(replica, monkeypatch):
    monkeypatch.setattr("wallet.ledger.replica_files.KEPT", 3)
    for seconds in range(0, 3 * 3_600, 900):
        replica._files.keep(seconds, seconds, b"note")
    one_an_hour, newest = [2_700, 6_300, 7_200], [8_100, 9_000, 9_900]
    assert [one[0] for one in replica._files.stored()] == one_an_hour + newest


def test_a_folder_of_the_first_version_is_brought_up(ledger, tmp_path, policy, reopen):
    """It held every change in its mark, and no tiles above level 0."""
    fill(ledger, 300)
    ledger.submit(change(1, grant(1), State.HELD, 1))
    ledger.append(grant(7))
    ledger.publish()
    sync(reopen(), ledger)
    folder = tmp_path / "replica"
    state = decode((folder / "state.cbor").read_bytes())
    assert state.pop(8)
    told = [[300, 1, int(State.HELD), 1, True]]
    (folder / "state.cbor").write_bytes(encode({**state, 0: 1, 7: told}))
    (folder / "changes").unlink()
    shutil.rmtree(folder / "tile/1")
    for _ in range(2):
        copy = reopen()
        assert [copy.state(n) for n in (0, 1, 301)] == [
            State.STANDS,
            State.HELD,
            State.ENDED,
        ]
        assert copy.entry(301) == grant(7)
        assert copy.proof(12)


@pytest.mark.parametrize("harm", ["short", "altered", "gone"])
def test_changes_that_were_altered_are_not_believed(ledger, tmp_path, reopen, harm):
    fill(ledger, 3)
    ledger.submit(change(1, grant(1), State.ENDED, 1))
    ledger.publish()
    sync(reopen(), ledger)
    path = tmp_path / "replica/changes"
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if harm == "short" else data[:-1] + b"\0")
    with pytest.raises(StoreDamagedError):
        reopen().state(1)


def test_what_a_crash_left_behind_the_changes_is_cut_off(ledger, tmp_path, reopen):
    fill(ledger, 3)
    for index in (0, 1):
        ledger.submit(change(index, grant(index), State.ENDED, 1))
        ledger.publish()
        sync(reopen(), ledger)
        path = tmp_path / "replica/changes"
        path.write_bytes(path.read_bytes() + b"x" * 40)
    assert [reopen().state(n) for n in range(3)] == [State(n) for n in (1, 1, 0)]
