"""A mirror learns the next shard from what it serves, and stops as was promised."""

import json
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.server.mirror.test_mirror import asked
from tests.support.ledger_simulator import LedgerSimulator, signer_of
from tests.support.shards import LATER, NEW, OLD, SimulatedShard
from tests.support.status_roots import root_of
from wallet.actions.operator.mirror import _Places
from wallet.errors import LedgerForkedError, TurnedAwayError, UsageError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import Checkpoint, parse_note
from wallet.ledger.entry import State, build_status_root
from wallet.ledger.policy import Policy
from wallet.ledger.shard import HalfYear, kept_until
from wallet.ledger.shard_link import Relation
from wallet.ledger.sources import origin_hash
from wallet.server.mirror.http import MirrorApp
from wallet.server.mirror.logs import Sources
from wallet.server.mirror.mirror import Mirror

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
DAYS = 365
OVER = kept_until(HalfYear(2026, 2), DAYS) + timedelta(hours=1)


class Shard(SimulatedShard):
    """A simulated shard that roots what it publishes and says how long it is kept."""

    days = DAYS
    gone = False

    def __init__(self, origin, now=NOON, **more):
        super().__init__(origin, now, **more)
        self.publish()

    def publish(self):
        if self._entries:
            count = len(self._entries)
            root = root_of([State.STANDS] * count)
            data = build_status_root(
                self.operator, origin=self.origin, covered=count, root=root, epoch=count
            )
            self.append(data)
        return super().publish()

    def bundle(self, n, width):
        if self.gone:
            self._ask("bundle")
            raise TurnedAwayError(410, "taken down")
        return super().bundle(n, width)

    def log_json(self):
        self._ask("log.json")
        return {"origin": self.origin, "shard": {"retention_days": self.days}}


class World:
    """Two shards, of which the mirror's policy names the first."""

    def __init__(self, folder):
        self.folder = folder
        self.old, self.new, self.later = map(Shard, (OLD, NEW, LATER))
        self.logs = {one.origin: one for one in (self.old, self.new, self.later)}
        self.policy = self.old.policy

    def open(self):
        return Mirror(
            self.folder,
            name="mirror.test/m",
            signer=Signer.from_seed(b"m" * 32),
            policy=Policy.parse(self.policy),
            sources=Sources(
                of={OLD: [self.old], NEW: [self.new]},
                beside=lambda _origin, other: [self.logs[other]],
            ),
        )

    def followed(self, mirror, seconds=SECONDS):
        """One turn of every log, those that are learned meanwhile too."""
        todo = mirror.origins
        while todo:
            for origin in todo:
                mirror.follow(origin, seconds=seconds)
                mirror.retire(origin, seconds=seconds)
            todo = mirror.learn()

    def ended(self, **changed):
        """Seal the old shard; the new one holds its end."""
        self.old.link(self.new, Relation.SEAL)
        here = parse_note(self.old._note).checkpoint
        said = {"final": here, **changed}
        self.new.link(self.old, Relation.PREVIOUS, **said)

    def pass_to(self, moment):
        """Time goes by, and the witnesses of the new shard say so."""
        self.new.now = moment
        self.new.publish()


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def mirror(world):
    with closing(world.open()) as made:
        yield made


def test_an_announced_shard_is_verified_served_and_cosigned(world, mirror):
    assert mirror.learn() == ()
    world.old.link(world.new)
    world.followed(mirror)
    assert mirror.origins == (OLD, NEW)
    served = parse_note(mirror.checkpoint(origin_hash(NEW)))
    assert served.checkpoint.size == world.new.size
    assert served.cosignature_times([mirror.vkey]) == {mirror.vkey: SECONDS}
    copy = mirror.copy(origin_hash(NEW))
    assert copy.bundle(0, world.new.size) == world.new.bundle(0, world.new.size)
    body = b"old 0\n\n" + world.new._note  # and it takes note of what is pending there
    assert mirror.add_checkpoint(body) == b""
    line = mirror.add_entries(NEW, end=world.new.size, seconds=SECONDS)
    assert mirror.vkey.name.encode() in line


