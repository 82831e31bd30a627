"""The ledgers a home follows: one that lies keeps no other from being read."""

from types import SimpleNamespace

import pytest

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.wallets import NOON
from wallet.actions.live_network import LiveNetwork
from wallet.actions.patient.network import verify
from wallet.actions.patient.unconnected import Unconnected
from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    UnreachableError,
    UsageError,
)
from wallet.ledger import sources
from wallet.ledger.sync import SyncAnswer
from wallet.verdict import Reason


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A home that follows two ledgers, and what became of each sync."""
    one, two = (LedgerSimulator(f"{name}.test/log", NOON) for name in ("one", "two"))
    logs = [line for line in two.policy.split("\n") if line.startswith("log ")]
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "ledger.policy").write_text("\n".join([*logs, one.policy]))
    (trust / "boards.policy").write_text("")
    (trust / "ledger.url").write_text("http://127.0.0.1:9\n")
    network, asked, faults = LiveNetwork(tmp_path), [], {}

    def sync(replica, _client, **_):
        asked.append(replica.origin)
        if replica.origin in faults:
            raise faults[replica.origin]
        return SyncAnswer(size=0, added=0, quorum_time=None)

    monkeypatch.setattr(sources, "sync", sync)
    yield network, asked, faults
    network.close()


FORK = LedgerForkedError(trusted=b"a", offered=b"b")


def test_a_fork_of_one_ledger_keeps_no_other_from_being_read(made):
    network, asked, faults = made
    first, second = network.origins
    faults[first] = FORK
    with pytest.raises(LedgerForkedError):
        network.sync()
    assert asked == [first, second]


def test_a_fork_outweighs_an_odd_answer_wherever_it_comes(made):
    network, asked, faults = made
    first, second = network.origins
    faults[first] = RefusedError(Reason.SIGNATURE_WRONG, "note")
    faults[second] = FORK
    with pytest.raises(LedgerForkedError):
        network.sync()
    assert asked == [first, second]
    del faults[second]
    with pytest.raises(UnreachableError):
        network.sync()


def test_a_server_that_is_away_is_asked_once(made):
    network, asked, faults = made
    first, _ = network.origins
    faults[first] = UnreachableError("ledger")
    with pytest.raises(UnreachableError):
        network.sync()
    assert asked == [first]


def test_a_policy_without_witnesses_is_told(made, tmp_path):
    network, _, _ = made
    assert not network.is_unwitnessed
    one = LedgerSimulator("one.test/log", NOON)
    (tmp_path / "trust/ledger.policy").write_text(one.policy_without_quorum)
    other = LiveNetwork(tmp_path)
    assert other.is_unwitnessed
    other.close()


def test_who_follows_no_ledger_is_told_nothing_good_about_one():
    with pytest.raises(UsageError):
        verify(SimpleNamespace(network=Unconnected()))
