"""Notes that others were shown are compared; two histories convict."""

import pytest

from tests.ledger.entries import ORIGIN, grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger import fork
from wallet.ledger.checkpoint import LOG_KIND, vkey_for
from wallet.ledger.gossip import hear
from wallet.ledger.sync import sync


@pytest.fixture
def synced(ledger, replica):
    for size in range(1, 4):
        ledger.submit(grant(size))
        ledger.publish()
        ledger.advance(seconds=10)
        sync(replica, ledger)
    return replica


def test_what_everybody_was_shown_fits(ledger, synced):
    assert all(hear(synced, note) for note in ledger.notes)
    ledger.submit(grant(9))
    assert hear(synced, ledger.publish()) is False
    assert not synced.is_forked


@pytest.mark.parametrize("witnesses", [set(), {"w1", "w2"}])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_another_history_convicts_at_whatever_size(ledger, synced, size, witnesses):
    other = LedgerSimulator(ORIGIN, ledger.now)
    other.witnesses_up = witnesses
    for number in range(size):
        other.submit(grant(100 + number))
    with pytest.raises(LedgerForkedError) as forked:
        hear(synced, other.publish())
    file = fork.write(trusted=forked.value.trusted, offered=forked.value.offered)
    assert fork.parse(file).verify(vkey_for(ORIGIN, LOG_KIND, ledger.key.public))
    assert synced.is_forked is bool(witnesses)


@pytest.mark.parametrize("how", ["another log", "nobody signed", "no note"])
def test_a_note_that_the_ledger_never_signed_accuses_nobody(ledger, synced, how):
    other = LedgerSimulator("ledger.test/x", ledger.now)
    note = {
        "another log": other.publish(),
        "nobody signed": ledger.checkpoint().replace(b"\n3\n", b"\n2\n"),
        "no note": b"x",
    }[how]
    with pytest.raises(RefusedError):
        hear(synced, note)
    assert not synced.is_forked
