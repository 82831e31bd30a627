"""An audit names the entry."""

import pytest

from tests.ledger.entries import grant
from wallet.errors import RefusedError, UnreachableError
from wallet.ledger.audit import Kind, audit
from wallet.ledger.sync import sync


@pytest.fixture
def synced(ledger, replica):
    for number in range(300):
        ledger.submit(grant(number))
    ledger.publish()
    sync(replica, ledger)
    return replica


def named(findings):
    return [(finding.kind, finding.index) for finding in findings]


def test_an_honest_ledger_gives_no_finding(ledger, synced):
    assert audit(synced, ledger) == []
    for number in range(300, 700):
        ledger.submit(grant(number))
    ledger.publish()
    assert audit(synced, ledger) == []


def test_an_altered_entry_is_named(ledger, synced):
    ledger.rewrite(17, b"other")
    ledger.rewrite(280, b"other")
    assert named(audit(synced, ledger)) == [(Kind.ALTERED, 17), (Kind.ALTERED, 280)]


@pytest.mark.parametrize("index", [256, 270, 299])
def test_a_missing_entry_is_named(ledger, synced, index):
    ledger.drop(index)
    assert named(audit(synced, ledger)) == [(Kind.MISSING, index)]


@pytest.mark.parametrize("index", [256, 270, 300])
def test_an_added_entry_is_named(ledger, synced, index):
    ledger.insert(index, b"one more")
    assert named(audit(synced, ledger)) == [(Kind.ADDED, index)]


def test_an_entry_missing_from_a_full_bundle_is_named(ledger, synced):
    whole = ledger.bundle

    def bundle(n, width):
        data = whole(n, width)
        return data if n else data[2 + len(grant(0)) :]

    ledger.bundle = bundle
    assert named(audit(synced, ledger)) == [(Kind.MISSING, 0)]


def test_an_unreadable_bundle_is_altered_throughout(ledger, synced):
    whole = ledger.bundle
    ledger.bundle = lambda n, width: whole(n, width) if n else b"\xff"
    expected = [(Kind.ALTERED, index) for index in range(256)]
    assert named(audit(synced, ledger)) == expected


def test_a_ledger_taken_back_misses_its_newest_entries(ledger, synced):
    del ledger._entries[298:]
    ledger.publish()
    assert named(audit(synced, ledger)) == [(Kind.MISSING, 298), (Kind.MISSING, 299)]


@pytest.mark.parametrize("grow", [0, 4])
def test_a_rewritten_history_comes_with_both_signed_notes(ledger, synced, grow):
    trusted = ledger.checkpoint()
    for number in range(300, 300 + grow):
        ledger.submit(grant(number))
    offered = ledger.fork(at=9)
    findings = audit(synced, ledger)
    assert named(findings) == [(Kind.REWRITTEN, 9), (Kind.ALTERED, 9)]
    assert (findings[0].trusted, findings[0].offered) == (trusted, offered)
    assert synced.is_forked


def test_nobody_there_is_no_finding(ledger, synced):
    ledger.reachable = False
    with pytest.raises(UnreachableError):
        audit(synced, ledger)


def test_a_checkpoint_without_quorum_proves_nothing(ledger, synced):
    ledger.witnesses_up = set()
    ledger.publish()
    with pytest.raises(RefusedError):
        audit(synced, ledger)
