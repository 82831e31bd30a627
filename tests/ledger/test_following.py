"""Which logs a home follows: what a link can do, and what only the trust file can."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.ledger_simulator import LedgerSimulator, signer_of
from tests.support.shards import LATER, NEW, OLD, OPERATOR, SimulatedShard, root_by
from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import build_receipt, build_status_root
from wallet.ledger.fetch import Http
from wallet.ledger.following import Following, sibling_url
from wallet.ledger.policy import Policy
from wallet.ledger.shard_link import Relation
from wallet.ledger.sync import sync
from wallet.verdict import Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "http://l.test/consent/2026h2"


class Home:
    """A home that names one shard in its trust file."""

    def __init__(self, folder):
        self.folder = folder
        self.old, self.new = (SimulatedShard(name, NOW) for name in (OLD, NEW))
        self.later = SimulatedShard(LATER, NOW)
        self.policy, self.url = self.old.policy, URL

    def open(self):
        return Following(
            self.folder,
            policy=Policy.parse(self.policy),
            url=self.url,
            http=Http("ledger"),
        )

    def synced(self):
        """Sync whatever is followed until nothing new is announced."""
        following = self.open()
        todo = following.origins
        while todo:
            for origin in todo:
                self.sync(following, origin)
            todo = following.learn()
        return following

    def sync(self, following, origin):
        logs = {one.origin: one for one in (self.old, self.new, self.later)}
        return sync(following.replica(origin), logs[origin])


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_shard_that_a_followed_one_announces_is_followed(home):
    home.old.link(home.new)
    following = home.synced()
    assert following.origins == (OLD, NEW)
    assert following.learned == (NEW,)
    assert following.replica(NEW).size == home.new.size
    assert following.source(NEW) is not following.source(OLD)
    assert home.open().origins == (OLD, NEW)  # from what lies here alone


def test_what_is_announced_later_is_followed_later_and_found_once(home):
    following = home.synced()
    assert following.origins == (OLD,)
    home.old.link(home.new)
    assert following.learn() == ()  # not in the copy yet
    home.sync(following, OLD)
    assert following.learn() == (NEW,)
    assert following.learn() == ()


def test_an_announced_shard_counts_under_the_same_witnesses_only(home):
    home.old.link(home.new)
    home.new.witnesses_up = {"w1"}
    home.new.publish()
    following = home.synced()
    assert following.replica(NEW).size == 0
    home.new.witnesses_up = {"w1", "w3"}
    home.new.publish()
    home.sync(following, NEW)
    assert following.replica(NEW).quorum_time is not None


def test_a_log_under_another_key_than_the_link_names_is_not_believed(home):
    home.old.link(home.new)
    home.new.key = signer_of("somebody else")
    home.new.publish()
    with pytest.raises(RefusedError) as refused:
        home.synced()
    assert refused.value.reason is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "said",
    [
        {"by": signer_of("somebody else")},
        {"other": LATER},
        {"other": "l.test/consent/2026h1"},
        {"other": "l.test/access/2027h1"},
        {"other": "other.test/consent/2027h1"},
        {"other": OLD},
        {"relation": Relation.PREVIOUS},
    ],
)
def test_a_link_that_is_not_the_operators_word_on_the_next_shard_teaches_nothing(
    home, said
):
    home.old.link(home.new, **said)
    assert home.synced().origins == (OLD,)


def test_two_keys_for_one_shard_teach_nothing_and_take_back_what_was_learned(home):
    home.old.link(home.new)
    assert home.synced().origins == (OLD, NEW)
    home.old.link(home.new, log_key=signer_of("a second key").public)
    home.synced()
    assert home.open().origins == (OLD,)


def test_the_same_said_twice_is_said_once(home):
    home.old.link(home.new)
    home.old.link(home.new, Relation.SEAL)
    assert home.synced().origins == (OLD, NEW)


def test_a_copy_that_saw_two_histories_teaches_nothing(home):
    home.old.link(home.new)
    assert home.synced().origins == (OLD, NEW)
    home.old.fork()
    with pytest.raises(LedgerForkedError):
        home.synced()
    assert home.open().origins == (OLD,)


def test_a_trust_file_without_a_quorum_learns_nothing(home):
    home.old.link(home.new)
    home.policy = home.old.policy_without_quorum
    assert home.synced().origins == (OLD,)


def test_a_copy_that_todays_trust_file_does_not_believe_teaches_nothing(home):
    home.old.witnesses_up = {"w1", "w2"}
    home.old.link(home.new)
    assert home.synced().origins == (OLD, NEW)
    home.policy = home.policy.replace("2 w1 w2 w3", "all w1 w2 w3")
    assert home.open().origins == (OLD,)


def test_the_trust_file_wins_over_a_link(home):
    other = SimulatedShard(NEW, NOW)
    other.key = signer_of("the key the person trusts")
    other.publish()
    logs = [line for line in other.policy.split("\n") if line.startswith("log ")]
    home.policy = "\n".join([*logs, home.old.policy])
    home.old.link(home.new)
    home.new = other
    following = home.synced()
    assert following.learned == ()
    assert following.replica(NEW).size == other.size


def test_one_key_never_speaks_for_two_logs(home):
    home.old.link(home.new, log_key=home.old.key.public)
    assert home.synced().origins == (OLD,)


@pytest.mark.parametrize("url", ["http://l.test", "http://l.test/consent/2026h1"])
def test_a_shard_whose_place_cannot_be_told_waits_for_the_trust_file(home, url):
    home.url = url
    home.old.link(home.new)
    assert home.synced().origins == (OLD,)


def test_an_address_is_taken_from_the_trust_file_first():
    assert sibling_url(f"{URL}/", OLD, NEW) == "http://l.test/consent/2027h1"
    assert sibling_url("http://m.test/x/2026h2", "a/2026h2", "a/2027h1") == (
        "http://m.test/x/2027h1"
    )
    assert sibling_url("http://m.test/x", "l.test/one", NEW) is None


def test_a_chain_of_shards_is_followed_under_the_operator_each_link_names(home):
    second = signer_of("a second operator")
    home.new = SimulatedShard(NEW, NOW, operator=second)
    home.old.link(home.new)
    home.new.link(home.later)
    assert home.synced().origins == (OLD, NEW, LATER)


def test_a_first_root_does_not_outweigh_the_operator_a_link_named(home):
    stranger = signer_of("a stranger")
    home.new = LedgerSimulator(NEW, NOW)
    home.new.operator = OPERATOR
    home.new.submit(root_by(stranger, NEW))
    home.new.publish()
    home.old.link(home.new)
    SimulatedShard.link(home.new, home.later, by=stranger)
    assert home.synced().origins == (OLD, NEW)
    SimulatedShard.link(home.new, home.later)
    assert home.synced().origins == (OLD, NEW, LATER)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        json.dumps({OLD: [2, 0, ["1"]]}).encode(),
        json.dumps({OLD: [999, 0, [998]]}).encode(),
        json.dumps({OLD: [2, -1, []]}).encode(),
        json.dumps({OLD: [1, None, []]}).encode(),
    ],
)
def test_what_was_remembered_of_the_search_is_only_a_hint(home, kept):
    home.old.link(home.new)
    home.synced()
    (home.folder / "links.json").write_bytes(kept)
    assert OLD in home.open().origins
    if b"null" not in kept:
        assert home.open().origins == (OLD, NEW)


def test_a_sealed_shard_is_complete_once_its_last_root_is_here(home):
    home.old.link(home.new)
    assert not home.synced().is_complete(OLD)
    home.old.link(home.new, Relation.SEAL)
    assert not home.synced().is_complete(OLD)
    home.old.submit(root_by(OPERATOR, OLD + "x"))  # any entry; `shard_chain` judges it
    home.old.publish()
    following = home.synced()
    assert following.is_complete(OLD)
    assert not following.is_complete(NEW)


def end_of(home, **changed):
    return replace(parse_note(home.old.notes[-1]).checkpoint, **changed)


def receipt(number):
    return build_receipt(
        signer_of(f"{number}"), origin=OLD, commitment=bytes([number]) * 32
    )


def test_nothing_stands_after_an_end_as_it_should_be(home):
    home.old.link(home.new)
    home.old.submit(receipt(1))
    home.old.link(home.new, Relation.SEAL)
    home.old.submit(later_root())
    home.old.publish()
    home.new.link(home.old, Relation.PREVIOUS)
    home.new.link(home.old, Relation.PREVIOUS, final=end_of(home))
    assert home.synced().after_end(OLD) is None
    assert home.synced().after_end(NEW) is None


def test_an_entry_after_the_seal_is_named(home):
    home.old.link(home.new, Relation.SEAL)
    home.old.submit(later_root())
    at = home.old.submit(receipt(1))
    home.old.publish()
    assert home.synced().after_end(OLD) == at


def test_a_shard_that_goes_on_after_the_end_the_next_one_holds_is_named(home):
    home.old.link(home.new, Relation.SEAL)
    home.old.submit(later_root())
    home.old.publish()
    end = end_of(home)
    home.new.link(home.old, Relation.PREVIOUS, final=end)
    home.old.submit(later_root(9))
    home.old.publish()
    assert home.synced().after_end(OLD) == end.size


def test_an_end_that_is_of_another_history_is_named(home):
    home.old.link(home.new, Relation.SEAL)
    home.old.submit(later_root())
    home.old.publish()
    home.new.link(home.old, Relation.PREVIOUS, final=end_of(home, root=bytes(32)))
    assert home.synced().after_end(OLD) == 0


def later_root(covered=3):
    return build_status_root(
        OPERATOR, origin=OLD, covered=covered, root=bytes(32), epoch=covered
    )
