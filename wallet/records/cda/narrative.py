"""The narrative of a CDA section: as lines of text, as plain XHTML, and by reference.

Source: HL7 CDA R2 4.3.5 (StrucDoc.Text); FHIR R4 Narrative, which allows neither
scripts nor addresses. Nothing in a narrative is followed or fetched.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.records.xml_tree import Node

XHTML = "http://www.w3.org/1999/xhtml"
_MOST_REFERRED = 20_000
_MOST_LINES = 400_000
_BLOCKS = frozenset({"paragraph", "item", "tr", "caption", "br", "table", "list", "p"})
_CELLS = frozenset({"td", "th"})
_AS_HTML = {
    "paragraph": "p",
    "p": "p",
    "list": "ul",
    "item": "li",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tfoot": "tfoot",
    "tr": "tr",
    "th": "th",
    "td": "td",
    "caption": "b",
    "content": "span",
    "sub": "sub",
    "sup": "sup",
    "br": "br",
}
_SPANS = ("colspan", "rowspan")


class Narratives:
    """Every part of a document's narratives that an entry may point at."""

    def __init__(self, root: Node) -> None:
        self._by_id: dict[str, Node] = {}
        for node in root.every():
            name = node.attributes.get("ID")
            if name:
                self._by_id.setdefault(name, node)

    def words(self, node: Node | None) -> str:
        """What an element says itself, or the part of the narrative it points at.

        ED (``text``, ``originalText``): HL7 V3 Data Types R1, reference by ``#ID``.
        """
        if node is None:
            return ""
        reference = node.one("reference")
        if reference is not None and reference.get("value").startswith("#"):
            target = self._by_id.get(reference.get("value")[1:])
            if target is not None:
                return " ".join(lines(target)[:_MOST_REFERRED].split())
        return " ".join(node.text.split())[:_MOST_REFERRED]


def lines(node: Node) -> str:
    """The narrative as text: a line for a row, an item or a paragraph."""
    said: list[str] = []
    size = 0
    waiting: list[Node | str] = [node]
    while waiting and size < _MOST_LINES:
        held = waiting.pop()
        if isinstance(held, str):
            said.append(held if held in ("\n", "\t") else " ".join(_split(held)))
            size += len(held)
            continue
        if held.name in _CELLS:
            waiting.append("\t")
        elif held.name in _BLOCKS:
            waiting.append("\n")
        waiting += reversed(held.content)
        if held.name in _BLOCKS:
            said.append("\n")
    found = "".join(said).split("\n")
    return "\n".join(filter(None, (_row(line) for line in found)))


def _split(text: str) -> list[str]:
    """Words, with an empty one where a blank stood at an end."""
    words = text.split()
    if not words:
        return ["", ""] if text else []
    if text[0].isspace():
        words.insert(0, "")
    if text[-1].isspace():
        words.append("")
    return words


def _row(line: str) -> str:
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    return " | ".join(cells).rstrip("| ").strip()


def xhtml(node: Node) -> str:
    """The narrative as a FHIR ``div``: known parts, no address, no style, no script."""
    said = [f'<div xmlns="{XHTML}">']
    size = 0
    waiting: list[Node | tuple[str] | str] = list(reversed(node.content))
    while waiting and size < _MOST_LINES:
        held = waiting.pop()
        if isinstance(held, tuple):
            said.append(held[0])
        elif isinstance(held, str):
            said.append(escape(held, quote=False))
            size += len(held)
        else:
            size += len(held.name)
            name = _AS_HTML.get(held.name, "span")
            if name == "br":
                said.append("<br/>")
                continue
            wide = "".join(
                f' {key}="{held.get(key)}"'
                for key in _SPANS
                if name in _CELLS
                and held.get(key).isascii()
                and held.get(key).isdigit()
            )
            said.append(f"<{name}{wide}>")
            waiting.append((f"</{name}>",))
            waiting += reversed(held.content)
    # What is still open when the limit is met is closed, innermost first.
    said += [held[0] for held in reversed(waiting) if isinstance(held, tuple)]
    return "".join([*said, "</div>"])
