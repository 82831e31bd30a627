"""Whom records are about: what a file says of its patient, and whether that is you.

Reference page on health data, D2: people are never mixed silently; name, birth date,
sex and numbers are compared, and where they do not settle it, the patient is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_NAMES = 8
_MOST_NUMBERS = 12
_MOST_LETTERS = 120
_SEXES = frozenset({"male", "female"})
_DAY = 10
_YEAR = 4
_LETTERS = re.compile(r"[^\w]+")
# Written before or behind a name, and no part of it.
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "md", "phd", "rn"})


class Match(StrEnum):
    """Whether two descriptions are of one person."""

    SAME = "same"
    UNSURE = "unsure"
    NOBODY = "nobody"
    """There is nothing to compare: no name, no birth date, no number."""


class Difference(StrEnum):
    """What speaks against one person, in the words a question needs."""

    NAME = "name"
    FAMILY_NAME = "family_name"
    GIVEN_NAME = "given_name"
    BIRTH_DATE = "birth_date"
    DAY_AND_MONTH = "day_and_month"
    SEX = "sex"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demographics:
    """What a source says of a person; empty where it does not.

    Attributes:
        shown: The name as it is written.
        names: Each name as (family, given), in words without case and accents.
        born: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
        sex: ``male``, ``female`` or empty; anything else settles nothing.
        numbers: Identifiers as ``system|value``.
    """

    shown: str = ""
    names: tuple[tuple[str, str], ...] = ()
    born: str = ""
    sex: str = ""
    numbers: frozenset[str] = frozenset()

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing to tell a person by."""
        return not (self.names or self.born or self.numbers)

    @property
    def fingerprint(self) -> bytes:
        """The same for the same description, whatever its order."""
        said = [sorted(self.names), self.born, self.sex, sorted(self.numbers)]
        return hashlib.sha256(json.dumps(said).encode()).digest()

    def as_json(self) -> dict[str, Any]:
        """The description, to be kept."""
        return {
            "shown": self.shown,
            "names": [list(name) for name in self.names],
            "born": self.born,
            "sex": self.sex,
            "numbers": sorted(self.numbers),
        }

    @staticmethod
    def from_json(held: dict[str, Any]) -> Demographics:
        """The other way round."""
        return Demographics(
            shown=held["shown"],
            names=tuple((family, given) for family, given in held["names"]),
            born=held["born"],
            sex=held["sex"],
            numbers=frozenset(held["numbers"]),
        )


def demographics(patient: dict[str, Any]) -> Demographics:
    """What a FHIR R4 Patient says of its person; nothing in it makes this raise."""
    names = list(_names(patient))
    born = patient.get("birthDate")
    sex = patient.get("gender")
    return Demographics(
        shown=next((shown for shown, _ in names if shown), "")[:_MOST_LETTERS],
        names=tuple(dict.fromkeys(name for _, name in names)),
        born=born[:_DAY] if isinstance(born, str) and born[:_YEAR].isdigit() else "",
        sex=sex if isinstance(sex, str) and sex in _SEXES else "",
        numbers=frozenset(list(_numbers(patient))[:_MOST_NUMBERS]),
    )


def match(met: Demographics, known: Iterable[Demographics]) -> Match:
    """Whether *met* is the person all of *known* describe.

    The same needs two of name, birth date and a number in common with one known
    description, and nothing that speaks against it; a description known word for
    word needs no more. Twins share all but a given name, a family shares numbers,
    dates get turned round: whatever does not fit is unsure, never the same.
    """
    if met.says_nothing:
        return Match.NOBODY
    for held in known:
        if held.fingerprint == met.fingerprint:
            return Match.SAME
        if not _against(met, held) and _agreeing(met, held) > 1:
            return Match.SAME
    return Match.UNSURE


def differences(
    met: Demographics, known: Iterable[Demographics]
) -> tuple[Difference, ...]:
    """What keeps *met* from being the nearest of *known*."""
    found = [_against(met, held) for held in known]
    nearest = min(found, key=len, default=())
    return nearest or (Difference.TOO_LITTLE,)


def _against(met: Demographics, held: Demographics) -> tuple[Difference, ...]:
    found = []
    if met.names and held.names and not _in_common(met, held):
        found.append(_which_name(met, held))
    if met.born and held.born and met.born != held.born:
        shorter, longer = sorted((met.born, held.born), key=len)
        if not longer.startswith(shorter):
            turned = _turned(met.born) == held.born
            found.append(Difference.DAY_AND_MONTH if turned else Difference.BIRTH_DATE)
    if met.sex and held.sex and met.sex != held.sex:
        found.append(Difference.SEX)
    return tuple(found)


def _agreeing(met: Demographics, held: Demographics) -> int:
    # Half a birth date, or a name without one of its halves, is none.
    return sum(
        (
            any(family and len(given) > 1 for family, given in _in_common(met, held)),
            bool(met.born) and met.born == held.born and len(met.born) == _DAY,
            bool(met.numbers & held.numbers),
        )
    )


def _in_common(met: Demographics, held: Demographics) -> list[tuple[str, str]]:
    return [
        mine
        for mine in met.names
        if any(
            mine[0] == theirs[0] and _goes_with(mine[1], theirs[1])
            for theirs in held.names
        )
    ]


def _goes_with(one: str, other: str) -> bool:
    """Whether given names fit: middle names come and go, or are cut to a letter."""
    mine, theirs = one.split(), other.split()
    if mine[:1] != theirs[:1]:
        return False
    return all(
        a == b or (1 in (len(a), len(b)) and a[0] == b[0])
        for a, b in zip(mine, theirs, strict=False)
    )


def _which_name(met: Demographics, held: Demographics) -> Difference:
    families = [{family for family, _ in one.names} for one in (met, held)]
    givens = [
        {given.partition(" ")[0] for _, given in one.names} for one in (met, held)
    ]
    if families[0] & families[1]:
        return Difference.GIVEN_NAME
    return Difference.FAMILY_NAME if givens[0] & givens[1] else Difference.NAME


def _turned(born: str) -> str:
    year, _, rest = born.partition("-")
    month, _, day = rest.partition("-")
    return f"{year}-{day}-{month}"


def _names(patient: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    held = patient.get("name")
    for name in (held if isinstance(held, list) else [])[:_MOST_NAMES]:
        if not isinstance(name, dict):
            continue
        given = [one for one in _list(name.get("given")) if isinstance(one, str)]
        family = name.get("family")
        family = family if isinstance(family, str) else ""
        text = name.get("text")
        shown = " ".join((*given, family)).strip()
        if not shown and isinstance(text, str):
            shown = text
            *given, family = text.split() or [""]
        found = _bare(family), _bare(" ".join(given))
        if any(found):
            yield shown, found


def _bare(words: str) -> str:
    folded = unicodedata.normalize("NFKD", words[:_MOST_LETTERS].casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    said = _LETTERS.sub(" ", bare).split()
    return " ".join(word for word in said if word not in _TITLES)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _numbers(patient: dict[str, Any]) -> Iterator[str]:
    for one in _list(patient.get("identifier")):
        system = one.get("system") if isinstance(one, dict) else None
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(system, str) and isinstance(value, str) and system and value:
            yield f"{system[:_MOST_LETTERS]}|{value[:_MOST_LETTERS]}"
