"""A wrong status root is told once and plainly, and no answer follows it."""

import json
from types import SimpleNamespace

import pytest

from tests.ledger.entries import grant
from tests.support.relay_world import at
from tests.support.status_log import ORIGIN, MirroredLedger
from wallet.actions import auditor
from wallet.actions.live_network import LiveNetwork
from wallet.actions.patient import network
from wallet.cli.main import main
from wallet.ledger.audit import Kind
from wallet.ledger.entry import State
from wallet.ledger.following import Following
from wallet.ledger.sync import sync
from wallet.verdict import Reason, Status


@pytest.fixture
def ledger():
    made = MirroredLedger(at())
    made.history.add(grant(0))
    made.publish()
    return made


@pytest.fixture
def home(tmp_path, ledger, monkeypatch):
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "ledger.policy").write_text(ledger.policy)
    (trust / "boards.policy").write_text("")
    (trust / "ledger.url").write_text("http://127.0.0.1:9\n")
    monkeypatch.setattr(Following, "source", lambda _self, _origin: ledger)
    return tmp_path


def verified(home, capsys):
    code = main(["--home", str(home), "--json", "ledger", "verify"])
    return code, json.loads(capsys.readouterr().out)


def test_an_auditor_is_told_of_a_wrong_root_and_goes_on_reading(home, ledger, capsys):
    assert verified(home, capsys)[0] == 0
    ledger.history.change(0, State.ENDED, 1)
    ledger.publish(wrong=b"w" * 32)
    for _ in range(2):  # read in, and remembered
        code, said = verified(home, capsys)
        assert (code, said["reason"]) == (1, "status_unproved")
        assert said["findings"] == [
            {"origin": ORIGIN, "kind": "status_root", "index": 3}
        ]
    ledger.publish()
    code, said = verified(home, capsys)
    assert (code, said["ledgers"][0]["size"]) == (1, 5)
    assert main(["--home", str(home), "ledger", "verify"]) == 1
    assert "go by their own count" in capsys.readouterr().out


def test_a_second_history_is_worse_than_a_wrong_root(home, ledger):
    ledger.publish(wrong=b"w" * 32)
    audits = auditor.verify_ledgers(home)
    assert auditor.reason_of(audits) is Reason.STATUS_UNPROVED
    ledger.rewrite(0, b"other")
    audits = auditor.verify_ledgers(home)
    assert auditor.reason_of(audits) is Reason.LEDGER_FORKED
    assert auditor.reason_of([]) is Reason.GO_AHEAD


def test_a_wallet_says_whose_count_it_goes_by(home, ledger):
    followed = LiveNetwork(home)
    copy = followed.replica(ORIGIN)
    wallet = SimpleNamespace(network=followed)
    ledger.history.change(0, State.HELD, 1)
    ledger.publish(wrong=b"w" * 32)
    sync(copy, ledger)
    told = network.verify(wallet)
    assert (told.status, told.verdict.reason) == (
        Status.STOP,
        Reason.STATUS_UNPROVED,
    )
    assert told.sentence.endswith("This computer goes by its own.")
    assert [one.kind for one in told.findings] == ["status_root"]
    assert copy.state(0) is State.HELD
    ledger.reachable = False  # what was read and found wrong stays so
    assert network.verify(wallet).findings == told.findings
    ledger.reachable = True
    ledger.rewrite(0, b"other")
    told = network.verify(wallet)
    assert told.verdict.reason is Reason.LEDGER_FORKED
    assert set(network._SAID) == set(Kind)
    followed.close()
