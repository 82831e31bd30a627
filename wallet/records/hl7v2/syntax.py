"""The syntax of HL7 version 2: framing, segments, fields, repetitions, escapes.

HL7 v2.5.1 chapter 2 (2.5 delimiters, 2.7 escapes, 2.10.3 batches) and the minimal lower
layer protocol. Tolerant where senders differ (line ends, a byte order mark, frames),
strict in size; what is no segment is handed over as one that nobody knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SEGMENTS = 200_000
_BOM = b"\xef\xbb\xbf"
_FRAME = re.compile(rb"[\x0b\x1c]")
_ENDS = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEADS = frozenset({"MSH", "FHS", "BHS"})
_ESCAPE = re.compile(r"[A-Za-z0-9.+\-]*")
_CHARSETS = {"UNICODE UTF-8": "utf-8", "8859/1": "latin-1", "ASCII": "ascii"}
_BREAKS = (".br", ".sp", ".ce")


class Signs(NamedTuple):
    """The five signs a message separates and escapes with (MSH-1 and MSH-2)."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of a message; ``number`` is its line in the file, from 1."""

    name: str
    number: int
    fields: tuple[str, ...]
    signs: Signs

    def repeats(self, field: int) -> tuple[str, ...]:
        """Every repetition of a field as written, empty ones left out."""
        if field >= len(self.fields) or not self.fields[field]:
            return ()
        parts = self.fields[field].split(self.signs.repetition)
        return tuple(part for part in parts if part and part != '""')

    def part(self, field: int, component: int = 1, sub: int = 1) -> str:
        """One plain value of the first repetition; empty where there is none."""
        first = next(iter(self.repeats(field)), "")
        return self.within(first, component, sub)

    def within(self, written: str, component: int = 1, sub: int = 1) -> str:
        """One plain value of one repetition."""
        parts = written.split(self.signs.component)
        if component > len(parts):
            return ""
        subs = parts[component - 1].split(self.signs.subcomponent)
        said = subs[sub - 1] if sub <= len(subs) else ""
        return "" if said == '""' else plain(said, self.signs).strip()

    def text(self, field: int) -> str:
        """All repetitions of a text, one a line, with its own separators as letters."""
        return "\n".join(
            plain(part, self.signs).strip() for part in self.repeats(field)
        )


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment of a file, of all its messages, in order.

    A line that continues the one before it (long texts are broken by some senders) is
    joined to it; anything before the first head segment is named ``""``.
    """
    signs, held, number = Signs(), "", 0
    at = 0
    for line in _ENDS.split(_decoded(data)):
        number += 1
        name = line[:3]
        if not line.strip():
            continue
        starts = _NAME.fullmatch(name) and (
            name in _HEADS or line[3:4] in (signs.field, "")
        )
        if not starts:
            if held:
                held += f"\n{line}"
            else:
                yield Segment("", number, (line,), signs)
            continue
        if held:
            yield _segment(held, at, signs)
        held, at = line, number
        if name in _HEADS and len(line) > len("MSH|^~\\"):
            signs = _signs(line)
    if held:
        yield _segment(held, at, signs)


def plain(written: str, signs: Signs) -> str:
    """A value without its escapes; an escape nobody knows is left out."""
    if signs.escape not in written or not signs.escape:
        return written
    known = {
        "F": signs.field,
        "S": signs.component,
        "T": signs.subcomponent,
        "R": signs.repetition,
        "E": signs.escape,
        "H": "",
        "N": "",
    }
    parts = written.split(signs.escape)
    out, at = [parts[0]], 1
    while at < len(parts):
        code = parts[at]
        closed = at + 1 < len(parts)
        if not closed or not _ESCAPE.fullmatch(code):
            # A lone sign, as in a Windows path: it is a letter.
            out.append(signs.escape + code)
            at += 1
            continue
        out.append(_escaped(code, known) + parts[at + 1])
        at += 2
    return "".join(out)


def _escaped(code: str, known: dict[str, str]) -> str:
    if code in known:
        return known[code]
    if code.startswith(_BREAKS):
        return "\n"
    if code[:1] == "X" and len(code) % 2:
        try:
            data = bytes.fromhex(code[1:])
        except ValueError:
            return ""
        return data.decode("utf-8", "replace")
    return ""


def _signs(line: str) -> Signs:
    field = line[3]
    rest = line[4:].split(field, 1)[0]
    given = (field, *rest[:4])
    # A sign that stands for two things would make one text two.
    return Signs(*given) if len(set(given)) == len(given) else Signs()


def _segment(line: str, number: int, signs: Signs) -> Segment:
    fields = line.split(signs.field)
    if fields[0] in _HEADS:
        # The separator itself is the first field of a head.
        fields.insert(1, signs.field)
    return Segment(fields[0], number, tuple(fields), signs)


def _decoded(data: bytes) -> str:
    data = _FRAME.sub(b"", data.removeprefix(_BOM)).replace(b"\r" + _BOM, b"\r")
    head = data[:400].split(b"\r")[0].split(b"\n")[0].decode("latin-1").split("|")
    named = head[17].split("~")[0].strip() if len(head) > 17 else ""  # noqa: PLR2004
    for charset in (_CHARSETS.get(named, "utf-8"), "utf-8"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