def test_what_was_learned_is_known_again_after_a_restart(world, mirror):
    world.old.link(world.new)
    world.followed(mirror)
    with closing(world.open()) as again:
        assert again.origins == (OLD, NEW)
        app = MirrorApp(again, clock=lambda: SECONDS)
        told = json.loads(asked(app, "GET", "/mirror.json")[2])["logs"]
        assert [one["origin"] for one in told] == [OLD, NEW]
        path = f"/{origin_hash(NEW)}/tile/0/000.p/2"
        assert asked(app, "GET", path)[2] == world.new.tile(0, 0, 2)


def test_a_chain_of_shards_is_learned_in_one_go(world, mirror):
    world.old.link(world.new)
    world.new.link(world.later)
    world.followed(mirror)
    assert mirror.origins == (OLD, NEW, LATER)


@pytest.mark.parametrize(
    "said",
    [
        {"by": signer_of("somebody else")},
        {"other": LATER},
        {"other": "other.test/consent/2027h1"},
        {"relation": Relation.PREVIOUS},
        {"log_key": "its own"},
    ],
)
def test_a_link_that_is_not_the_operators_word_on_the_next_shard_teaches_nothing(
    world, mirror, said
):
    if "log_key" in said:
        said = {"log_key": world.old.key.public}
    world.old.link(world.new, **said)
    world.followed(mirror)
    assert mirror.origins == (OLD,)


def test_a_link_that_no_quorum_stands_behind_yet_teaches_nothing(world, mirror):
    world.followed(mirror)
    world.old.witnesses_up = {"w1"}
    note = world.old.link(world.new)
    size = parse_note(note).checkpoint.size
    mirror.add_checkpoint(b"old 0\n\n" + note)
    mirror.add_entries(OLD, end=size, seconds=SECONDS)
    assert mirror.copy(origin_hash(OLD)).size == size  # it is here, and not believed
    assert mirror.learn() == ()
    world.old.witnesses_up = {"w1", "w2"}
    world.old.publish()
    world.followed(mirror)
    assert mirror.origins == (OLD, NEW)


def test_a_log_under_another_key_than_the_link_names_is_not_served(world, mirror):
    world.old.link(world.new)
    world.new.key = signer_of("somebody else")
    world.new.publish()
    with pytest.raises(Exception, match="signature_wrong"):
        world.followed(mirror)
    assert mirror.checkpoint(origin_hash(NEW)) is None


def test_a_shard_with_two_histories_teaches_nothing_after_a_restart(world, mirror):
    world.old.link(world.new)
    world.followed(mirror)
    world.old.fork()
    with pytest.raises(LedgerForkedError):
        mirror.follow(OLD, seconds=SECONDS)
    with closing(world.open()) as again:
        assert again.origins == (OLD,)


def test_a_policy_without_a_quorum_learns_nothing(world):
    world.policy = world.old.policy_without_quorum
    world.old.link(world.new)
    with closing(world.open()) as mirror:
        world.followed(mirror)
        assert mirror.origins == (OLD,)


def test_a_shard_is_served_no_more_once_all_of_the_policy_is_kept(world, mirror):
    world.old.link(world.new)
    world.followed(mirror)
    world.ended()
    world.pass_to(OVER)
    size = parse_note(world.old._note).checkpoint.size
    world.followed(mirror, SECONDS + 60)  # all of it is read before it goes
    assert mirror.retired(OLD) is None
    world.old.gone = True
    later = int(OVER.timestamp())
    world.followed(mirror, later)
    assert mirror.retired(OLD) == f"{OVER:%Y-%m-%d}"
    name = origin_hash(OLD)
    app = MirrorApp(mirror, clock=lambda: later)
    assert parse_note(asked(app, "GET", f"/{name}/checkpoint")[2]).checkpoint.size == (
        size
    )
    for method, path in (
        ("GET", f"/{name}/tile/0/000.p/1"),
        ("GET", f"/{name}/tile/entries/000.p/1"),
        ("POST", f"/{name}/v1/entries"),
    ):
        status, _, said = asked(app, method, path)
        assert (status, b"retention policy" in said) == (410, True)
    with pytest.raises(TurnedAwayError) as turned:
        mirror.add_entries(OLD, end=size, seconds=later)
    assert turned.value.status == 410
    told = json.loads(asked(app, "GET", "/mirror.json")[2])["logs"]
    assert [one.get("retired") for one in told] == [f"{OVER:%Y-%m-%d}", None]
    line = f'heartwood_mirror_retired{{origin="{OLD}"}} 1'
    assert line in asked(app, "GET", "/metrics")[2].decode().splitlines()
    with closing(world.open()) as again:  # durable, and the next one is known still
        assert again.retired(OLD) == f"{OVER:%Y-%m-%d}"
        assert again.origins == (OLD, NEW)


