"""Notes that were heard are compared at once, or after the next sync."""

import pytest

from tests.ledger.entries import ORIGIN, grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.heard import Heard
from wallet.ledger.sync import sync


@pytest.fixture
def heard(tmp_path):
    return Heard(tmp_path / "heard")


@pytest.fixture
def synced(ledger, replica):
    ledger.submit(grant(0))
    ledger.publish()
    sync(replica, ledger)
    return replica


def kept(tmp_path):
    return len([*(tmp_path / "heard").glob("*")])


def test_a_note_ahead_waits_for_the_sync_and_then_fits(ledger, synced, heard, tmp_path):
    ledger.submit(grant(1))
    heard.take(synced, ledger.publish())
    heard.take(synced, ledger.publish())
    assert kept(tmp_path) == 1
    heard.compare(synced)
    assert kept(tmp_path) == 1
    sync(synced, ledger)
    heard.compare(synced)
    assert kept(tmp_path) == 0


@pytest.mark.parametrize("witnesses", [set(), {"w1", "w2", "w3"}])
def test_another_history_is_found_out_at_once_or_later_and_stays(
    ledger, synced, heard, tmp_path, witnesses
):
    other = LedgerSimulator(ORIGIN, ledger.now)
    other.witnesses_up = witnesses
    other.submit(grant(7))
    with pytest.raises(LedgerForkedError):
        heard.take(synced, other.publish())
    assert kept(tmp_path) == 1
    other.submit(grant(8))
    heard.take(synced, other.publish())  # ahead: nothing can be told yet
    if not witnesses:
        ledger.submit(grant(2))
        ledger.publish()
        sync(synced, ledger)
    for _ in range(2):
        with pytest.raises(LedgerForkedError):
            heard.compare(synced)
    assert kept(tmp_path) == 2


def test_nothing_that_the_ledger_did_not_sign_is_kept(synced, heard, tmp_path):
    other = LedgerSimulator("ledger.test/x", synced.quorum_time)
    for data in (b"", b"x", other.publish()):
        with pytest.raises(RefusedError):
            heard.take(synced, data)
    assert kept(tmp_path) == 0


def test_no_more_than_a_few_are_kept(ledger, synced, heard, tmp_path):
    for number in range(1, 40):
        ledger.submit(grant(number))
        heard.take(synced, ledger.publish())
    assert kept(tmp_path) == 16
