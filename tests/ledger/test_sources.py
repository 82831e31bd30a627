"""Several places serve one log; who is passed over, and what ends the matter."""

import pytest

from tests.ledger.entries import ORIGIN, grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.ledger.policy import Policy
from wallet.ledger.sources import mirror_prefix, sync_any
from wallet.verdict import Reason


def another(ledger, *entries):
    made = LedgerSimulator(ORIGIN, ledger.now)
    for entry in entries:
        made.submit(entry)
    made.publish()
    return made


@pytest.fixture
def synced(ledger, replica):
    ledger.submit(grant(0))
    ledger.publish()
    sync_any(replica, [ledger])
    return replica


def test_who_is_away_is_passed_over(ledger, synced):
    mirror = another(ledger, grant(0), grant(1))
    ledger.reachable = False
    assert sync_any(synced, [ledger, mirror]).added == 1
    mirror.reachable = False
    with pytest.raises(UnreachableError):
        sync_any(synced, [ledger, mirror])
    with pytest.raises(UnreachableError):
        sync_any(synced, [])


def test_who_is_behind_or_shows_no_quorum_is_passed_over(ledger, synced):
    mirror = another(ledger, grant(0), grant(1))
    ledger.witnesses_up = {"w1"}
    ledger.submit(grant(1))
    ledger.submit(grant(2))
    ledger.publish()
    assert sync_any(synced, [ledger, mirror]).size == 2
    old = another(ledger, grant(0))
    assert sync_any(synced, [old, ledger]).reason is Reason.COPY_TOO_OLD


def test_who_serves_other_bytes_than_were_signed_is_passed_over(ledger, synced):
    mirror = another(ledger, grant(0), grant(1))
    ledger.submit(grant(1))
    ledger.publish()
    ledger.rewrite(1, b"other")
    assert sync_any(synced, [ledger, mirror]).added == 1
    ledger.submit(grant(2))
    ledger.publish()
    ledger.rewrite(2, b"other")
    with pytest.raises(RefusedError):
        sync_any(synced, [ledger])


def test_a_second_history_under_quorum_ends_the_matter(ledger, synced):
    forked = another(ledger, grant(7))
    longer = another(ledger, grant(0), grant(1))
    with pytest.raises(LedgerForkedError):
        sync_any(synced, [forked, longer])
    assert synced.is_forked


def test_mirrors_are_those_a_policy_groups_so(ledger):
    lines = ledger.policy.splitlines()
    vkey = lines[1].split()[2]
    assert Policy.parse(ledger.policy).mirrors == ()
    alone = "\n".join(
        [
            lines[0],
            f"witness m {vkey} http://m.test/",
            "group mirrors any m",
            "quorum m",
        ]
    )
    (mirror,) = Policy.parse(alone + "\n").mirrors
    prefix = mirror_prefix(mirror.url, "example.com/log")
    assert prefix.startswith("http://m.test/")
    assert len(prefix) == len("http://m.test/") + 64
