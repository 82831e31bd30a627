"""The relay's copy: looked after from outside, never in the way of a withdrawal."""

import threading
from datetime import UTC, datetime

import pytest

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.world import NOON
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.keys.signing import Signer
from wallet.ledger import proof
from wallet.ledger.entry import State, build_grant, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.tree import Tree
from wallet.server.relay.copy import RelayCopy
from wallet.verdict import Reason

ORIGIN = "ledger.test/copy"


class Watched:
    """A source that notes whether the lock was held while it was asked."""

    def __init__(self, ledger, lock):
        self.ledger, self.lock, self.held = ledger, lock, []

    def checkpoint(self):
        self.held.append(self.lock.locked())
        return self.ledger.checkpoint()

    def bundle(self, n, width):
        self.held.append(self.lock.locked())
        return self.ledger.bundle(n, width)


@pytest.fixture
def ledger():
    return LedgerSimulator(ORIGIN, datetime.fromtimestamp(NOON, tz=UTC))


def entry(number):
    signer = Signer.from_seed(number.to_bytes(32, "big"))
    return build_grant(
        signer,
        origin=ORIGIN,
        commitment=bytes(32),
        control_public=signer.public,
        nonce=bytes(16),
    )


def copy_of(ledger, folder):
    lock = threading.Lock()
    source = Watched(ledger, lock)
    policy = Policy.parse(ledger.policy)
    replica = Replica.open(folder, origin=ORIGIN, policy=policy)
    return RelayCopy(replica, source, lock), source


def test_a_look_fetches_outside_the_lock_and_takes_up_inside(ledger, tmp_path):
    copy, source = copy_of(ledger, tmp_path)
    for number in range(300):
        ledger.submit(entry(number))
    ledger.publish()
    copy.look()
    assert (copy.origin, copy.size, copy.is_forked) == (ORIGIN, 300, False)
    assert copy.quorum_time is not None
    assert copy.first_index(leaf_hash(entry(299))) == 299
    assert copy.state(299) is State.STANDS
    assert source.held
    assert not any(source.held)


def test_a_ledger_that_does_not_answer_leaves_the_copy_as_it_was(ledger, tmp_path):
    copy, _ = copy_of(ledger, tmp_path)
    ledger.submit(entry(0))
    ledger.publish()
    copy.look()
    ledger.reachable = False
    with pytest.raises(UnreachableError):
        copy.look()
    ledger.reachable, ledger.witnesses_up = True, {"w1"}
    ledger.submit(entry(1))
    ledger.publish()
    copy.look()
    assert copy.size == 1


def test_a_size_is_not_believed_before_its_signatures(ledger, tmp_path):
    copy, source = copy_of(ledger, tmp_path)
    ledger.submit(entry(0))
    ledger.publish()
    ledger.witnesses_up = {"w1"}
    ledger._note = ledger.sign(1 << 60, bytes(32))
    copy.look()
    ledger.key = Signer.from_seed(bytes(32))
    ledger._note = ledger.sign(1 << 60, bytes(32))
    with pytest.raises(RefusedError):
        copy.look()
    assert ledger.asked == ["checkpoint"] * 2
    assert len(source.held) == 2
    assert copy.size == 0


def test_a_proof_is_judged_by_the_policy_and_by_this_copy(ledger, tmp_path):
    copy, _ = copy_of(ledger, tmp_path)
    leaves = [leaf_hash(entry(number)) for number in range(5)]
    for number in range(3):
        ledger.submit(entry(number))
    ledger.publish()
    copy.look()

    def shown(size, index, tree):
        note = ledger.sign(size, tree.root(size))
        return proof.write(index, tree.inclusion(index, size), note)

    tree = Tree(leaves)
    for size in (2, 3, 5):  # older than this copy, as old, newer
        assert copy.check_proof(shown(size, 1, tree), leaf=leaves[1]) == 1
    assert not copy.is_forked
    with pytest.raises(RefusedError) as refused:
        copy.check_proof(shown(3, 1, tree), leaf=leaves[0])
    assert refused.value.reason is Reason.RELEASE_REFUSED
    other = Tree([leaf_hash(b"other"), *leaves[1:]])
    with pytest.raises(RefusedError) as refused:
        copy.check_proof(shown(2, 1, other), leaf=leaves[1])
    assert refused.value.reason is Reason.LEDGER_FORKED
    assert copy.is_forked


def test_another_history_is_remembered(ledger, tmp_path):
    copy, _ = copy_of(ledger, tmp_path)
    for number in range(3):
        ledger.submit(entry(number))
    ledger.publish()
    copy.look()
    ledger.fork(at=1)
    with pytest.raises(LedgerForkedError):
        copy.look()
    assert copy.is_forked
