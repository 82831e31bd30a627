"""When two records of different sources may be one: a question for the patient.

Rule 4 of the reference page on health data, D2: the same kind of thing, at the same
time, with the same value. Nothing here merges anything; what is merely alike is shown
side by side, because a wrong merge hides a record.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

_KEY = 8
_MOST_CODES = 3
_MINUTE = 60
_DAY = 86_400
_LOINC = "http://loinc.org|"
# Codes that mean the same in every source.
_SHARED = (
    _LOINC,
    "http://snomed.info/sct|",
    "http://www.nlm.nih.gov/research/umls/rxnorm|",
    "http://hl7.org/fhir/sid/cvx|",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/ndc|",
)
_MEASURED = frozenset({"test", "vital"})
# Known by what they are; the day counts where it is told.
_LASTING = frozenset({"condition", "medicine"})
_DATED = frozenset({"vaccine", "procedure", "visit", "document", "imaging"})
_PLAIN = re.compile(r"[^\w/%]+")
_BRACES = re.compile(r"\{[^}]*\}")
_UNITS = {
    "mm[hg]": "mmhg",
    "mm hg": "mmhg",
    "beats/min": "/min",
    "beats/minute": "/min",
    "bpm": "/min",
    "breaths/min": "/min",
    "count/min": "/min",
    "10*3/ul": "k/ul",
    "10^3/ul": "k/ul",
    "x10e3/ul": "k/ul",
    "thousand/ul": "k/ul",
    "10*9/l": "k/ul",
    "10^9/l": "k/ul",
    "10*6/ul": "m/ul",
    "10^6/ul": "m/ul",
    "x10e6/ul": "m/ul",
    "million/ul": "m/ul",
    "10*12/l": "m/ul",
    "10^12/l": "m/ul",
    "[lb_av]": "lb",
    "lbs": "lb",
    "[in_i]": "in",
    "[degf]": "f",
    "degf": "f",
    "cel": "c",
    "degc": "c",
    "[iu]/l": "u/l",
    "iu/l": "u/l",
}


class Seen(NamedTuple):
    """What is compared of a record; the words are those of table ``record``.

    ``start`` is in POSIX seconds and no more exact than ``precision``; ``codes`` are
    ``system|code``.
    """

    category: str
    title: str
    start: int | None
    precision: str
    written: str
    codes: tuple[str, ...]
    value: str
    unit: str


def keys(seen: Seen, *, salt: bytes) -> tuple[bytes, ...]:
    """Names under which records that may be the same meet; none where nothing can.

    A test or a vital sign has one: its code (else its name), its day, its value. A
    condition, a medicine and what has a day go by each shared code and by their name.
    An allergy has no day: the substance alone counts.
    """
    category = seen.category
    if category in _MEASURED:
        if seen.start is None or not seen.value:
            return ()
        code = next((one for one in seen.codes if one.startswith(_LOINC)), "")
        what = [code or plain(seen.title)]
        when = f"{_day(seen)}\0{number(seen.value)}"
    elif category in _DATED or category in _LASTING or category == "allergy":
        if seen.start is None and category in _DATED:
            return ()
        shared = [one for one in seen.codes if one.startswith(_SHARED)]
        what = [*shared[:_MOST_CODES], plain(seen.title)]
        when = "" if category == "allergy" else _day(seen)
    else:
        return ()
    return tuple(
        hashlib.blake2b(
            f"{category}\0{one}\0{when}".encode("utf-8", "surrogatepass"),
            key=salt,
            digest_size=_KEY,
        ).digest()
        for one in dict.fromkeys(what)
        if one
    )


def may_be_one(one: Seen, other: Seen) -> bool:
    """Whether two records that met under a key are worth a question.

    Two times of day must be the same minute, two units the same unit; where one of
    the two is not told, the day, or the number alone, has to do.
    """
    if one.category != other.category:
        return False
    if one.category not in _MEASURED:
        return True
    timed = one.precision == other.precision == "time"
    if timed and abs((one.start or 0) - (other.start or 0)) > _MINUTE:
        return False
    units = unit(one.unit), unit(other.unit)
    return not all(units) or units[0] == units[1]


def plain(words: str) -> str:
    """A name without case, accents and signs: ``Sodium, serum`` as ``sodium serum``."""
    folded = unicodedata.normalize("NFKD", words.casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return _PLAIN.sub(" ", bare).strip()


def number(value: str) -> str:
    """A value in one spelling: ``5.40`` as ``5.4``; words without case.

    >>> number("5.40"), number("1.2E2"), number(" Negative")
    ('5.4', '120', 'negative')
    """
    try:
        found = Decimal(value)
        if not found.is_finite() or abs(found.adjusted()) > 30:  # noqa: PLR2004
            return value
        return f"{found.normalize():f}"
    except InvalidOperation:
        return value.strip().casefold()


def unit(written: str) -> str:
    """A unit in one spelling; only spellings, nothing is converted.

    >>> unit("mm[Hg]") == unit("mmHg"), unit("10*3/uL") == unit("K/uL")
    (True, True)
    """
    said = _BRACES.sub("", written).strip().casefold().replace("\u00b5", "u")
    return _UNITS.get(said, said)


def _day(seen: Seen) -> str:
    if seen.start is None:
        return ""
    if seen.precision in ("time", "day"):  # one clock for all sources
        return str(seen.start // _DAY)
    return seen.written
