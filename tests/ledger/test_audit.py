"""An audit names the entry."""

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger import fork
from wallet.ledger.audit import Kind, audit
from wallet.ledger.policy import Policy
from wallet.ledger.sync import sync
from wallet.ledger.tiles import encode_bundle
from wallet.verdict import Reason


@pytest.fixture
def synced(ledger, replica):
    for number in range(300):
        ledger.submit(grant(number))
    ledger.publish()
    sync(replica, ledger)
    return replica


def convicts(trusted, offered):
    """Whatever the sizes, the two sides are enough for a stranger."""
    read = fork.parse(fork.write(trusted=trusted, offered=offered))
    assert read.verify(Policy.parse(LedgerSimulator(ORIGIN, NOON).policy).log(ORIGIN))


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
    assert (findings[0].trusted, findings[0].offered[-len(offered) :]) == (
        trusted,
        offered,
    )
    convicts(findings[0].trusted, findings[0].offered)
    assert synced.is_forked


def test_good_files_under_a_checkpoint_of_another_history_are_not_good(ledger, synced):
    """What was signed counts, not what is shown beside it."""
    first, later = grant(9), [grant(number) for number in (300, 301)]
    for entry in later:
        ledger.submit(entry)
    ledger.fork(at=9)
    ledger.rewrite(9, first)
    with pytest.raises(RefusedError) as refused:
        audit(synced, ledger)
    assert refused.value.reason is Reason.MALFORMED


def test_an_altered_entry_past_this_copy_is_not_passed_over(ledger, synced):
    for number in range(300, 305):
        ledger.submit(grant(number))
    ledger.publish()
    ledger.rewrite(302, b"other")
    with pytest.raises(RefusedError) as refused:
        audit(synced, ledger)
    assert refused.value.reason is Reason.MALFORMED


def test_nobody_there_is_no_finding(ledger, synced):
    ledger.reachable = False
    with pytest.raises(UnreachableError):
        audit(synced, ledger)


def test_a_checkpoint_without_quorum_proves_nothing(ledger, synced):
    ledger.witnesses_up = set()
    ledger.publish()
    with pytest.raises(RefusedError):
        audit(synced, ledger)


@pytest.mark.parametrize("grow", [0, 4])
def test_a_history_signed_without_witnesses_still_accuses_its_ledger(
    ledger, synced, grow
):
    trusted = ledger.checkpoint()
    for number in range(300, 300 + grow):
        ledger.submit(grant(number))
    ledger.witnesses_up = set()
    offered = ledger.fork(at=9)
    findings = audit(synced, ledger)
    assert named(findings) == [(Kind.REWRITTEN, 9), (Kind.ALTERED, 9)]
    assert (findings[0].trusted, findings[0].offered[-len(offered) :]) == (
        trusted,
        offered,
    )
    convicts(findings[0].trusted, findings[0].offered)
    assert not synced.is_forked  # nobody but the ledger stands behind that note


def test_an_entry_taken_out_under_a_new_signature_alone_is_named(ledger, synced):
    del ledger._entries[270]
    ledger.witnesses_up = set()
    ledger.publish()
    assert named(audit(synced, ledger)) == [(Kind.REWRITTEN, 270), (Kind.MISSING, 270)]


def test_an_entry_slipped_in_under_a_new_signature_alone_is_named(ledger, synced):
    ledger._entries.insert(270, b"one more")
    ledger.witnesses_up = set()
    ledger.publish()
    assert named(audit(synced, ledger)) == [(Kind.REWRITTEN, 270), (Kind.ADDED, 270)]


class Exact:
    """Serves exactly as many entries as a name says, or none, as a server does."""

    def __init__(self, ledger):
        self.ledger, self.checkpoint = ledger, ledger.checkpoint
        self.tile = ledger.tile

    def bundle(self, n, width):
        held = self.ledger._served[n * 256 : (n + 1) * 256]
        if len(held) < width:
            raise TurnedAwayError(404, "no such bundle")
        return encode_bundle(held[:width])


def test_what_a_strict_server_can_no_longer_serve_is_still_named(ledger, synced):
    ledger.drop(270)
    assert named(audit(synced, Exact(ledger))) == [(Kind.MISSING, 270)]


def test_an_added_entry_does_not_make_the_last_one_missing(ledger, synced):
    ledger.insert(270, b"one more")
    assert named(audit(synced, Exact(ledger))) == [(Kind.ADDED, 270)]


@pytest.mark.parametrize("index", [0, 255, 299])
def test_a_published_hash_that_fits_no_entry_is_named(ledger, synced, index):
    whole = ledger.tile

    def tile(level, n, width):
        data = bytearray(whole(level, n, width))
        if level == 0 and n == index // 256:
            data[index % 256 * 32] ^= 1
        return bytes(data)

    ledger.tile = tile
    assert named(audit(synced, ledger)) == [(Kind.HASH, index)]


def test_a_hash_over_many_entries_is_compared_too(ledger, synced):
    whole = ledger.tile
    ledger.tile = lambda level, n, width: bytes(32) if level else whole(level, n, width)
    assert named(audit(synced, ledger)) == [(Kind.HASH, 0)]


def test_a_tile_that_is_gone_while_its_entries_are_there_is_named(ledger, synced):
    whole = ledger.tile

    def tile(level, n, width):
        if (level, n) == (0, 1):
            raise TurnedAwayError(404, "no such tile")
        return whole(level, n, width)

    ledger.tile = tile
    expected = [(Kind.HASH, index) for index in range(256, 300)]
    assert named(audit(synced, ledger)) == expected
