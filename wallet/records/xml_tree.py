"""XML as a small tree that knows which bytes of the file every element is.

On expat of the standard library: no document type, no entity but XML's own five, no
network, bounded depth and number of elements. A document that breaks in the middle
keeps what stood before, and may be taken up again behind the break.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat  # entities are refused in `_Growth.run`

from wallet.records.findings import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_DEPTH = 100
MOST_ELEMENTS = 400_000
MOST_SIZE = 64 << 20
"""Of a document, in bytes: a tree takes about ten times as much."""
_MOST_BREAKS = 200
_STEP = 1 << 18
_KEPT_PREFIX = "sdtc"
_WIDE = {
    b"\xff\xfe\0\0": ("utf-32-le", 4),
    b"\0\0\xfe\xff": ("utf-32-be", 4),
    b"\xff\xfe": ("utf-16-le", 2),
    b"\xfe\xff": ("utf-16-be", 2),
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")


class Node:
    """One element: local name, attributes by local name, and text and elements in it.

    Names from the SDTC extensions keep their prefix, ``sdtc:``; all others lose it.
    ``whole`` is False where the document broke inside.
    """

    __slots__ = ("attributes", "content", "end", "name", "raw_name", "start", "whole")

    def __init__(self, raw_name: str, attributes: dict[str, str], start: int) -> None:
        self.raw_name = raw_name
        self.name = _local(raw_name)
        self.attributes = attributes
        self.content: list[Node | str] = []
        self.start = start
        self.end = start
        self.whole = False

    def get(self, name: str) -> str:
        """An attribute without blanks around it; empty if it is not there."""
        return self.attributes.get(name, "").strip()

    def all(self, name: str) -> Iterator[Node]:
        """Its own elements called *name*."""
        for held in self.content:
            if isinstance(held, Node) and held.name == name:
                yield held

    @property
    def elements(self) -> Iterator[Node]:
        """Its own elements."""
        return (held for held in self.content if isinstance(held, Node))

    def one(self, path: str) -> Node | None:
        """The first element under ``a/b/c``, looked for in every branch."""
        return next(self.under(path), None)

    def under(self, path: str) -> Iterator[Node]:
        """Every element under ``a/b/c``."""
        first, _, rest = path.partition("/")
        for held in self.all(first):
            if rest:
                yield from held.under(rest)
            else:
                yield held

    def every(self) -> Iterator[Node]:
        """All elements inside, at any depth, in the order of the file; itself first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(list(node.elements))

    @property
    def text(self) -> str:
        """All text inside, as it is written."""
        found: list[str] = []
        waiting: list[Node | str] = [self]
        while waiting:
            held = waiting.pop()
            if isinstance(held, str):
                found.append(held)
            else:
                waiting += reversed(held.content)
        return "".join(found)


class Break(NamedTuple):
    """Where a document is not what it should be, and up to where it was passed over."""

    start: int
    end: int
    line: int
    cause: Cause


class Resumption(NamedTuple):
    """Where to go on behind a break, and inside which elements."""

    at: int
    inside: tuple[Node, ...]


class Tree(NamedTuple):
    """A document, its bytes as UTF-8, its breaks, and how to have its own bytes back.

    Places count bytes of ``data``; ``own`` gives what a part of it is in the file.
    """

    root: Node | None
    data: bytes
    breaks: tuple[Break, ...]
    own: Callable[[bytes], bytes]


def no_resumption(_data: bytes, _at: int, _inside: Sequence[Node]) -> Resumption | None:
    """Leave the rest of a broken document alone."""
    return None


def grow(
    raw: bytes,
    *,
    resume: Callable[[bytes, int, Sequence[Node]], Resumption | None] = no_resumption,
) -> Tree:
    """Read a document as far as it can be read.

    Args:
        raw: The file; at most `MOST_SIZE` bytes are taken.
        resume: Answers where to go on behind a break.
    """
    data, encoding, own = _narrow(raw)
    growth = _Growth(data, encoding)
    if len(raw) > MOST_SIZE:
        broken = Break(0, len(data), 1, Cause.TOO_LARGE)
        return Tree(None, data, (broken,), own)
    breaks: list[Break] = []
    at = 0
    while True:
        fault = growth.run(at)
        if fault is None:
            break
        stopped, line, cause = fault
        stopped = max(stopped, at)
        found = None
        ended = growth.root is not None and not growth.inside
        if not ended and cause is not Cause.TOO_LARGE and len(breaks) < _MOST_BREAKS:
            found = resume(data, stopped + 1, growth.inside)
        end = len(data) if found is None or found.at <= at else found.at
        breaks.append(Break(stopped, end, line, cause))
        if found is None or found.at <= at:
            break
        growth.stand(found.inside)
        at = found.at
    return Tree(growth.root, data, tuple(breaks), own)


