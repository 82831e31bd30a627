"""The first run as a plain machine: passphrase, 24 words, three of them asked back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import IntEnum

LEAST = 10
ASKED = 3


class Stage(IntEnum):
    """Where the person is."""

    PASSPHRASE = 0
    WORDS = 1
    CHECK = 2
    RECORDS = 3


class Weakness(IntEnum):
    """Why a passphrase does not do."""

    NONE = 0
    SHORT = 1
    SAME_LETTERS = 2
    NOT_TWICE_THE_SAME = 3


def weakness(passphrase: str, again: str) -> Weakness:
    """Say what is wrong with a passphrase that was typed twice."""
    if len(passphrase) < LEAST:
        return Weakness.SHORT
    if len(set(passphrase)) < ASKED + 1:
        return Weakness.SAME_LETTERS
    if passphrase != again:
        return Weakness.NOT_TWICE_THE_SAME
    return Weakness.NONE


@dataclass
class FirstRun:
    """Holds the words between showing and asking, and forgets them after."""

    stage: Stage = Stage.PASSPHRASE
    words: tuple[str, ...] = ()
    asked: tuple[int, ...] = ()
    wrong: frozenset[int] = field(default_factory=frozenset)

    def made(self, words: tuple[str, ...]) -> None:
        """The wallet exists; its words are shown now and never again."""
        self.words = words
        self.stage = Stage.WORDS

    def written_down(self) -> None:
        """Ask three of the words back, in their order."""
        places = secrets.SystemRandom().sample(range(len(self.words)), ASKED)
        self.asked = tuple(sorted(places))
        self.wrong = frozenset()
        self.stage = Stage.CHECK

    def show_again(self) -> None:
        """Go back from the questions to the words."""
        self.stage = Stage.WORDS

    def answer(self, typed: tuple[str, ...]) -> bool:
        """Compare what was typed; forget the words when all three fit."""
        pairs = zip(self.asked, typed, strict=True)
        self.wrong = frozenset(
            place for place, word in pairs if _plain(word) != self.words[place]
        )
        if self.wrong:
            return False
        self.words, self.asked = (), ()
        self.stage = Stage.RECORDS
        return True


def _plain(word: str) -> str:
    return word.strip().lower()
