"""XML as text, put together from the inside out; every word is escaped on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# XML 1.0, 2.2: what no document may hold, whatever a record says.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Finished XML; a plain `str` is a text that still has to be escaped."""

    __slots__ = ()


NOTHING = Markup("")


def element(
    name: str,
    attributes: Mapping[str, str] | None = None,
    *inner: str,
) -> Markup:
    """One element; attributes without a value are left out.

    >>> element("td", {"ID": "r1", "title": ""}, "a < b", element("br"))
    '<td ID="r1">a &lt; b<br/></td>'
    """
    said = "".join(
        f" {key}={quoteattr(plain(value))}"
        for key, value in (attributes or {}).items()
        if value
    )
    held = together(inner)
    return Markup(f"<{name}{said}>{held}</{name}>" if held else f"<{name}{said}/>")


def together(pieces: Iterable[str]) -> Markup:
    """Pieces one behind the other."""
    return Markup(
        "".join(
            piece if isinstance(piece, Markup) else escape(plain(piece))
            for piece in pieces
        )
    )


def plain(text: str) -> str:
    """The text without the letters that XML has no way to write."""
    return _FORBIDDEN.sub("\ufffd", text)
