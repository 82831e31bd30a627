"""The narrative of a section: what a person reads, row by row, each row to point at.

Source: HL7 CDA R2 4.3.5 (StrucDoc.Text).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.exports.cda.markup import NOTHING, Markup, element

if TYPE_CHECKING:
    from wallet.exports.facts import Facts

_HEAD = ("When", "What", "Details", "Who or where")
_TABLE = '<table border="1" width="100%">'
_TITLES = element("tr", {}, *(element("th", {}, said) for said in _HEAD))
TABLE = f"{_TABLE}{element('thead', {}, _TITLES)}<tbody>"
"""What comes before the rows, which are the newest first."""
TABLE_END = "</tbody></table>"


def nothing() -> Markup:
    """What a section says that holds nothing: that is not to say there is none."""
    return element("paragraph", {}, "Nothing of this kind is in this copy.")


def row(anchor: str, facts: Facts) -> Markup:
    """One row; *anchor* is its ``ID``."""
    details = ". ".join(filter(None, (facts.value, facts.usual, facts.more)))
    cells = (facts.shown, facts.what, details, facts.place)
    told = [element("td", {}, said) for said in cells]
    letter = _letter(facts.letter)
    if letter:
        told[2] = element("td", {}, details, letter)
    return element("tr", {"ID": anchor}, *told)


def _letter(text: str) -> Markup:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return NOTHING
    return Markup("".join(element("paragraph", {}, line) for line in lines))