def another_end(world):
    here = parse_note(world.old._note).checkpoint
    world.ended(final=Checkpoint(here.origin, here.size, bytes(32)))


def two_ends(world):
    world.ended()
    another_end(world)


def no_end(world):
    world.old.link(world.new, Relation.SEAL)


def no_seal(world):
    here = parse_note(world.old._note).checkpoint
    world.new.link(world.old, Relation.PREVIOUS, final=here)


def went_on(world):
    world.ended()
    world.old.publish()


@pytest.mark.parametrize("wrong", [another_end, two_ends, no_end, no_seal, went_on])
def test_a_shard_without_one_end_that_the_next_one_holds_is_served_on(
    world, mirror, wrong
):
    world.old.link(world.new)
    wrong(world)
    world.pass_to(OVER)
    world.followed(mirror)
    world.old.gone = True
    mirror.retire(OLD, seconds=SECONDS + 60)
    assert mirror.retired(OLD) is None
    assert mirror.open_copy(origin_hash(OLD)).bundle(0, 2)


def shorter_now(world):
    world.old.days = 0


def served_still(world):
    world.old.gone = False


def away(world):
    world.old.reachable = False


@pytest.mark.parametrize("missing", [shorter_now, served_still, away])
def test_a_shard_is_served_on_while_its_log_does_or_had_promised_to(
    world, mirror, missing
):
    world.old.days = DAYS + (10 if missing is shorter_now else 0)
    world.old.link(world.new)
    world.ended()
    world.pass_to(OVER)
    world.followed(mirror)
    world.old.gone = True
    missing(world)
    mirror.retire(OLD, seconds=SECONDS + 60)
    assert mirror.retired(OLD) is None


def test_a_promise_that_nobody_could_tell_is_asked_for_again_at_once(world, mirror):
    world.followed(mirror)
    mirror._retiring._looked.clear()
    world.old.days, world.old.reachable = DAYS + 10, False
    mirror.retire(OLD, seconds=SECONDS + 60)
    world.old.reachable = True
    mirror.retire(OLD, seconds=SECONDS + 61)
    assert mirror._retiring.promised(OLD) == DAYS + 10


def test_a_shard_is_served_on_until_the_witnesses_say_that_its_time_is_over(
    world, mirror
):
    world.old.link(world.new)
    world.ended()
    world.pass_to(OVER - timedelta(days=1))
    world.followed(mirror)
    world.old.gone = True
    far = int(OVER.timestamp()) + 10_000_000  # this computer's clock says more
    mirror.retire(OLD, seconds=far)
    assert mirror.retired(OLD) is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"origin": NEW, "shard": {"retention_days": 0}},
        {"origin": OLD, "shard": {"retention_days": True}},
        {"origin": OLD, "shard": {"retention_days": -1}},
        {"origin": OLD, "shard": {"retention_days": 10**9}},
        {"origin": OLD, "shard": {"retention_days": "0"}},
        {"origin": OLD, "shard": None},
    ],
)
def test_what_is_no_promise_takes_nothing_down(world, mirror, said):
    world.old.log_json = lambda: said
    world.old.link(world.new)
    world.ended()
    world.pass_to(OVER)
    world.followed(mirror)
    world.old.gone = True
    mirror.retire(OLD, seconds=SECONDS + 60)
    assert mirror.retired(OLD) is None


def test_sources_of_a_learned_shard_lie_beside_those_of_the_one_before():
    policy = Policy.parse(LedgerSimulator(OLD, NOON).policy)
    with ExitStack() as held:
        urls = ("http://l.test/consent/2026h2", "http://m.test/abc")
        places = _Places(policy, urls, held=held).sources
        assert [one._url for one in places.of[OLD]] == [*urls]
        beside = [one._url for one in places.beside(OLD, NEW)]
        assert beside == ["http://l.test/consent/2027h1"]
        with pytest.raises(UsageError):
            _Places(policy, (), held=held)
