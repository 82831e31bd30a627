"""Who watches the traffic of many wallets links nothing and names nobody.

And the watcher is not blind: each carelessness it is there to find, it finds.
"""

import random
import re
from unittest.mock import patch

import pytest

from tests.privacy.adversary import every_link, every_name, link, name
from tests.privacy.crowd import POOL, Crowd, Net
from wallet.keys.derivation import PatientKeys
from wallet.ledger.fetch import Http
from wallet.practitioners.card import parse_card

PATIENTS = 2 * POOL
CHANCE = random.Random(1)  # noqa: S311 - it breaks ties


@pytest.fixture
def crowd_of(tmp_path):
    made = []

    def live(kind=Crowd, *, patients=POOL, **parts):
        made.append(kind(tmp_path / f"crowd-{len(made)}", **parts))
        return made[-1].live(patients)

    yield live
    for one in made:
        one.close()


def test_no_attack_beats_guessing(crowd_of):
    crowd, chance = crowd_of(patients=PATIENTS), CHANCE
    scores = {
        **{what: link(crowd, how, chance) for what, how in every_link(crowd).items()},
        **{what: name(crowd, how, chance) for what, how in every_name(crowd).items()},
    }
    assert {what for what, score in scores.items() if score.wins} == set()
    assert all(score.tries == 2 * PATIENTS for score in scores.values())
    asked = {re.sub(r"[0-9]+", "N", seen.path) for seen in crowd.listener.seen}
    assert asked == {
        "/checkpoint",
        "/log.json",
        "/tile/entries/N.p/N",
        "/vN/entries",
        "/vN/packages",
        "/vN/details",
        "/vN/details/N/N",
    }


def test_every_message_has_a_connection_of_its_own(crowd_of):
    """Neither two messages, nor a message and what is read, are one party's by it."""
    crowd = crowd_of()
    wires = [s.wire for s in crowd.listener.seen if s.path.startswith("/v1/e")]
    wires += [s.wire for s in crowd.listener.seen if s.path == "/v1/packages"]
    assert len(wires) == 4 * POOL
    for wire in wires:
        assert [one.wire for one in crowd.listener.seen].count(wire) == 1


class OneLedgerKey(PatientKeys):
    """Every grant of a patient under the same keys."""

    def grant(self, _number, **more):
        return super().grant(0, **more)


class Curious(Net):
    """A wallet that asks for the proofs of its own entries."""

    def __init__(self, crowd):
        super().__init__(crowd)
        self.mine = []

    def submit(self, origin, entry):
        self.mine.append(super().submit(origin, entry))
        return self.mine[-1]

    def sync(self, *given):
        super().sync(*given)
        for index in self.mine:
            self.ledger.get(f"{self.crowd.listener.url}/v1/proof/{index}", cap=9)


class Talkative(Crowd):
    """Wallets whose statements carry who they are for."""

    def share(self, wallet, reader):
        said = parse_card(self.cards[reader]).body.reader_id
        with patch("wallet.keys.signing.secrets.token_bytes", lambda size: said[:size]):
            return super().share(wallet, reader)


class Counting(Crowd):
    """Wallets that number their statements."""

    drawn = 1 << 64

    def share(self, wallet, reader):
        with patch("wallet.keys.signing.secrets.token_bytes", self._next):
            return super().share(wallet, reader)

    def _next(self, size):
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")


@pytest.mark.parametrize(
    ("careless", "found_by"),
    [
        ({"keys": OneLedgerKey}, "keys and commitments"),
        ({"keys": OneLedgerKey}, "bytes in common"),
        ({"http": Http}, "one connection"),
        ({"net": Curious}, "asked for together"),
        ({"kind": Counting}, "nonces"),
    ],
)
def test_a_careless_wallet_would_be_linked(crowd_of, careless, found_by):
    crowd = crowd_of(**careless)
    score = link(crowd, every_link(crowd)[found_by], CHANCE)
    assert score.wins, score


def test_a_wallet_that_says_for_whom_would_be_understood(crowd_of):
    crowd = crowd_of(Talkative)
    score = name(crowd, every_name(crowd)["card and keys"], CHANCE)
    assert score.wins, score
