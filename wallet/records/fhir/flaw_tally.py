"""What the resources of one file break, told by kind: some places, and how many more.

A source that makes a mistake makes it in every record, so a kind is one fault of one
element; the first places of each are told, and memory does not grow with the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.validity import Fault, flaws_of
from wallet.records.findings import Cause, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.fhir.validity import Flaw

MOST_KINDS = 100
MOST_PLACES = 3
_NAME = re.compile(r"\w{1,64}", re.ASCII)
_IN_ENTRY = re.compile(r"/entry/\d+$")


@dataclass(slots=True)
class _Kind:
    places: list[str] = field(default_factory=list)
    more: int = 0


@dataclass(slots=True)
class FlawTally:
    """The flaws of one file, as far as they are told."""

    _kinds: dict[tuple[Cause, str], _Kind] = field(default_factory=dict)

    def look(self, resource: dict[str, Any], place: str) -> None:
        """Check one R4 resource that stands at *place*: a pointer, a line, an entry."""
        for flaw in flaws_of(resource):
            cause = Cause(f"flaw_{flaw.fault.value}")
            self._note(cause, _detail(flaw), _place(place, flaw))

    def _note(self, cause: Cause, detail: str, place: str) -> None:
        kind = self._kinds.get((cause, detail))
        if kind is None and len(self._kinds) >= MOST_KINDS:
            cause, detail, place = Cause.FLAWS_OF_MORE_KINDS, "", "/"
        kind = self._kinds.setdefault((cause, detail), _Kind())
        if len(kind.places) < MOST_PLACES:
            kind.places.append(place)
        else:
            kind.more += 1

    def findings(self) -> Iterator[Finding]:
        """One for each place that is told; the last of a kind counts the rest."""
        for (cause, detail), kind in self._kinds.items():
            for number, place in enumerate(kind.places, start=1):
                more = kind.more if number == len(kind.places) else 0
                yield Finding(place=place, cause=cause, detail=detail, more=more)


def _detail(flaw: Flaw) -> str:
    """The element, in words of the format; what a stranger made up is not repeated."""
    names = flaw.element.split(".")
    known = names[: next(_strange(names), len(names))]
    return ", ".join(filter(None, (".".join(known), flaw.rule)))


def _place(place: str, flaw: Flaw) -> str:
    # What is missing has no place; what is there twice has two.
    last = -1 if flaw.fault in (Fault.MISSING, Fault.TWO) else None
    steps = [str(step) for step in flaw.place[:last]]
    inside = "".join(f"/{step}" for step in steps[: next(_strange(steps), len(steps))])
    if place == "/":
        return inside or "/"
    if _IN_ENTRY.search(place):
        return f"{place}/resource{inside}"
    return f"{place}{inside}" if place[:1] == "/" else f"{place} {inside}".rstrip()


def _strange(names: list[str]) -> Iterator[int]:
    """The numbers of those that are no names of elements."""
    return (at for at, name in enumerate(names) if not _NAME.fullmatch(name))
