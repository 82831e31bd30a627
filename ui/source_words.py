"""Where records came from, as a person calls it: a place, or a file of theirs."""

from __future__ import annotations

from ui import wording
from wallet.actions.patient.plain_words import file_words, is_file


def say_source(name: str) -> str:
    """Name a source in a list or under a title; the page of a record has all of it."""
    if not is_file(name):
        return name
    known = file_words(name)
    if not known:
        return wording.say("A file of yours")
    return wording.say("File \u201c{name}\u201d").format(name=known)


def say_choice(name: str) -> str:
    """Name a source among others, from which it must be told apart."""
    said = say_source(name)
    return name if said == wording.say("A file of yours") else said
