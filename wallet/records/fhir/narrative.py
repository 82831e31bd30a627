"""Whether the narrative of a resource is the small part of XHTML that FHIR allows.

FHIR R4 2.4.0: well-formed, one ``div``, formatting only; no script, form, frame,
object or handler. Nothing is followed, and entities are not expanded.
"""

from __future__ import annotations

from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENTS = frozenset(
    (
        *("a", "abbr", "acronym", "b", "big", "blockquote", "br", "caption", "cite"),
        *("code", "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "q"),
        *("samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td"),
        *("tfoot", "th", "thead", "tr", "tt", "ul", "var"),
    )
)
_ATTRIBUTES = frozenset(
    (
        *("abbr", "accesskey", "align", "alt", "axis", "border", "cellhalign"),
        *("cellpadding", "cellspacing", "cellvalign", "char", "charoff", "charset"),
        *("cite", "class", "cols", "colspan", "coords", "dir", "frame", "headers"),
        *("height", "href", "hreflang", "id", "lang", "longdesc", "name", "nowrap"),
        *("rel", "rev", "rowspan", "rules", "scope", "shape", "span", "src", "start"),
        *("style", "summary", "tabindex", "target", "title", "type", "valign"),
        *("width", "xml:lang", "xmlns", "xml:space"),
    )
)
_SCHEMES = ("http:", "https:", "mailto:", "tel:", "data:image/")
_DEEPEST = 100


class _UnsafeError(Exception):
    """Something that has no place in a narrative."""


def is_safe(text: str) -> bool:
    """Whether *text* is one ``div`` of allowed elements that says something."""
    look = _Look()
    parser = expat.ParserCreate()
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.CharacterDataHandler = look.words
    parser.StartDoctypeDeclHandler = look.refuse
    parser.EntityDeclHandler = look.refuse
    parser.ProcessingInstructionHandler = look.refuse
    # FHIR allows the entities of HTML, which XML does not know; each is one sign.
    parser.UseForeignDTD(True)  # noqa: FBT003 the parser's own signature
    parser.SkippedEntityHandler = look.skip
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)  # noqa: FBT003
    except (expat.ExpatError, _UnsafeError):
        return False
    return look.said


class _Look:
    """What the parser tells."""

    def __init__(self) -> None:
        self.said = False
        self._deep = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        self._deep += 1
        outer = self._deep == 1
        if (
            name not in _ELEMENTS
            or not given.keys() <= _ATTRIBUTES
            or self._deep > _DEEPEST
            or (outer and (name != "div" or given.get("xmlns") != XHTML))
            or given.get("xmlns", XHTML) != XHTML
            or not all(_leads_safely(given.get(key, "")) for key in ("href", "src"))
        ):
            raise _UnsafeError
        self.said = self.said or name == "img"

    def end(self, _name: str) -> None:
        self._deep -= 1

    def words(self, data: str) -> None:
        self.said = self.said or bool(data.strip())

    def refuse(self, *_given: object) -> None:
        raise _UnsafeError

    def skip(self, _name: str, _is_parameter: bool) -> None:  # noqa: FBT001
        self.said = True


def _leads_safely(target: str) -> bool:
    """Whether an address is relative or of a harmless scheme."""
    plain = "".join(target.split()).lower()
    scheme = ":" in plain.partition("/")[0].partition("#")[0]
    return not scheme or plain.startswith(_SCHEMES)
