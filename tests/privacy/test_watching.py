"""Who watches the traffic of many wallets links nothing and names nobody.

And the watcher is not blind: each carelessness it is there to find, it finds.
"""

import random
import re
from contextlib import ExitStack
from unittest.mock import patch

import pytest

from tests.privacy import attacks
from tests.privacy.__main__ import LINKS, scored
from tests.privacy.adversary import Evidence, Score, score
from tests.privacy.crowd import POOL, Crowd
from wallet.actions import live_network
from wallet.actions.live_network import LiveNetwork
from wallet.keys.derivation import PatientKeys
from wallet.ledger.fetch import Apart, Http
from wallet.practitioners.card import parse_card

PATIENTS = 2 * POOL
CROWDS = 6  # at most, until what is there to find is found
NOTHING = Score(hits=0, tries=0, expected=0.0, variance=0.0)
CHANCE = random.Random(1)  # noqa: S311 - it breaks ties


@pytest.fixture
def crowd_of(tmp_path):
    made = []

    def live(kind=Crowd, *, stages=("_share",), **parts):
        made.append(kind(tmp_path / f"crowd-{len(made)}"))
        with ExitStack() as stack:
            for name, other in parts.items():
                stack.enter_context(patch.object(live_network, name, other))
            return Evidence(made[-1].live(POOL, stages=stages).watched)

    yield live
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def careful(tmp_path_factory):
    crowd = Crowd(tmp_path_factory.mktemp("careful"))
    yield crowd.live(PATIENTS).watched
    crowd.close()


def test_no_attack_beats_guessing(careful, tmp_path):
    scores = scores_of(careful)
    won = {what for what, one in scores.items() if one.wins}
    if won:  # of so many one wins by luck now and then, but not in two crowds
        again = Crowd(tmp_path / "again")
        won &= {
            what
            for what, one in scores_of(again.live(PATIENTS).watched).items()
            if one.wins
        }
        again.close()
    assert won == set()
    assert all(one.tries >= POOL for one in scores.values())
    assert len(scores) == 53


def scores_of(watched):
    return {what: one for what, (one,) in scored([Evidence(watched)], CHANCE).items()}


def test_what_must_look_like_noise_does(careful):
    off = attacks.uneven(Evidence(careful))
    assert {kind for kind, sigmas in off.items() if sigmas > 6} == set()
    assert len(off) == 14


def test_nothing_is_asked_for_but_this(careful):
    seen = [one for pool in _pools(careful) for one in pool.seen]
    asked = {
        re.sub(r"/[0-9]+(?=/|$|\.)", "/N", re.sub("[0-9a-f]{32,}", "HEX", one.path))
        for one in seen
    }
    assert asked == {
        "/checkpoint",
        "/log.json",
        "/tile/entries/N.p/N",
        "/v1/checkpoints/HEX",
        "/v1/details",
        "/v1/details/N/N",
        "/v1/entries",
        "/v1/notices",
        "/v1/orders",
        "/v1/packages",
        "/v1/packages/HEX",
        "/v1/releases",
    }


def test_every_message_has_a_connection_of_its_own(careful):
    """Neither two messages, nor a message and what is read, are one party's by it."""
    seen = [one for pool in _pools(careful) for one in pool.seen]
    shared = ("/checkpoint", "/tile")  # files that everybody reads
    alone = [one.wire for one in seen if not one.path.startswith(shared)]
    assert len(alone) > 20 * PATIENTS
    wires = [one.wire for one in seen]
    assert {wires.count(wire) for wire in alone} == {1}


def test_messages_that_were_lost_came_again(careful):
    """Or the attack that looks for them would prove nothing."""
    evidence = Evidence(careful)
    assert any(one.sent > 2 for one in evidence.grants.values())


def _pools(watched):
    return [*watched.shared, *watched.opened, *watched.followed]


class OneLedgerKey(PatientKeys):
    """Every grant of a patient under the same keys."""

    def grant(self, _number, **more):
        return super().grant(0, **more)


class SameKeys(Crowd):
    keys = OneLedgerKey


class Asks(LiveNetwork):
    """A wallet that asks for the proofs of its own entries."""

    def __init__(self, home):
        super().__init__(home)
        self.mine = []

    def submit(self, origin, entry):
        self.mine.append(super().submit(origin, entry))
        return self.mine[-1]

    def sync(self, *given):
        super().sync(*given)
        source = self.source(self.origins[0])
        for index in self.mine:
            source._http.get(f"{source._url}/v1/proof/{index}", cap=9)


class Curious(Crowd):
    net = Asks


class Talkative(Crowd):
    """Wallets whose statements carry who they are for."""

    def share(self, wallet, person, reader, **more):
        said = parse_card(self.cards[reader]).body.reader_id
        with patch("wallet.keys.signing.secrets.token_bytes", lambda size: said[:size]):
            return super().share(wallet, person, reader, **more)


class Counting(Crowd):
    """Wallets that number their statements."""

    drawn = 1 << 120

    def share(self, wallet, person, reader, **more):
        with patch("wallet.keys.signing.secrets.token_bytes", self._next):
            return super().share(wallet, person, reader, **more)

    def _next(self, size):
        type(self).drawn += 1
        return self.drawn.to_bytes(16, "big").ljust(size, b".")[:size]


class OneAnswer(Apart):
    """As before: what a ledger asks for is read once and holds for every entry."""

    remembers = True


ENDING = ("_share", "_follow")


@pytest.mark.parametrize(
    ("careless", "found"),
    [
        (
            {"kind": SameKeys},
            [("made together", "bits in common"), ("made together", "bytes in common")],
        ),
        (
            {"Apart": Http, "stages": ENDING},
            [
                ("made together", "one connection"),
                ("old and new", "one connection"),
                ("ended together", "one connection"),
            ],
        ),
        ({"Apart": OneAnswer}, [("made together", "work of stamps")]),
        ({"kind": Curious}, [("made together", "asked for by index")]),
        ({"kind": Counting}, [("made together", "values near")]),
    ],
)
def test_a_careless_wallet_would_be_linked(crowd_of, careless, found):
    # A crowd of this size may hide one by chance; what is seen of several adds up.
    scores = {}
    for _ in range(CROWDS):
        evidence = crowd_of(**careless)
        for aim, name in found:
            attack = attacks.linking(evidence)[name]
            seen = score(getattr(evidence, LINKS[aim]), attack, CHANCE)
            scores[aim, name] = scores.get((aim, name), NOTHING) + seen
        if all(one.wins for one in scores.values()):
            return
    assert {which for which, one in scores.items() if not one.wins} == set()


@pytest.mark.parametrize(
    ("careless", "found_by"),
    [
        ({"kind": Talkative}, "card and keys"),
        ({"Alone": Apart, "stages": ("_share", "_open")}, "its connection"),
    ],
)
def test_a_careless_wallet_or_desk_would_name_the_reader(crowd_of, careless, found_by):
    evidence = crowd_of(**careless)
    names = score(evidence.named, attacks.naming(evidence)[found_by], CHANCE)
    assert names.wins, names
