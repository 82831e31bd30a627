"""Units as people read them; records carry the codes of UCUM (ucum.org, 2.1)."""

from __future__ import annotations

import re

from wallet.actions.patient.plain_words import unit_sign

_SIGNS = {
    "tera.l-1": "trillion/L",
    "giga.l-1": "billion/L",
    "10*12": "trillion",
    "10*9": "billion",
    "10*6": "million",
    "10*3": "thousand",
    "mm[Hg]": "mmHg",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "[IU]": "IU",
    "[iU]": "IU",
}
_MICRO = re.compile(r"(?<![A-Za-z])u(?=(?:L|g|mol|m)\b)")
_NOTE = re.compile(r"\{([^}]*)\}")
_POWER = re.compile(r"(?<=m)([23])\b")
_POWERS = {"2": "\u00b2", "3": "\u00b3"}


def say_unit(code: str) -> str:
    """Give the signs people know for a unit; what is no code stays as it is.

    >>> say_unit("10*3/uL").encode("ascii", "replace"), say_unit("mm[Hg]")
    (b'thousand/?L', 'mmHg')
    """
    known = unit_sign(code)
    if known is not None:
        return known
    said = code
    for sign, words in _SIGNS.items():
        said = said.replace(sign, words)
    said = _NOTE.sub(lambda found: _noted(found[1]), said)
    said = _MICRO.sub("\u00b5", said)
    return _POWER.sub(lambda found: _POWERS[found[1]], said).strip("/ ")


def _noted(words: str) -> str:
    """A remark in braces is no unit, except where it is the size of a body."""
    return words.replace("_", " ") if words[:1].isdigit() else ""
