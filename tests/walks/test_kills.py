"""A wallet killed at any point of a share or a withdrawal goes on with the same bytes.

Real processes throughout: the command ends itself with SIGKILL, the next one resumes.
"""

import signal
import time

import pytest

from tests.support.standing_world import (
    done,
    killed_at,
    say,
    settled,
    vault,
)
from wallet.errors import RefusedError
from wallet.ledger.entry import leaf_hash, parse_entry
from wallet.vault import grants

SIGNING = "wallet.actions.patient.sharing:_issue:after"
RELEASING = "wallet.actions.patient.holding:release:after"
TO_SHARE = [
    pytest.param(
        "wallet.cli.sharing:write_whole:before", id="signed, file not written"
    ),
    pytest.param(
        "wallet.actions.live_network:LiveNetwork.submit:before",
        id="signed, entry not sent",
    ),
    pytest.param(
        "wallet.actions.live_network:LiveNetwork.submit:after",
        id="entry sent, index not kept",
    ),
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.deposit:before",
        id="index kept, package not put",
    ),
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.deposit:after",
        id="package put, not written down",
    ),
    pytest.param(
        "wallet.ledger.replica:Replica.proof:before", id="covered, proof not kept"
    ),
]
TO_END = [
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.notice:before",
        id="change sent, notice not sent",
    ),
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.notice:after",
        id="notice sent, answer not kept",
    ),
    pytest.param(
        "wallet.actions.live_network:LiveNetwork.submit:before",
        id="signed, change not sent",
    ),
    pytest.param(
        "wallet.actions.live_network:LiveNetwork.submit:after",
        id="change sent, index not kept",
    ),
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.order:before",
        id="ended, relay not cleared",
    ),
    pytest.param(
        "wallet.ledger.relay_client:RelayClient.order:after",
        id="relay cleared, not written down",
    ),
]
SIGNED = ("signed", "entry", "manifest", "grant_file", "offline_file", "put_order")


@pytest.fixture(scope="module")
def noor(standing_world, tmp_path_factory):
    return standing_world.wallet(tmp_path_factory.mktemp("noor"))


@pytest.fixture(scope="module")
def issue(standing_world):
    card = standing_world.world.new.card
    return ("grant", "issue", "--to", card, "--scope", "everything", "--days", "9")


def ids(party):
    return {one["id"] for one in done(party, "grant", "list")["grants"]}


def row_of(party, grant):
    """What the vault keeps of a permission."""
    with vault(party) as wallet:
        for row in grants.permissions(wallet.store, person=0):
            if row.signed.find(bytes.fromhex(grant)) >= 0:
                return row
    raise AssertionError("no such permission")


def logged(party, origin, leaf):
    """How often an entry stands in the ledger, and how often it was changed."""
    with vault(party) as wallet:
        copy = wallet.network.replica(origin)
        every = copy.entries(0, copy.size)
    index = next(n for n, entry in enumerate(every) if leaf_hash(entry) == leaf)
    changes = 0
    for entry in every:
        try:
            read = parse_entry(entry, origin=origin)
        except RefusedError:
            continue
        changes += read.name == "status" and read.change.index == index
    return sum(leaf_hash(entry) == leaf for entry in every), changes


def kill(point, party, *words):
    ended = killed_at(point, party, *words)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert ended.stdout == b""


def test_killed_before_the_vault_has_it_nothing_was_shared(noor, issue, tmp_path):
    before = ids(noor)
    kill(SIGNING, noor, *issue, "--out", tmp_path / "grant")
    assert ids(noor) == before
    assert not (tmp_path / "grant").exists()
    with vault(noor) as wallet:
        kept = {row.package for row in grants.permissions(wallet.store, person=0)}
        assert {path.name for path in wallet.outbox_folder.iterdir()} - kept
    done(noor, "sync")
    with vault(noor) as wallet:
        assert {path.name for path in wallet.outbox_folder.iterdir()} <= kept


def test_what_waits_on_purpose_keeps_its_moment_and_goes_when_it_is_told(
    noor, issue, tmp_path
):
    assert done(noor, "grant", "delay", "1440")["minutes"] == 1_440
    try:
        for turn in range(3):  # none whose moment may come while this test lasts
            before = ids(noor)
            kill(TO_SHARE[0].values[0], noor, *issue, "--out", tmp_path / f"{turn}")
            (mine,) = ids(noor) - before
            held = row_of(noor, mine)
            if held.held_until - time.time() > 600:
                break
        done(noor, "sync")
        after = row_of(noor, mine)
        assert (after.held_until, after.entry_index) == (held.held_until, None)
        shown = done(noor, "grant", "show", mine)
        assert (shown["state"], shown["pending"]) == ("waiting", "issue")
        assert shown["held_until"] is not None
        kill(RELEASING, noor, "grant", "send", mine)
        assert settled(noor, mine)["state"] == "in_force"
        assert say(noor, "grant", "send", mine).code == 2
        again = say(noor, *issue, "--out", tmp_path / "grant")
        assert again.code == 3
        assert "waits on purpose" in again.data["sentence"]
        # Its file is in other hands: the end does not wait, and takes it along.
        ended = done(noor, "grant", "withdraw", again.data["id"])
        assert ended["state"] == "withdrawn"
        assert ended["entry"]["index"] is not None
    finally:
        assert done(noor, "grant", "delay", "0")["minutes"] == 0


@pytest.mark.parametrize("point", TO_SHARE)
def test_a_share_goes_on_with_the_same_bytes(noor, issue, tmp_path, point):
    before = ids(noor)
    kill(point, noor, *issue, "--out", tmp_path / "grant")
    (mine,) = ids(noor) - before
    held = row_of(noor, mine)
    assert done(noor, "grant", "show", mine)["state"] in ("waiting", "in_force")
    assert settled(noor, mine)["state"] == "in_force"
    after = row_of(noor, mine)
    assert [getattr(after, name) for name in SIGNED] == [
        getattr(held, name) for name in SIGNED
    ]
    assert after.deposited_at is not None
    assert logged(noor, held.origin, held.leaf) == (1, 0)
    again = tmp_path / "again"
    done(noor, "grant", "show", mine, "--out", again)
    assert again.read_bytes() == held.grant_file


@pytest.mark.parametrize("point", TO_END)
def test_a_withdrawal_goes_on_with_the_same_bytes(noor, issue, tmp_path, point):
    mine = done(noor, *issue, "--out", tmp_path / "grant")["id"]
    kill(point, noor, "grant", "withdraw", mine, "--out", tmp_path / "stop")
    held = row_of(noor, mine)
    assert (tmp_path / "stop").read_bytes().endswith(held.notice)
    assert say(noor, "grant", "withdraw", mine).code == 2  # signed once
    assert settled(noor, mine)["state"] == "withdrawn"
    done(noor, "sync")
    after = row_of(noor, mine)
    assert after.notice == held.notice
    assert held.end_entry in (None, after.end_entry)
    assert after.cleared_at is not None
    assert after.package is None
    assert logged(noor, held.origin, held.leaf) == (1, 1)
