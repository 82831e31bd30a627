"""The versions of one record as a person reads them: when, who, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from wallet.exports.facts import facts, spoken_date
from wallet.exports.naming import parse_body
from wallet.records.fhir.facts import Names, facts_of
from wallet.vault.intake import PATIENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.vault.versions import Version

_MOST_SAID = 200
_STATUS = {
    "active": "Active",
    "completed": "Completed",
    "final": "Final",
    "finished": "Finished",
    "resolved": "Over",
    "entered-in-error": "Entered by mistake",
    "not-done": "Not done",
    "on-hold": "Paused",
    "in-progress": "Going on",
    "in-remission": "In remission",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact that differs from the version before; empty where it is not said."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version: when it came, from where, and its bytes as text.

    ``by_patient`` says that she wrote it, ``holds`` that it is the one that counts.
    """

    number: int
    arrived: datetime
    source_name: str
    place: str
    raw: str
    by_patient: bool = False
    holds: bool = True
    changes: tuple[Change, ...] = ()


def version_lines(versions: Sequence[Version]) -> tuple[VersionLine, ...]:
    """Every version, oldest first, each with what it says differently."""
    lines, before = [], None
    for version in versions:
        said = _said(version.body)
        lines.append(
            VersionLine(
                number=version.number,
                arrived=version.created_at,
                source_name=version.source_name,
                place=version.place,
                raw=pretty(version.body),
                by_patient=version.author == PATIENT,
                holds=version.holds,
                changes=() if before is None else _changes(before, said),
            )
        )
        before = said
    return tuple(lines)


def status_words(status: str) -> str:
    """A status code as people say it."""
    return _STATUS.get(status) or status.replace("-", " ").capitalize()


def pretty(body: bytes) -> str:
    """A resource as text with one element a line."""
    # Whatever orjson does not know by itself is a number as it was written.
    return orjson.dumps(
        parse_body(body),
        default=lambda number: orjson.Fragment(str(number).encode()),
        option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_SUBCLASS,
    ).decode()


def _said(body: bytes) -> dict[str, str]:
    resource = parse_body(body)
    index = facts_of(resource, Names())
    read = facts(resource, title=index.title, place=index.provider)
    return {
        "Name": index.title,
        "When": spoken_date(index.written),
        "Until": read.until,
        "Result": f"{index.value} {index.unit}".strip() or read.value,
        "Usual range": read.usual,
        "State": status_words(index.status),
        "By": index.provider,
        "More": read.more,
        "Text": read.letter,
    }


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(name=name, before=before[name][:_MOST_SAID], after=said[:_MOST_SAID])
        for name, said in after.items()
        if said != before[name]
    )
