"""Putting an entry into a ledger that is busy, or silent for a moment."""

import pytest

from tests.support.clinic_world import Clock
from tests.support.world import ORIGIN
from wallet.actions.waiting import Waiting, log_entry
from wallet.errors import (
    BusyError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.ledger.entry import leaf_hash
from wallet.verdict import Reason

ENTRY = b"an entry"
BUSY = BusyError("ledger", "too few witnesses have answered yet")
SILENT = UnreachableError("ledger", "ReadTimeoutError")


class Copy:
    size = 0

    def first_index(self, leaf):
        return 0 if leaf == leaf_hash(ENTRY) else None


class Ledgers:
    """Answers each call with the next fault it was told, then as it should."""

    def __init__(self, *, submits=(), syncs=()):
        self.submits, self.syncs, self.copy = list(submits), list(syncs), Copy()
        self.asked = 0

    def submit(self, origin, entry):
        assert (origin, entry) == (ORIGIN, ENTRY)
        self.asked += 1
        if self.submits:
            raise self.submits.pop(0)
        return 0

    def sync(self):
        if self.syncs:
            raise self.syncs.pop(0)
        self.copy.size = 1

    def view(self, origin):
        return self.copy if origin == ORIGIN else None


def log(ledgers, *, patience=5):
    clock = Clock()
    waiting = Waiting(clock=clock, pause=clock.tick, patience=patience)
    return log_entry(ledgers, origin=ORIGIN, entry=ENTRY, waiting=waiting)


@pytest.mark.parametrize("submits", [[BUSY] * 5, [SILENT] * 2, [SILENT, BUSY, SILENT]])
def test_a_busy_ledger_is_asked_as_long_as_there_is_patience(submits):
    ledgers = Ledgers(submits=submits)
    assert log(ledgers).index == 0
    assert ledgers.asked == len(submits) + 1


def test_a_ledger_that_is_busy_for_too_long_is_not_waited_for():
    ledgers = Ledgers(submits=[BUSY] * 50)
    with pytest.raises(BusyError):
        log(ledgers)
    assert ledgers.asked == 6


def test_a_ledger_that_says_nothing_is_asked_three_times():
    ledgers = Ledgers(submits=[SILENT] * 50)
    with pytest.raises(UnreachableError):
        log(ledgers, patience=60)
    assert ledgers.asked == 3


def test_a_ledger_that_refuses_an_entry_is_asked_once():
    ledgers = Ledgers(submits=[TurnedAwayError(403, "no")])
    with pytest.raises(UnreachableError):
        log(ledgers)
    assert ledgers.asked == 1


def test_a_ledger_that_falls_silent_once_it_has_the_entry_is_looked_at_again():
    assert log(Ledgers(syncs=[SILENT] * 4)).index == 0


def test_an_entry_of_a_ledger_that_stays_silent_is_not_said_to_stand():
    with pytest.raises(UnreachableError):
        log(Ledgers(syncs=[SILENT] * 50))


def test_an_entry_that_no_checkpoint_covers_in_time_is_not_said_to_stand():
    ledgers = Ledgers()
    ledgers.sync = lambda: None
    with pytest.raises(RefusedError) as refused:
        log(ledgers)
    assert refused.value.reason is Reason.NOT_IN_COPY
