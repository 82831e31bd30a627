"""Security labels of a CDA document, its sections and its entries, each with its basis.

Sources: HL7 CDA R2 4.2.1.10 and 4.3.5.1 (confidentialityCode: what a part does not say
of itself, the part around it says), HL7 DS4P for CDA (privacy annotations), and the
notice that 42 CFR 2.32 has every disclosure of such records carry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallet.records.labels import CONFIDENTIALITY, confidentiality
from wallet.records.record import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.records.xml_tree import Node

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
CONTAINER, NOTICE, PARTS, SOURCE = "container", "notice", "parts", "source"
UNREADABLE = Label(code="R", system=CONFIDENTIALITY, basis="unreadable")
"""For a document that broke where its level stands: it may have been any."""

_LEVELS = frozenset({"U", "L", "M", "N", "R", "V"})
# Older documents name sensitivities where a level belongs (HL7 v3 Confidentiality,
# codes retired in 2010).
_RETIRED = {
    "ETH": "ETH",
    "HIV": "HIV",
    "PSY": "PSY",
    "SDV": "SDV",
    "T": "TABOO",
    "C": "CEL",
    "S": "S",
    "D": "D",
    "I": "I",
    "B": "B",
}
_ANNOTATIONS = frozenset(
    f"2.16.840.1.113883.3.{tail}"
    for tail in ("445.12", "445.14", "445.21", "445.22", "445.23", "445.13")
)
_OBSERVED = frozenset({"SECCLASSOBS", "SECCATOBS", "SECCONOBS", "SECINTOBS", "SECCOBS"})
_NOTICE = re.compile(
    r"42\s*(?:C\.?\s*F\.?\s*R\.?|Code\s+of\s+Federal\s+Regulations)\s*"
    r"(?:,|\(|\u00a7)?\s*(?:Part|Pt\.?|\u00a7)\s*2\b",
    re.IGNORECASE,
)
_PROHIBITS = re.compile(r"disclos|disclosure|prohibit|confidential", re.IGNORECASE)
_AROUND = 2_000


def own_level(node: Node) -> tuple[Label, ...]:
    """The ``confidentialityCode`` of a document or a section."""
    return tuple(
        label
        for code in node.all("confidentialityCode")
        if (label := _level(code)) is not None
    )


def _level(node: Node) -> Label | None:
    code = node.get("code")
    if node.get("nullFlavor") == "MSK":
        # It is there and may not be said.
        return Label(code="V", system=CONFIDENTIALITY, basis=SOURCE)
    return level(code) if code else None


def level(code: str) -> Label:
    """The label for a code of v3 Confidentiality, or for one that once was."""
    if code in _RETIRED and code not in _LEVELS:
        # Whatever it was called: somebody wanted this looked after.
        return Label(code=_RETIRED[code], system=ACT_CODE, basis=SOURCE)
    # A code nobody knows stays, and counts as the highest there is.
    return Label(code=code, system=CONFIDENTIALITY, basis=SOURCE)


def annotated(node: Node) -> tuple[Label, ...]:
    """Every DS4P privacy annotation inside *node*, and every level inside an entry."""
    found: list[Label] = []
    for inner in node.every():
        if inner.name == "confidentialityCode" and inner is not node:
            level = _level(inner)
            found += [level] if level else []
        elif inner.name == "observation" and is_annotation(inner):
            found += filter(None, map(_annotation, inner.all("value")))
    return tuple(dict.fromkeys(found))


def is_annotation(node: Node) -> bool:
    """Whether an observation is a label (a DS4P security observation)."""
    code = node.one("code")
    if code is not None and code.get("code") in _OBSERVED:
        return True
    return any(held.get("root") in _ANNOTATIONS for held in node.all("templateId"))


def _annotation(value: Node) -> Label | None:
    code = value.get("code")
    if not code:
        return None
    if code in _LEVELS:
        system = CONFIDENTIALITY
    elif value.get("codeSystem") == "2.16.840.1.113883.5.8":
        system = ACT_REASON
    else:
        system = ACT_CODE
    return Label(code=code, system=system, basis=SOURCE)


def is_only_annotation(entry: Node) -> bool:
    """Whether an entry holds labels and nothing that happened to a patient."""
    statements = [
        node
        for node in entry.every()
        if node.name in ("observation", "act", "procedure", "substanceAdministration")
    ]
    return bool(statements) and all(map(is_annotation, statements))


def notice(text: str) -> tuple[Label, ...]:
    """Labels for a text that carries the notice of 42 CFR Part 2.

    The law's name alone is not the notice: somebody may write about it.
    """
    found = _NOTICE.search(text)
    if found is None:
        return ()
    around = text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
    if not _PROHIBITS.search(around):
        return ()
    return (
        Label(code="42CFRPart2", system=ACT_CODE, basis=NOTICE),
        Label(code="NORDSCLCD", system=ACT_CODE, basis=NOTICE),
        Label(code="R", system=CONFIDENTIALITY, basis=NOTICE),
    )


def based(labels: Iterable[Label], basis: str) -> tuple[Label, ...]:
    """The same labels with another reason."""
    return tuple(
        Label(code=label.code, system=label.system, basis=basis) for label in labels
    )


def joined(own: Iterable[Label], around: Iterable[Label]) -> tuple[Label, ...]:
    """The labels of a part, with those that the part around it lends.

    A level the part names itself holds (the part around bears the highest of its
    parts); everything else adds up.
    """
    mine = distinct(own)
    has_level = any(label.system == CONFIDENTIALITY for label in mine)
    lent = (
        label for label in around if not (has_level and label.system == CONFIDENTIALITY)
    )
    return distinct((*mine, *lent))


def highest(*groups: Iterable[Label]) -> tuple[Label, ...]:
    """All labels together, and of their levels only the highest."""
    found = distinct(label for labels in groups for label in labels)
    level = confidentiality(found)
    return tuple(
        label
        for label in found
        if label.system != CONFIDENTIALITY or confidentiality((label,)) == level
    )


def distinct(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Each label once, with the first reason for it."""
    found: dict[tuple[str, str], Label] = {}
    for label in labels:
        found.setdefault((label.system, label.code), label)
    return tuple(found.values())
