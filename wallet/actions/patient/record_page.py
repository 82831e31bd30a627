"""One record as a person reads it: facts in words, where it came from, its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient.chain import pretty, status_words, version_lines
from wallet.actions.patient.particulars.rows import particulars
from wallet.exports.facts import facts, spoken_date
from wallet.exports.naming import parse_body
from wallet.records import labels
from wallet.records.byhand.authorship import CORRECTED, WRITTEN, author_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.actions.patient.chain import VersionLine
    from wallet.records.record import Record
    from wallet.vault.remarks import Remarks
    from wallet.vault.sightings import Sighting
    from wallet.vault.versions import Version

_MOST_ROWS = 40


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
    author: str
    marks: tuple[Mark, ...]
    remarks: Remarks
    can_be_corrected: bool
    sources: tuple[Sighting, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A label in words with the reason for it; *hers* if the patient put it there."""

    code: str
    words: str
    reason: str
    hers: bool


def page_of(
    record: Record,
    versions: Sequence[Version],
    sources: Sequence[Sighting],
    *,
    remarks: Remarks,
    can_be_corrected: bool,
) -> RecordPage:
    """Lay out one record with its body, its versions, who says it, what was added."""
    resource = parse_body(record.body)
    author = author_words(resource)
    read = facts(resource, title=record.title, place=record.provider)
    value = f"{record.value} {record.unit}".strip()
    rows = (
        ("When", spoken_date(record.start_as_written)),
        ("Until", spoken_date(record.end.date().isoformat()) if record.end else ""),
        ("Result", value or read.value),
        ("Usual range", read.usual),
        ("State", status_words(record.status)),
        ("By", record.provider or ("" if author else read.place)),
        ("More", read.more),
        *particulars(resource),
        ("Text", read.letter),
    )
    lines = version_lines(versions)
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
        provenance=_provenance(record, lines),
        labels=tuple(dict.fromkeys(codes)),
        label_words=tuple(dict.fromkeys(labels.words(code) for code in codes)),
        versions=lines,
        raw=pretty(record.body),
        author=_BY_YOU.get(author, ""),
        marks=_marks(record),
        remarks=remarks,
        can_be_corrected=can_be_corrected,
        sources=tuple(sources),
        codes=record.codes,
    )


_BY_YOU = {WRITTEN: "You wrote this", CORRECTED: "You corrected this"}


def _provenance(
    record: Record, lines: Sequence[VersionLine]
) -> tuple[tuple[str, str], ...]:
    """Where a record came from, and what became of it since."""
    holds = next((line for line in lines if line.holds), lines[-1])
    first = lines[0]
    corrected = holds.by_patient and not first.by_patient
    came = (
        ("Source", record.source_name),
        ("Arrived", _day(first if corrected else holds)),
        ("Corrected", f"By you, {_day(holds)}" if corrected else ""),
        ("Since then", _SENT_AGAIN if holds.number < lines[-1].number else ""),
        ("Place in the file", first.place if corrected else holds.place),
        ("Signature", "" if first.by_patient else "Not signed"),
    )
    return tuple((name, said) for name, said in came if said)


_SENT_AGAIN = "Its source has sent another version. Yours is the one that counts."


def _day(line: VersionLine) -> str:
    return spoken_date(line.arrived.date().isoformat())


def _marks(record: Record) -> tuple[Mark, ...]:
    found = {
        (label.code, label.basis): Mark(
            code=label.code,
            words=labels.words(label.code),
            reason=labels.reason(label),
            hers=label.basis == labels.PATIENT,
        )
        for label in record.labels
    }
    return tuple(found.values())