class _StopError(Exception):
    """A limit was met, or something that no health document needs."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class _Growth:
    """A tree in the making, over one or more runs of the parser."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self._data = data
        self._encoding = encoding
        self._count = 0
        self._given = 0
        self._shift = 0
        self._parser = expat.ParserCreate(encoding)
        self.root: Node | None = None
        self.inside: list[Node] = []

    def stand(self, inside: Sequence[Node]) -> None:
        """Go on inside these elements; the first is the root."""
        for outer, inner in pairwise(inside):
            if not any(held is inner for held in outer.content):
                outer.content.append(inner)
        self.inside = list(inside)
        if self.root is None and inside:
            self.root = inside[0]

    def run(self, at: int) -> tuple[int, int, Cause] | None:
        """Parse from *at* on; answer place, line and cause of what ended it early."""
        opening = "".join(f"<{node.raw_name}>" for node in self.inside).encode()
        self._given = len(self.inside)
        self._shift = at - len(opening)
        parser = self._parser = self._new_parser()
        view = memoryview(self._data)
        try:
            if opening:
                parser.Parse(opening, False)  # noqa: FBT003 expat's own order
            for start in range(at, len(view), _STEP):
                parser.Parse(view[start : start + _STEP], False)  # noqa: FBT003
            parser.Parse(b"", True)  # noqa: FBT003
        except _StopError as stop:
            return self._place(), self._line(at), stop.cause
        except expat.ExpatError as error:
            place = min(max(parser.ErrorByteIndex + self._shift, at), len(self._data))
            return place, self._line(place), _cause(error.code, self)
        except (UnicodeError, LookupError):
            return at, self._line(at), Cause.NOT_UTF8
        return None

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(self._encoding)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        return parser

    def _place(self) -> int:
        return self._parser.CurrentByteIndex + self._shift

    def _line(self, place: int) -> int:
        return self._data.count(b"\n", 0, place) + 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._given:
            self._given -= 1
            return
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise _StopError(Cause.TOO_LARGE)
        if len(self.inside) >= MOST_DEPTH:
            raise _StopError(Cause.TOO_DEEP)
        kept = {
            _local(key): value
            for key, value in attributes.items()
            if not key.startswith("xmlns")
        }
        node = Node(name, kept, self._place())
        if self.inside:
            self.inside[-1].content.append(node)
        else:
            self.root = node
        self.inside.append(node)

    def _end(self, _name: str) -> None:
        node, place = self.inside.pop(), self._place()
        empty = not node.content and self._data[place - 2 : place] == b"/>"
        node.end = place if empty else self._data.find(b">", place) + 1
        node.whole = True

    def _characters(self, said: str) -> None:
        if self.inside and not self._given:
            self.inside[-1].content.append(said)


def _refuse(*_told: object) -> None:
    raise _StopError(Cause.ENTITY)


def _cause(code: int, growth: _Growth) -> Cause:
    match expat.errors.messages[code]:
        case expat.errors.XML_ERROR_NO_ELEMENTS | expat.errors.XML_ERROR_UNCLOSED_TOKEN:
            return Cause.CUT_OFF
        case expat.errors.XML_ERROR_UNDEFINED_ENTITY:
            return Cause.ENTITY
        case expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
            return Cause.TRAILING
        case _ if growth.root is None:
            return Cause.NOT_XML
    return Cause.NOT_XML


def _local(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    if not colon or prefix == "xml":
        return name
    return name if prefix == _KEPT_PREFIX else local


def _widened(encoding: str, part: bytes) -> bytes:
    return part.decode().encode(encoding)


def _narrow(raw: bytes) -> tuple[bytes, str, Callable[[bytes], bytes]]:
    """The document in an encoding whose signs are single bytes, and its name.

    UTF-16 and UTF-32 become UTF-8, if the way back gives the very same bytes.
    """
    for mark, (encoding, _) in _WIDE.items():
        if raw.startswith(mark) and len(raw) <= MOST_SIZE:
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                break
            if text.encode(encoding) != raw:
                break
            return (
                text.encode(),
                "utf-8",
                partial(_widened, encoding),
            )
    named = _DECLARED.match(raw.removeprefix(b"\xef\xbb\xbf")[:200])
    encoding = named[1].decode().lower() if named else "utf-8"
    return raw, encoding, bytes
