"""What the story waits for before it goes on."""

from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

from wallet.actions.demo import story
from wallet.actions.demo.children import Said
from wallet.actions.demo.parties import Party


@dataclass
class Answers:
    """What commands answer over a slow ledger: the old one ends three looks later."""

    asked: list

    def __post_init__(self):
        self.pending = chain(["replace"] * 3, repeat(None))

    def __call__(self, *words, home, passphrase_file):
        self.asked.append(words[:2])
        if words[:2] == ("grant", "switch"):
            return Said(code=0, data={"id": "new", "file": "new.hwgrant"})
        if words[:2] == ("grant", "list"):
            old = {"id": "old", "pending": next(self.pending)}
            return Said(code=0, data={"grants": [{"id": "new", "pending": None}, old]})
        return Said(code=0, data={})


def test_a_switch_is_done_only_when_the_old_access_has_ended_too():
    answers = Answers([])
    party = Party(name="x", home=Path("x"), passphrase_file=Path("p"))
    reader = SimpleNamespace(party=party, card=Path("card"))
    world = SimpleNamespace(patient=party, old=reader, new=reader)
    stage = story.Stage(world=world, ask=answers, pause=lambda _seconds: None)
    stage.learned["old"] = {"id": "old"}
    story._switch(stage)
    assert answers.asked.count(("grant", "list")) == 4
    assert answers.asked[-1] == ("clinic", "accept")
