"""Lists of records, summaries and results, from the front desk's answers to words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import kinds, record_views, wording
from ui.record_answers import flag_of, record_line
from ui.record_views import Among, SummaryCard
from ui.units import say_unit
from ui.views import RecordLine
from wallet.actions.patient.plain_words import (
    comparator_of,
    short_number,
    tidy,
    title_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wallet.actions.patient.browsing import (
        Filters,
        Kind,
        Record,
        SavedSearch,
        Summary,
        Window,
    )
    from wallet.actions.patient.columns import Head
    from wallet.actions.patient.record_page import RecordPage
    from wallet.actions.patient.records import Listing
    from wallet.actions.patient.results import Line, Panel
    from wallet.actions.patient.viewing import View

_LONGEST_NAME = 60
_FORMS = {
    "pdf": "A PDF file",
    "png": "A picture",
    "jpeg": "A picture",
    "dicom": "A scan or X-ray as the hospital keeps it",
    "c-cda": "A summary as clinics send it",
    "document": "A document",
    "fhir-json": "A record as a portal sends it",
    "fhir-xml": "A record as a portal sends it",
    "hl7v2": "A message between clinics",
    "table": "A table",
    "text": "A text",
}
_EVEN = 0.005  # of the earlier value: less than that is no change anybody would say


def stream(window: Window) -> tuple[RecordLine, ...]:
    """The records of a window, each visit with the first of what it holds under it."""
    lines: list[RecordLine] = []
    for record in window.records:
        held = window.inside.get(record.record_id)
        if held is None:
            lines.append(record_line(record))
            continue
        lines.append(record_line(record, inside=held.count))
        lines += [record_line(one, under=True) for one in held.first]
        rest = held.count - len(held.first)
        if rest > 0:
            lines.append(
                RecordLine(
                    key=record.scope_id,
                    category="more",
                    title=wording.counted(
                        rest,
                        wording.say("and 1 more record of this visit"),
                        wording.say("and {n} more records of this visit"),
                    ),
                    note="",
                    day=lines[-1].day,
                    precision=lines[-1].precision,
                    under=True,
                )
            )
    return tuple(lines)


def summary(found: Summary, latest: Listing) -> tuple[SummaryCard, ...]:
    """What holds now, in the order of a patient summary, and the *latest* results."""
    return (
        _card("allergy", found.allergies),
        _card("medicine", found.medicines),
        _card("condition", found.conditions),
        _card("vaccine", found.vaccines),
        SummaryCard(
            category="test",
            count=latest.total,
            newest=tuple(record_line(record) for record in latest.records),
        ),
    )


def panel(found: Panel) -> record_views.ResultPanel:
    """Results that are read together."""
    return record_views.ResultPanel(
        title=wording.say(found.title) if found.title else wording.say("Other results"),
        lines=tuple(_result_line(line) for line in found.lines),
        missing=tuple(wording.say(name) for name in found.missing),
    )


def vaccines(found: Iterable[Record]) -> tuple[record_views.VaccineLine, ...]:
    """Each vaccine once, with every day it was given; *found* is newest first."""
    held: dict[str, list[RecordLine]] = {}
    for record in found:
        line = record_line(record)
        held.setdefault(line.title, []).append(line)
    return tuple(
        record_views.VaccineLine(name=name, doses=tuple(doses))
        for name, doses in sorted(held.items(), key=lambda item: item[0].lower())
    )


def original(found: View, page: RecordPage) -> record_views.Original:
    """What a record came out of, under the name a copy would have."""
    title = title_of(page.title, page.codes) or kinds.one(page.category)
    safe = "".join(char if char.isalnum() else " " for char in title)
    name = "-".join(safe.split())[:_LONGEST_NAME].lower() or "original"
    return record_views.Original(
        name=f"{name}.{found.ending}",
        words=wording.say(_FORMS.get(found.form, "A file of another kind")),
        size=found.size if found.whole else 0,
        text=found.text,
        pictures=tuple(
            record_views.Picture(
                width=one.width,
                height=one.height,
                pixels=one.pixels,
                text=one.text,
                words=wording.say("{what}, page {n}").format(what=title, n=number),
            )
            for number, one in enumerate(found.pictures, start=1)
        ),
        left_out=found.left_out,
    )


def table(
    path: Path, found: Head, roles: Mapping[str, tuple[str, ...]]
) -> record_views.TableSheet:
    """A table's columns, each with what it is taken for."""
    known = found.columns
    held = {
        at: role
        for role in {role for kind in roles.values() for role in kind}
        if (at := getattr(known, role)) is not None
    }
    return record_views.TableSheet(
        file=path.name,
        columns=tuple(
            record_views.Column(head=name, cells=cells, role=held.get(at, ""))
            for at, (name, cells) in enumerate(
                zip(found.names, found.cells, strict=True)
            )
        ),
        roles=tuple(roles.items()),
        kind=known.kind,
        order=known.order,
        decimal=known.decimal,
        rows=found.rows,
        asks_order=found.dates_unclear,
        asks_decimal=found.numbers_unclear,
    )


def kept(found: SavedSearch) -> record_views.Kept:
    """A search that is kept."""
    asked = found.filters
    return record_views.Kept(
        name=found.name,
        text=found.text,
        category=asked.category,
        among=Among(
            source=asked.source,
            first_year=asked.first_year,
            last_year=asked.last_year,
            last_month=asked.last_month,
            label=asked.label,
            undated=asked.undated,
        ),
    )


def choices(
    *,
    years: Iterable[tuple[int, int]],
    sources: Iterable[str],
    labels: Iterable[str],
) -> record_views.Choices:
    """What a list can be narrowed to."""
    return record_views.Choices(
        years=tuple(years),
        sources=tuple(sources),
        labels=tuple((code, kinds.label(code)) for code in labels),
    )


def filters(category: str | None, among: Among) -> Filters:
    """What the front desk is asked for."""
    from wallet.actions.patient.browsing import Filters as Asked  # noqa: PLC0415 late

    return Asked(
        category=category,
        source=among.source,
        first_year=among.first_year,
        last_year=among.last_year,
        last_month=among.last_month,
        label=among.label,
        undated=among.undated,
    )


def _card(category: str, kind: Kind) -> SummaryCard:
    return SummaryCard(
        category=category,
        count=kind.count,
        newest=tuple(record_line(record) for record in kind.newest),
    )


def _result_line(line: Line) -> record_views.ResultLine:
    new, old = line.newest, line.before
    told = record_line(new)
    return record_views.ResultLine(
        key=new.scope_id,
        name=wording.say(line.name) if line.name else title_of(new.title, new.codes),
        value=tidy(short_number(new.value)),
        unit=say_unit(new.unit),
        when=wording.plain_day(told.day) if told.day else "",
        flag=flag_of(new.value, line.low, line.high),
        change=_change(new, old),
        earlier="" if old is None else _earlier(old),
    )


def _earlier(old: Record) -> str:
    value = f"{short_number(old.value)} {say_unit(old.unit)}".strip()
    line = record_line(old)
    if line.day is None:
        return value
    return wording.say("{value} on {day}").format(
        value=value, day=wording.plain_day(line.day)
    )


def _change(new: Record, old: Record | None) -> str:
    if old is None:
        return wording.say("first result")
    one, two = comparator_of(new.value), comparator_of(old.value)
    if one is None or two is None or one[0] or two[0] or new.unit != old.unit:
        return wording.say("as before") if new.value == old.value else ""
    if abs(one[1] - two[1]) <= _EVEN * abs(two[1]):
        return wording.say("as before")
    return wording.say("higher") if one[1] > two[1] else wording.say("lower")
