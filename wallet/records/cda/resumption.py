"""Where to go on reading a CDA document that breaks in the middle.

The next section, entry or part of the header is looked for, and the parser is told
inside which elements it stands (HL7 CDA R2, 4.3: ClinicalDocument, component,
structuredBody, component, section, entry).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallet.records.xml_tree import Node, Resumption

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = ("confidentialityCode", "recordTarget", "author", "custodian", "componentOf")
_MARK = re.compile(
    rb"<(?P<close>/)?(?:[A-Za-z_][\w.-]*:)?"
    rb"(?P<name>confidentialityCode|recordTarget|author|custodian|componentOf"
    rb"|structuredBody|section|entry)"
    rb"(?=[\s>/])"
)
_ABOVE = {
    "structuredBody": ("ClinicalDocument", "component"),
    "section": ("ClinicalDocument", "component", "structuredBody", "component"),
    "entry": (
        "ClinicalDocument",
        "component",
        "structuredBody",
        "component",
        "section",
    ),
}


def behind(data: bytes, at: int, inside: Sequence[Node]) -> Resumption | None:
    """The next place at or after *at* where a part of a CDA document starts or ends."""
    names = [node.name for node in inside]
    in_body = "structuredBody" in names or "section" in names
    for mark in _MARK.finditer(data, at):
        name = mark["name"].decode()
        if mark["close"]:
            if name in ("section", "structuredBody") and name in names:
                return Resumption(mark.start(), tuple(_through(inside, name)))
            continue
        if name in _HEADER:
            if in_body:
                continue  # such a thing inside a section is a part of it
            root = list(inside[:1]) or [_made("ClinicalDocument", mark.start())]
            return Resumption(mark.start(), tuple(root))
        return Resumption(mark.start(), tuple(_above(name, inside, mark.start())))
    return None


def _through(inside: Sequence[Node], name: str) -> list[Node]:
    last = max(n for n, node in enumerate(inside) if node.name == name)
    return list(inside[: last + 1])


def _above(name: str, inside: Sequence[Node], at: int) -> list[Node]:
    """The open elements a part belongs into; what is missing of them is made."""
    names = [node.name for node in inside]
    if name == "entry" and "section" in names:
        return _through(inside, "section")
    if name == "section" and "section" in names:
        return [*_through(inside, "section"), _made("component", at)]
    if name == "section" and "structuredBody" in names:
        return [*_through(inside, "structuredBody"), _made("component", at)]
    wanted = _ABOVE[name]
    kept = list(inside[:1]) or [_made(wanted[0], at)]
    return [*kept, *(_made(made, at) for made in wanted[1:])]


def _made(name: str, at: int) -> Node:
    return Node(name, {}, at)
