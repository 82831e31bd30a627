"""A copy holds every logged status root against its own states."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.conftest import NOON
from tests.ledger.entries import ORIGIN, grant
from tests.support.status_log import STEPS, History, MirroredLedger, root_entry
from wallet.ledger.audit import Kind, audit
from wallet.ledger.entry import State
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync


@pytest.fixture
def ledger():
    made = MirroredLedger(NOON)
    made.history.add(grant(0))
    return made


@pytest.fixture
def open_copy(tmp_path, ledger):
    policy = Policy.parse(ledger.policy)
    return lambda: Replica.open(tmp_path / "copy", origin=ORIGIN, policy=policy)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=4))
def test_exactly_the_wrong_roots_are_found(rounds):
    history, wrong = History(), []
    for steps, honest in rounds:
        history.play(steps)
        index = history.root(wrong=None if honest else b"w" * 32)
        wrong += [] if honest else [index]
    assert history.log.wrong_roots == tuple(wrong)


def test_a_wrong_root_is_remembered_and_changes_no_state(ledger, open_copy):
    ledger.publish()
    ledger.history.change(0, State.ENDED, 1)
    ledger.publish(wrong=b"w" * 32)
    copy = open_copy()
    sync(copy, ledger)
    assert copy.wrong_roots == (3,)
    assert copy.state(0) is State.ENDED
    ledger.publish()
    sync(copy, ledger)
    again = open_copy()
    assert again.wrong_roots == (3,)
    assert again.state(0) is State.ENDED
    assert again.status_root() == copy.status_root()


def test_an_audit_names_a_wrong_root_beside_what_else_differs(ledger, open_copy):
    ledger.publish(wrong=b"w" * 32)
    copy = open_copy()
    sync(copy, ledger)
    named = [(one.kind, one.index) for one in audit(copy, ledger)]
    assert named == [(Kind.STATUS_ROOT, 1)]
    ledger.rewrite(0, b"other")
    named = [(one.kind, one.index) for one in audit(copy, ledger)]
    assert named == [(Kind.ALTERED, 0), (Kind.STATUS_ROOT, 1)]


def test_a_root_entry_that_does_not_verify_says_nothing(ledger, open_copy):
    history = ledger.history
    history.add(root_entry(9, b"w" * 32))  # covers what is not there yet
    history.add(root_entry(2, b"w" * 32, origin="ledger.test/other"))
    history.add(root_entry(3, b"w" * 32)[:-1] + b"\0")
    ledger.publish()
    copy = open_copy()
    sync(copy, ledger)
    assert copy.wrong_roots == ()
    assert history.log.wrong_roots == ()


def test_a_root_that_comes_too_late_is_wrong_for_what_it_covers(ledger, open_copy):
    before = ledger.history.log.root()
    ledger.history.change(0, State.ENDED, 1)
    ledger.publish(wrong=before)
    copy = open_copy()
    sync(copy, ledger)
    assert copy.wrong_roots == (2,)
