"""Records and what an import found, from the front desk's answers to a page's words."""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ui import hand_answers, kinds, question_answers, views, wording
from ui.source_words import say_source
from ui.units import say_unit
from ui.views import Flag
from wallet.actions.patient.plain_words import (
    comparator_of,
    short_number,
    tidy,
    title_of,
    unit_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wallet.actions.patient.records import (
        Counts,
        FileAnswer,
        ImportAnswer,
        Record,
        RecordPage,
    )
    from wallet.actions.patient.results import Likeness

_DAY_LENGTH, _MONTH_LENGTH = 10, 7
_LONGEST_NUMBER = 12
_DOT = " \u00b7 "
_USUAL = "usual: "
_NOTED = re.compile(r"\s*/?\{[^{}]*\}")
_ENTRY = re.compile(r"/entry/(\d+)")
_LINE = re.compile(r"line (\d+)")


def records_overview(counts: Counts, *, questions: int = 0) -> views.RecordsOverview:
    """Say how much there is, and how many *questions* wait."""
    return views.RecordsOverview(
        counts=counts.by_category,
        places=counts.providers,
        first_year=None if counts.first is None else counts.first.year,
        questions=questions,
    )


def record_line(
    record: Record, *, inside: int = 0, under: bool = False
) -> views.RecordLine:
    """Say one record in two lines; a visit says how much belongs to it."""
    value = f"{tidy(short_number(record.value))} {say_unit(record.unit)}".strip()
    where = "" if under else record.provider or say_source(record.source_name)
    held = wording.records(inside) if inside else ""
    note = _DOT.join(part for part in (value, where, held) if part)
    return views.RecordLine(
        key=record.scope_id,
        category=record.category,
        title=title_of(record.title, record.codes) or kinds.one(record.category),
        note=note or kinds.one(record.category),
        day=_day(record),
        precision=record.start_precision,
        labels=kinds.labels(record.sensitivity),
        inside=inside,
        under=under,
    )


def record_sheet(
    page: RecordPage, like: Iterable[Likeness], visit: Iterable[Record] = ()
) -> views.RecordSheet:
    """Say everything about one record.

    *like* are the results of its kind, *visit* is what belongs to it if it is a visit.
    """
    short = short_number(page.value)
    number = short if _is_number(short) else ""
    points = _points(like, unit=page.unit) if number else ()
    own = next((one for one in points if one[0] == page.key), None)
    flag, usual = _flag(_NOTED.sub("", page.usual))
    if number and usual:
        usual = wording.say("usual range: {range}").format(range=usual)
    return views.RecordSheet(
        key=page.key,
        category=page.category,
        title=title_of(page.title, page.codes) or kinds.one(page.category),
        source=_source(page),
        when=page.when or wording.say("without a date"),
        number=number,
        unit=say_unit(page.unit) if number else "",
        usual=usual if number else "",
        flag=flag,
        text=dict(page.facts).get("Text", ""),
        series=tuple(point for _, point in points) if len(points) > 1 else (),
        low=None if own is None else own[1].low,
        high=None if own is None else own[1].high,
        visit=tuple(record_line(record, under=True) for record in visit),
        facts=_facts(page, number=number),
        came_from=_origin(page),
        labels=kinds.labels(page.labels),
        versions=len(page.versions),
        original=page.raw,
        hand=hand_answers.hand_sheet(page),
        seen_in=_seen_in(page),
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
                alike=file.alike,
                about=question_answers.about(file.apart),
                findings=_findings(file),
                table=_table(file),
            )
            for file in answer.files
        )
    )


