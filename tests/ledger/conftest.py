"""A simulated ledger, and entries to put into it."""

from datetime import UTC, datetime

import pytest

from tests.support.ledger_simulator import LedgerSimulator
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica

ORIGIN = "ledger.test/demo"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def ledger():
    return LedgerSimulator(ORIGIN, NOON)


@pytest.fixture
def policy(ledger):
    return Policy.parse(ledger.policy)


@pytest.fixture
def replica(tmp_path, policy):
    return Replica.open(tmp_path / "replica", origin=ORIGIN, policy=policy)


@pytest.fixture
def reopen(tmp_path, policy):
    return lambda: Replica.open(tmp_path / "replica", origin=ORIGIN, policy=policy)
