"""One record as a person reads it: facts in words, where it came from, its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from wallet.exports.facts import facts, spoken_date
from wallet.exports.naming import parse_body
from wallet.records import labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.records.record import Record
    from wallet.vault.records import Version

_MOST_ROWS = 40
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
class RecordPage:
    """Everything a window or a command shows of one record."""

    key: str
    category: str
    title: str
    when: str
    start: datetime | None
    start_precision: str
    value: str
    unit: str
    usual: str
    provider: str
    source_name: str
    facts: tuple[tuple[str, str], ...]
    provenance: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    label_words: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version: when it came, from where, and its bytes as text."""

    number: int
    arrived: datetime
    source_name: str
    place: str
    raw: str


def page_of(record: Record, versions: Sequence[Version]) -> RecordPage:
    """Lay out one record with its body and every version of it."""
    resource = parse_body(record.body)
    read = facts(resource, title=record.title, place=record.provider)
    value = f"{record.value} {record.unit}".strip()
    rows = (
        ("When", spoken_date(record.start_as_written)),
        ("Until", spoken_date(record.end.date().isoformat()) if record.end else ""),
        ("Result", value or read.value),
        ("Usual range", read.usual),
        ("State", _status(record.status)),
        ("By", record.provider or read.place),
        ("More", read.more),
        ("Text", read.letter),
    )
    newest = versions[-1]
    came = (
        ("Source", record.source_name),
        ("Arrived", spoken_date(newest.created_at.date().isoformat())),
        ("Place in the file", newest.place),
        ("Signature", "Not signed"),
    )
    codes = [label.code for label in record.labels]
    return RecordPage(
        key=record.scope_id,
        category=record.category,
        title=record.title,
        when=spoken_date(record.start_as_written),
        start=record.start,
        start_precision=record.start_precision,
        value=record.value,
        unit=record.unit,
        usual=read.usual,
        provider=record.provider,
        source_name=record.source_name,
        facts=tuple((name, said) for name, said in rows if said)[:_MOST_ROWS],
        provenance=tuple((name, said) for name, said in came if said),
        labels=tuple(dict.fromkeys(codes)),
        label_words=tuple(dict.fromkeys(labels.words(code) for code in codes)),
        versions=tuple(
            VersionLine(
                number=version.number,
                arrived=version.created_at,
                source_name=version.source_name,
                place=version.place,
                raw=_pretty(version.body),
            )
            for version in versions
        ),
        raw=_pretty(record.body),
    )


def _status(status: str) -> str:
    return _STATUS.get(status) or status.replace("-", " ").capitalize()


def _pretty(body: bytes) -> str:
    # Whatever orjson does not know by itself is a number as it was written.
    return orjson.dumps(
        parse_body(body),
        default=lambda number: orjson.Fragment(str(number).encode()),
        option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_SUBCLASS,
    ).decode()
