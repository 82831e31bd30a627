"""Records and what an import found, from the front desk's answers to a page's words."""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ui import kinds, views, wording
from ui.units import say_unit
from ui.views import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wallet.actions.patient.records import (
        Counts,
        ImportAnswer,
        Record,
        RecordPage,
        Result,
    )

_DAY_LENGTH, _MONTH_LENGTH = 10, 7
_LONGEST_NUMBER = 12
_DOT = " \u00b7 "
_USUAL = "usual: "
_ENTRY = re.compile(r"/entry/(\d+)")
_LINE = re.compile(r"line (\d+)")


def records_overview(counts: Counts) -> views.RecordsOverview:
    """Say how much there is."""
    return views.RecordsOverview(
        counts=counts.by_category,
        places=counts.providers,
        first_year=None if counts.first is None else counts.first.year,
    )


def record_line(record: Record) -> views.RecordLine:
    """Say one record in two lines."""
    value = f"{record.value} {say_unit(record.unit)}".strip()
    where = record.provider or record.source_name
    return views.RecordLine(
        key=record.scope_id,
        category=record.category,
        title=record.title or kinds.one(record.category),
        note=_DOT.join(part for part in (value, where) if part),
        day=_day(record),
        precision=record.start_precision,
        labels=kinds.labels(record.sensitivity),
    )


def record_sheet(page: RecordPage, like: Iterable[Result]) -> views.RecordSheet:
    """Say everything about one record; *like* are the results of its kind."""
    number = page.value if _is_number(page.value) else ""
    flag, usual = _flag(page.usual)
    if number and usual:
        usual = wording.say("usual range: {range}").format(range=usual)
    return views.RecordSheet(
        key=page.key,
        category=page.category,
        title=page.title or kinds.one(page.category),
        source=_source(page),
        when=page.when or wording.say("without a date"),
        number=number,
        unit=say_unit(page.unit) if number else "",
        usual=usual if number else "",
        flag=flag,
        text=dict(page.facts).get("Text", ""),
        series=_series(like) if number else (),
        facts=_facts(page, number=number),
        came_from=_origin(page),
        labels=kinds.labels(page.labels),
        versions=len(page.versions),
        original=page.raw,
    )


def import_answer(answer: ImportAnswer) -> views.ImportAnswer:
    """Say what came in, file by file."""
    return views.ImportAnswer(
        files=tuple(
            views.ImportedFile(
                name=Path(file.path).name,
                new=file.counts.new,
                same=file.counts.same,
                changed=file.counts.changed,
                kept=file.counts.kept_raw,
                failed=file.counts.failed,
                taken=file.taken,
                findings=tuple(
                    views.Finding(
                        place=place_words(found.place), sentence=found.sentence
                    )
                    for found in file.findings
                ),
            )
            for file in answer.files
        )
    )


def given_name(people: Iterable[Record]) -> str:
    """Give the patient's first name, if a record says it."""
    for record in people:
        if record.rtype == "Patient":
            names = [word for word in record.title.split() if not word.endswith(".")]
            return names[0] if names else ""
    return ""


def place_words(place: str) -> str:
    """Say where in a file something stands; the file as a whole needs no words.

    >>> place_words("/entry/13/resource"), place_words("line 12"), place_words("/")
    ('Record 14 of this file', 'Line 12', '')
    """
    line, entries = _LINE.match(place), _ENTRY.findall(place)
    if line:
        return wording.say("Line {n}").format(n=line[1])
    if entries:
        return wording.say("Record {n} of this file").format(n=int(entries[0]) + 1)
    return place.strip("/ ")


def _series(results: Iterable[Result]) -> tuple[views.Point, ...]:
    """Every result that is a number; one alone makes no series."""
    points = tuple(
        views.Point(
            day=_day_at(result.at, result.written),
            value=value,
            written=result.value,
            low=_number(result.low),
            high=_number(result.high),
        )
        for result in results
        if (value := _number(result.value)) is not None
    )
    return points if len(points) > 1 else ()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _day(record: Record) -> date | None:
    if record.start is None:
        return None
    return _day_at(record.start, record.start_as_written)


def _day_at(start: datetime, written: str) -> date:
    """The day at the place where it was written, not the one of this computer."""
    try:
        if len(written) >= _DAY_LENGTH:
            return date.fromisoformat(written[:_DAY_LENGTH])
        if len(written) == _MONTH_LENGTH:
            return date.fromisoformat(f"{written}-01")
    except ValueError:
        pass
    return start.date()


def _is_number(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_NUMBER and any(char.isdigit() for char in value)


def _flag(usual: str) -> tuple[Flag, str]:
    """Part what a page says of the range: where the result lies, and the range."""
    flag, said = Flag.UNKNOWN, []
    for part in usual.split("; "):
        if part.endswith(" the usual range"):
            flag = next((f for word, f in _FLAGS.items() if word in part), flag)
        elif part:
            said.append(part.removeprefix(_USUAL))
    return flag, "; ".join(said)


_FLAGS = {"in the": Flag.INSIDE, "above": Flag.ABOVE, "below": Flag.BELOW}
_NAMES = {"State": "Status", "By": "From", "More": "Notes"}
_MORE = {"medicine": "How to take it", "allergy": "What happens", "test": "In words"}


def _facts(page: RecordPage, *, number: str) -> tuple[tuple[str, str], ...]:
    """The rows under the title, without what the title says already."""
    said = {"When", "Text"} | ({"Result", "Usual range"} if number else set())
    rows = []
    for name, value in page.facts:
        twice = (name == "By" and value == _source(page)) or (
            name == "Until" and value == page.when
        )
        if name not in said and not twice:
            words = _MORE.get(page.category) if name == "More" else None
            rows.append((wording.say(words or _NAMES.get(name, name)), value))
    return tuple(rows)


def _origin(page: RecordPage) -> tuple[tuple[str, str], ...]:
    rows = []
    for name, value in page.provenance:
        words = place_words(value) if name == "Place in the file" else value
        if words:
            rows.append((wording.say(name), words))
    return tuple(rows)


def _source(page: RecordPage) -> str:
    return page.provider or page.source_name
