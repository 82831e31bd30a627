"""Two parties meet: the checkpoints beside their files are compared."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.ledger.entries import ORIGIN, grant
from tests.support.ledger_servers import run
from tests.support.ledger_simulator import LedgerSimulator
from wallet.actions import auditor, encounter
from wallet.actions.live_network import LiveNetwork
from wallet.errors import LedgerForkedError
from wallet.ledger import fork
from wallet.ledger.checkpoint import LOG_KIND, vkey_for
from wallet.ledger.replica import Replica
from wallet.ledger.sources import origin_hash
from wallet.ledger.sync import sync
from wallet.verdict import Reason, Verdict

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def shown(*entries):
    ledger = LedgerSimulator(ORIGIN, NOON)
    for entry in entries:
        ledger.submit(entry)
    ledger.publish()
    return ledger


def home_of(folder, ledger):
    """A home whose copy stands where *ledger* left it."""
    trust = folder / "trust"
    trust.mkdir(parents=True)
    (trust / "ledger.policy").write_text(ledger.policy)
    (trust / "boards.policy").write_text("")
    (trust / "ledger.url").write_text("http://127.0.0.1:9")
    with closing(LiveNetwork(folder)) as network:
        sync(network.replica(ORIGIN), ledger)
    return folder


@pytest.fixture
def maya(tmp_path):
    with closing(LiveNetwork(home_of(tmp_path / "maya", shown(grant(1))))) as made:
        yield made


@pytest.fixture
def file(tmp_path):
    return tmp_path / "grant.hwgrant"


def clinic(tmp_path, *entries):
    return closing(LiveNetwork(home_of(tmp_path / "clinic", shown(*entries))))


def test_two_who_were_shown_the_same_hear_nothing_new(tmp_path, maya, file):
    encounter.leave(maya, ORIGIN, file)
    with clinic(tmp_path, grant(1), grant(2)) as desk:
        assert not encounter.fork_heard(desk, file)


def test_two_who_were_shown_two_histories_find_out_when_they_meet(tmp_path, maya, file):
    encounter.leave(maya, ORIGIN, file)
    with clinic(tmp_path, grant(7)) as desk:
        assert encounter.fork_heard(desk, file)
        assert desk.replica(ORIGIN).is_forked
        with pytest.raises(LedgerForkedError):
            encounter.hear(desk, file)
        signed = vkey_for(ORIGIN, LOG_KIND, shown().key.public)
    files = auditor.evidence(tmp_path / "clinic", [])
    assert [fork.parse(data).verify(signed) for data in files] == [True]


def test_a_file_that_came_alone_is_as_good_as_ever(tmp_path, maya, file):
    assert not encounter.fork_heard(maya, file)
    encounter.leave(maya, "ledger.test/unknown", file)
    assert not encounter.fork_heard(maya, file)
    for junk in (b"", b"junk", shown().checkpoint().replace(b"/demo", b"/x")):
        file.with_name("grant.hwgrant.checkpoint").write_bytes(junk)
        assert not encounter.fork_heard(maya, file)
    encounter.leave(maya, ORIGIN, file)
    assert not encounter.fork_heard(maya, file)


class Relay:
    """A relay that was shown another history than the wallet."""

    def __init__(self, ledger):
        self.ledger = ledger

    def get(self, url, *, cap):
        assert url.endswith(f"/v1/checkpoints/{origin_hash(ORIGIN)}")
        return self.ledger.checkpoint()


@pytest.mark.parametrize(("seen", "forked"), [(grant(1), False), (grant(9), True)])
def test_a_relay_that_was_met_is_compared_at_the_sync(maya, monkeypatch, seen, forked):
    relay = maya.relay("http://relay.test")
    monkeypatch.setattr(relay, "_transport", Relay(shown(seen)))
    monkeypatch.setattr(maya, "_sync", lambda *_: None)
    if forked:
        with pytest.raises(LedgerForkedError):
            maya.sync()
    else:
        maya.sync()
    assert maya.replica(ORIGIN).is_forked is forked


def test_a_known_no_beats_a_fork_and_a_fork_beats_everything_else():
    for reason in (Reason.GO_AHEAD, Reason.COPY_TOO_OLD):
        verdict = encounter.outweighed(Verdict(reason=reason), forked=True)
        assert verdict.reason is Reason.LEDGER_FORKED
    no = Verdict(reason=Reason.WITHDRAWN)
    assert encounter.outweighed(no, forked=True) == no
    assert encounter.outweighed(Verdict(reason=Reason.GO_AHEAD), forked=False) == (
        Verdict(reason=Reason.GO_AHEAD)
    )


def test_what_a_home_stands_on_is_what_it_leaves(tmp_path, maya, file):
    encounter.leave(maya, ORIGIN, file)
    note = file.with_name("grant.hwgrant.checkpoint").read_bytes()
    copy = Replica.open(
        tmp_path / "third", origin=ORIGIN, policy=maya.replica(ORIGIN).policy
    )
    assert copy.check(note)[0].checkpoint.size == 1


@pytest.mark.parametrize("witnesses", [set(), {"w1", "w2"}])
def test_the_evidence_of_a_meeting_convicts_before_a_stranger(
    tmp_path, maya, file, witnesses
):
    other = LedgerSimulator(ORIGIN, NOON)
    other.witnesses_up = witnesses
    other.submit(grant(7))
    file.with_name("grant.hwgrant.checkpoint").write_bytes(other.publish())
    assert encounter.fork_heard(maya, file)
    kept = tmp_path / "evidence"
    home = ("--home", str(tmp_path / "maya"))  # and the ledger answers no more
    code, said = run(*home, "ledger", "verify", "--evidence", str(kept))
    assert (code, said["reason"], said["evidence"]) == (1, "ledger_forked", [str(kept)])
    policy = str(tmp_path / "maya/trust/ledger.policy")
    code, said = run("verify", str(kept), "--policy", policy)
    assert (code, said["kind"], said["reason"]) == (1, "fork", "ledger_forked")
