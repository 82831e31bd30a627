"""Titles and units in the words of a patient, for whoever shows records."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from wallet.records.plain.names import title_of
from wallet.records.plain.units import unit_of

__all__ = [
    "comparator_of",
    "file_words",
    "is_file",
    "short_number",
    "tidy",
    "title_of",
    "unit_sign",
    "unit_words",
]
_MOST_DECIMALS, _MEANT_DIGITS, _MEANT_PLACES = 4, 4, 20
_POINTER = re.compile(r"\d+(?:\.\d+){4,}")
_REMARK = re.compile(r"\{([^{}]*)\}")
_MARKUP = re.compile(r"</?(?:b|i|u|br|p|em|strong|span|div|li|ul)\b[^<>]{0,200}>")
_LONGEST_FILE = 40
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9-]{0,18}$")
_BETWEEN = re.compile(r"[_\s.-]+")
_WORD = re.compile(r"[^\W\d_]{3,}")
# Names of types, long numbers, and what a program draws at random.
_PROGRAM = re.compile(
    r"[a-z][A-Z]|\d{5,}|[0-9a-f]{8}-[0-9a-f]{4}|\d\.\d"
    r"|^(?:Observation|Encounter|Condition|Procedure|Bundle|Patient|Immunization|Claim"
    r"|Coverage|Media|Goal|Device|Composition|Specimen|Consent|Basic)\b"
)
_SIGNED = re.compile(r"(<=|>=|<|>|~)?\s*(-?\d+(?:\.\d+)?)")


def unit_sign(written: str) -> str | None:
    """The sign people know for a unit; None where our table has none."""
    found = unit_of(written)
    return None if found is None else found.sign


def unit_words(written: str) -> str:
    """A unit in words; empty where our table has none, or the sign says it all."""
    found = unit_of(written)
    return "" if found is None or found.words == found.sign else found.words


def comparator_of(value: str) -> tuple[str, float] | None:
    """A result as its sign and number; None where it is no number.

    >>> comparator_of("<5"), comparator_of("7.20"), comparator_of("positive")
    (('<', 5.0), ('', 7.2), None)
    """
    found = _SIGNED.fullmatch(value.strip())
    return None if found is None else (found[1] or "", float(found[2]))


def short_number(value: str) -> str:
    """A result as written, without more digits than anyone measures.

    >>> short_number("178.37544766303006"), short_number("7.20")
    ('178.4', '7.20')
    >>> short_number("<0.05"), short_number("155.886/102.1")
    ('<0.05', '156/102')
    """
    if "/" in value:  # an upper and a lower blood pressure
        return "/".join(map(_whole, value.split("/")))
    if len(value.partition(".")[2]) <= _MOST_DECIMALS:
        return value
    found = _SIGNED.fullmatch(value.strip())
    if found is None:
        return value
    try:
        number = Decimal(found[2])
    except InvalidOperation:
        return value
    places = min(max(0, _MEANT_DIGITS - 1 - number.adjusted()), _MEANT_PLACES)
    return f"{found[1] or ''}{number:.{places}f}"


def tidy(said: str) -> str:
    """What a source wrote, without marks that are for programs.

    What only points elsewhere in a message (an OID or a UID) says nothing.

    >>> tidy("30 {tablet}"), tidy("<b>Now</b> and then"), tidy("1.2.840.113619.2.55")
    ('30 tablet', 'Now and then', '')
    """
    if said == "None":  # in urine, say
        return "none"
    if _POINTER.fullmatch(said):
        return ""
    plain = _REMARK.sub(r"\1", _MARKUP.sub(" ", said.replace("\\n", " ")))
    return said if plain == said else " ".join(plain.split())


def is_file(source: str) -> bool:
    """Whether a source is called by the name of a file, for want of another.

    >>> is_file("portal-download.json"), is_file("St. Mary's"), is_file("Dr. Osei")
    (True, False, False)
    """
    return _ENDING.search(source) is not None


def file_words(name: str) -> str:
    """The name of a file where it is words; empty where it is a program's own.

    >>> file_words("portal-download.json"), file_words("Observation-44250-9.json")
    ('portal download', '')
    """
    stem = _ENDING.sub("", name.replace("\\", "/").rpartition("/")[2])
    said = " ".join(_BETWEEN.split(stem)).strip()
    odd = _PROGRAM.search(stem) or not _WORD.search(said)
    return "" if odd or len(said) > _LONGEST_FILE else said


def _whole(part: str) -> str:
    """Nobody measures a pressure in tenths."""
    try:
        return f"{Decimal(part.strip()):.0f}"
    except (InvalidOperation, ValueError):
        return part
