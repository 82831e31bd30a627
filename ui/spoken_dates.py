"""Dates as people type them: a day, a month or only a year, and back to words."""

from __future__ import annotations

import re
from datetime import date

from ui import wording

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_NUMBERS = re.compile(r"(?:(?:(\d{1,2})[./ -]+)?(\d{1,2})[./ -]+)?(\d{4})")
_WORDS = re.compile(r"(?:(\d{1,2})\.? +)?([a-z]{3,})\.?,? +(\d{4})", re.IGNORECASE)
_AMERICAN = re.compile(r"([a-z]{3,})\.? +(\d{1,2}),? +(\d{4})", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def parse(text: str) -> str | None:
    """What was typed as ``2024-03-09``, ``2024-03`` or ``2024``; None if unclear.

    Numbers are read with the day first, as the window writes dates.

    >>> parse("9 March 2024"), parse("3/2024"), parse("2024"), parse("31.2.2024")
    ('2024-03-09', '2024-03', '2024', None)
    """
    said = " ".join(text.split())
    found = _ISO.fullmatch(said)
    if found:
        return _checked(found[1], found[2], found[3])
    found = _NUMBERS.fullmatch(said)
    if found:
        return _checked(found[3], found[2], found[1])
    found = _WORDS.fullmatch(said)
    if found:
        return _checked(found[3], _month(found[2]), found[1])
    found = _AMERICAN.fullmatch(said)
    return _checked(found[3], _month(found[1]), found[2]) if found else None


def say(written: str) -> str:
    """A date as the window writes it; what is none of its kinds stays as it is.

    >>> say("2024-03"), say("2024")
    ('March 2024', '2024')
    """
    found = _ISO.match(written)
    if found is None:
        return written
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            return wording.plain_day(date(year, month, day))
        return wording.month(year, month) if month else str(year)
    except ValueError:
        return written


def _month(word: str) -> str:
    """The number of a month by its name or first letters; 0 if there is none."""
    low = word.lower()
    hits = [n for n, name in enumerate(_MONTHS, start=1) if name.startswith(low)]
    return str(hits[0]) if len(hits) == 1 else "0"


def _checked(year: str, month: str | None, day: str | None) -> str | None:
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    parts = [f"{int(year):04}"]
    parts += [f"{int(part):02}" for part in (month, day) if part]
    return "-".join(parts)
