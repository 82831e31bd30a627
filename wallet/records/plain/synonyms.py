"""What people type and what records call it: "sugar" also means glucose."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from wallet.records.plain.names import plain_names
from wallet.records.plain.tables import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORD = re.compile(r"\w+")
_MOST = 24


def groups(text: str) -> list[tuple[str, ...]]:
    """What a search asks for: groups that must all be met, by any word in each.

    The first of a group is what was typed. Words that stand together in the table are
    one thing ("flu shot"), the longest first.

    >>> groups("flu shot")
    [('flu shot', 'influenza', 'flu')]
    """
    words = [word.lower() for word in _WORD.findall(text)]
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(words):
        size, others = _longest(words[at:])
        said = " ".join(words[at : at + size])
        found.append((said, *others))
        at += size
    return found


def _longest(words: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """How many of the first words belong together, and what else they are called."""
    table = _table()
    for size in range(min(len(words), _longest_key()), 0, -1):
        others = table.get(" ".join(words[:size]))
        if others is not None:
            return size, others[:_MOST]
    return 1, ()


@cache
def _longest_key() -> int:
    return max(len(key.split()) for key in _table())


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    """By what is typed; a name of ours leads to the names its codes come with."""
    found: dict[str, tuple[str, ...]] = {}
    for typed, others in rows("synonyms"):
        key = " ".join(_WORD.findall(typed.lower()))
        found[key] = tuple(others.split("; "))
    return found


def names_with(word: str) -> tuple[str, ...]:
    """The codes whose name in our words has a word that begins like this one.

    >>> "http://loinc.org|2345-7" in names_with("sugar")
    True
    """
    low = word.lower()
    return tuple(
        f"{system}|{code}"
        for (system, code), name in plain_names().items()
        if any(part.startswith(low) for part in _WORD.findall(name.lower()))
    )
