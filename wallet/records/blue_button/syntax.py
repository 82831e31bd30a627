"""The syntax of Blue Button text: sections, and in them entries of ``Name: value``.

My HealtheVet (VA, versions 12 and 13) frames a section's name in dashes on one line,
MyMedicare (CMS) puts it between two lines of dashes. An entry begins where the first
name of its kind stands again; after a line of dashes comes its free text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.records.tables.rows import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRAMED = re.compile(r"-{3,} *([A-Za-z][^\n]*?[A-Za-z)]) *-{3,}")
_RULE = re.compile(r"[-=]{8,}")
_FIELD = re.compile(r" *([A-Z][A-Za-z0-9 /()&'.*-]{0,48}?):\*?(?: +(.*)|)")
# Two or three fields on one line of a form.
_SECOND = re.compile(r" {3,}(?=[A-Z][A-Za-z /]{1,30}: )")
MOST_LINES = 2_000_000


@dataclass(slots=True)
class Entry:
    """One entry: its fields by name (the first of each), and free text under them."""

    number: int
    start: str
    fields: dict[str, str] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)

    def get(self, *names: str) -> str:
        """The first of these fields that says something."""
        return next((self.fields[n] for n in names if self.fields.get(n)), "")


@dataclass(slots=True)
class Section:
    """A section: its name, where it begins, and all its lines."""

    name: str
    number: int
    lines: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """Everything in it, as a person reads it."""
        return "\n".join(line.rstrip() for line in self.lines).strip("\n")

    @property
    def by_patient(self) -> bool:
        """Whether the patient typed it in."""
        return any(line.strip() == "Source: Self-Entered" for line in self.lines[:6])

    def entries(self, starts: frozenset[str]) -> Iterator[Entry]:
        """The entries that begin with one of the names in *starts*."""
        entry: Entry | None = None
        in_text, last = False, ""
        for offset, line in enumerate(self.lines):
            found = _FIELD.fullmatch(line.rstrip())
            name = found[1].strip() if found else ""
            if name in starts:
                if entry is not None:
                    yield entry
                entry = Entry(self.number + offset + 1, name)
                in_text = False
            if entry is None:
                continue
            if _RULE.fullmatch(line.strip()):
                in_text = bool(entry.fields)
            elif in_text:
                entry.text.append(line.rstrip())
            elif found:
                last = _fields(line.rstrip(), entry.fields)
            elif line.strip() and last:
                entry.fields[last] = f"{entry.fields[last]} {line.strip()}".strip()
        if entry is not None:
            yield entry


def _fields(line: str, held: dict[str, str]) -> str:
    """Take in the fields of one line; answers the name of the last one."""
    last = ""
    for part in _SECOND.split(line):
        found = _FIELD.fullmatch(part)
        if found:
            last = found[1].strip()
            held.setdefault(last, (found[2] or "").strip())
    return last


def sections(data: bytes) -> Iterator[Section]:
    """Every section of a file; what stands before the first has an empty name."""
    lines = re.split(r"\r\n|\r|\n", text_of(data))[:MOST_LINES]
    held = Section("", 0)
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        name, after = _name(lines, at, line)
        if name:
            yield held
            held = Section(name, after)
            at = after
            continue
        held.lines.append(lines[at])
        at += 1
    yield held


def _name(lines: list[str], at: int, line: str) -> tuple[str, int]:
    """The section's name that begins in line *at*, and the line behind it."""
    framed = _FRAMED.fullmatch(line)
    if framed:
        return " ".join(framed[1].split()), at + 1
    if not _RULE.fullmatch(line) or not line.startswith("-"):
        return "", at
    # MyMedicare: dashes, the name, an empty line, dashes.
    inside = [(n, lines[n].strip()) for n in range(at + 1, min(at + 5, len(lines)))]
    said = [(n, text) for n, text in inside if text]
    if (
        len(said) > 1
        and _RULE.fullmatch(said[1][1])
        and not _RULE.fullmatch(said[0][1])
        and len(line) == len(said[1][1]) == _DASHES
    ):
        return said[0][1], said[1][0] + 1
    return "", at


_DASHES = 32
