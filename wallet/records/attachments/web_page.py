"""The words of a page of the web, without its scripts, styles and addresses.

Portals hand out letters as HTML. Nothing of it is run, drawn or fetched; what is no
text is left out. Runs only in a confined process.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_MOST_LETTERS = 200_000
_SIGN = re.compile(rb"<(?:!doctype html|html|body|head|div|p|table)\b", re.IGNORECASE)
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5"}
    | {"h6", "section", "article", "blockquote", "pre", "hr", "dt", "dd", "caption"}
)
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "head", "template", "object", "noscript"})


def is_web_page(data: bytes) -> bool:
    """Whether *data* begins as HTML does."""
    return _SIGN.match(data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")) is not None


def words_of(data: bytes) -> str:
    """A line for a paragraph, an item or a row; cells of a row are parted."""
    parser = _Words()
    parser.feed(data.decode("utf-8", "replace"))
    parser.close()
    lines = "".join(parser.said).split("\n")
    plain = (_row(line) for line in lines)
    return "\n".join(filter(None, plain))[:_MOST_LETTERS]


def _row(line: str) -> str:
    cells = (" ".join(cell.split()) for cell in line.split("\t"))
    return " | ".join(filter(None, cells))


class _Words(HTMLParser):
    """Collects text; what is inside a silent element is not said."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        """Begin a line or a cell."""
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.said.append("\n")
        elif tag in _CELLS:
            self.said.append("\t")

    def handle_endtag(self, tag: str) -> None:
        """End a line."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is said."""
        if not self._silent:
            self.said.append(data.replace("\n", " ").replace("\t", " "))