def _findings(file: FileAnswer) -> tuple[views.Finding, ...]:
    """What was found, place by place; rules that are broken by kind, and how often."""
    told = [
        views.Finding(place=place_words(found.place), sentence=found.sentence)
        for found in file.findings
        if not found.is_flaw
    ]
    flaws: dict[str, int] = {}
    for found in file.findings:
        if found.is_flaw:
            flaws[found.plainly] = flaws.get(found.plainly, 0) + 1 + found.more
    kinds_of = sorted(flaws.items(), key=lambda kind: -kind[1])
    return (
        *told,
        *(
            views.Finding(
                place=wording.counted(
                    count,
                    wording.say("1 place in this file"),
                    wording.say("{n} places in this file"),
                ),
                sentence=sentence,
            )
            for sentence, count in kinds_of
        ),
    )


def _seen_in(page: RecordPage) -> tuple[tuple[str, str], ...]:
    """The files that say a record, each once, and when each came; one alone is none."""
    found = {
        (one.org or say_source(one.name), one.arrived): wording.plain_day(
            one.arrived.astimezone()
        )
        for one in page.sources
    }
    rows = tuple((name, day) for (name, _), day in found.items())
    return rows if len(rows) > 1 else ()


def _table(file: FileAnswer) -> Path | None:
    """A table that could say more, if a person said what its columns are."""
    asks = any(found.as_json()["reason"] in _ASKED for found in file.findings)
    return Path(file.path) if asks and file.format == "table" else None


_ASKED = frozenset({"columns_unknown", "dates_unclear"})


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


def flag_of(value: str, low: str, high: str) -> Flag:
    """Where a result lies against the lab's own range, if it gave one."""
    found = comparator_of(value)
    least, most = _number(low), _number(high)
    if found is None or (least is None and most is None):
        return Flag.UNKNOWN
    sign, number = found
    if most is not None and (number > most or (sign == ">" and number == most)):
        return Flag.ABOVE
    if least is not None and (number < least or (sign == "<" and number == least)):
        return Flag.BELOW
    return Flag.UNKNOWN if sign else Flag.INSIDE


def _points(like: Iterable[Likeness], *, unit: str) -> list[tuple[str, views.Point]]:
    """Every result that is a number, in the unit of the record, with its key."""
    found = []
    for one in like:
        result = one.result
        held = comparator_of(result.value)
        if held is None or not math.isfinite(held[1]):
            continue
        sign, value = held[0].rstrip("="), one.into.of(held[1])
        written, original = short_number(result.value), ""
        if not one.same:
            said = say_unit(result.unit)
            if said != say_unit(unit):
                original = f"{written} {said}".strip()
            written = short_number(f"{held[0]}{value:.8f}")
        low = _number(result.low) if result.low else None
        high = _number(result.high) if result.high else None
        point = views.Point(
            day=_day_at(result.at, result.written),
            value=value,
            written=written,
            low=None if low is None else one.into.of(low),
            high=None if high is None else one.into.of(high),
            sign=sign if sign in ("<", ">") else "",
            original=original,
        )
        found.append((result.record_id.hex(), point))
    return found


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
        twice = (
            value == page.title
            or (name == "By" and value == _source(page))
            or (name == "Until" and value == page.when)
        )
        nothing = not tidy(value) or (name, value) == ("State", "Unknown")
        if name not in said and not twice and not nothing:
            words = _MORE.get(page.category) if name == "More" else None
            rows.append((wording.say(words or _NAMES.get(name, name)), tidy(value)))
    if number and (meant := unit_words(page.unit)):
        rows.append((wording.say("Unit in words"), wording.say(meant)))
    shown = title_of(page.title, page.codes)
    if page.title.lower() not in ("", shown.lower()):
        rows.append((wording.say("Called by its source"), _as_said(page.title)))
    return tuple(rows)


def _as_said(title: str) -> str:
    """The words of a source; what it wrote for programs only loses the signs."""
    said = tidy(title)
    return said if " " in said else said.replace("_", " ")


def _origin(page: RecordPage) -> tuple[tuple[str, str], ...]:
    rows = []
    for name, value in page.provenance:
        words = place_words(value) if name == "Place in the file" else value
        if words:
            rows.append((wording.say(name), words))
    return tuple(rows)


def _source(page: RecordPage) -> str:
    return page.provider or say_source(page.source_name)
