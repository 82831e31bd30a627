"""A CDA document as a person reads it: its title, then each section with its text.

HL7 CDA R2 4.3.5: the narrative of a section is what its author signed, and must be
enough for a reader without the entries. Runs only in a confined process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.cda.narrative import lines
from wallet.records.cda.resumption import behind
from wallet.records.xml_tree import grow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.xml_tree import Node

_MOST_LETTERS = 200_000


def readable(raw: bytes) -> str:
    """The words of a document or a part of one; empty where it has no narrative."""
    root = grow(raw, resume=behind).root
    if root is None:
        return ""
    title = root.one("title") if root.name == "ClinicalDocument" else None
    told, size = [_line(title)] if _line(title) else [], 0
    for block in _sections(root):
        told.append(block)
        size += len(block)
        if size > _MOST_LETTERS:
            break
    return "\n\n".join(told)[:_MOST_LETTERS] if size else ""


def _sections(root: Node) -> Iterator[str]:
    for node in root.every():
        text = node.one("text") if node.name == "section" else None
        body = lines(text) if text is not None else ""
        if body:
            yield "\n".join(filter(None, (_line(node.one("title")), body)))


def _line(node: Node | None) -> str:
    return "" if node is None else " ".join(node.text.split())
