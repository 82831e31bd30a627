"""The two-page summary as PDF: a doctor knows in two minutes whom they see.

It is a copy for reading; nothing on it says that somebody checked it.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from wallet.exports.dress import Dress, LeftOut, Why, left_out
from wallet.exports.facts import spoken_date
from wallet.exports.lines import is_shown, lines_of
from wallet.exports.parts import of_bytes
from wallet.exports.printed.emergency import emergency_facts
from wallet.exports.printed.summary import ROOMS, chapters, elsewhere
from wallet.exports.trimming import GATHERING, Extent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.dress import Selection
    from wallet.exports.lines import Line, Person
    from wallet.exports.printed.layout import Press
    from wallet.exports.printed.summary import Chapter, Room

PATH = "summary.pdf"
OWN = "written by the patient"
_PAGES = 2
_MOST_SOURCES = 6


def write(chosen: Selection) -> Dress:
    """The summary as a dress."""
    made = _Summary(chosen)
    part = of_bytes(PATH, made.pdf())
    missing = tuple(not_on_paper(chosen))
    held = len(chosen.records) - len(missing)
    return Dress(parts=(part,), left_out=missing, held=held)


def not_on_paper(chosen: Selection) -> Iterator[LeftOut]:
    """What has no line: staff, places, and what speaks about others."""
    for record in chosen.records:
        if record.rtype != "Patient" and not is_shown(record, chosen.extent):
            why = Why.GATHERS if record.rtype in GATHERING else Why.NO_PLACE
            yield left_out(record, why)


class _Summary:
    """One summary on its way to paper."""

    def __init__(self, chosen: Selection) -> None:
        from wallet.exports.printed.faces import Faces  # noqa: PLC0415 loads slowly
        from wallet.exports.printed.layout import Press  # noqa: PLC0415

        self._chosen = chosen
        naming = chosen.naming()
        self.person, self.lines = lines_of(chosen.records, naming)
        self._urgent = emergency_facts(self.person, self.lines, chosen.records, naming)
        self._press: Press = Press(Faces())

    def pdf(self) -> bytes:
        """The two pages, as roomy as they can be."""
        from wallet.exports.printed.layout import pages_of  # noqa: PLC0415

        made = spoken_date(self._chosen.made_at.date().isoformat())
        foot = f"Health summary. A copy kept and handed over by the patient, {made}."
        for room in ROOMS:
            data, pages = pages_of(partial(self._story, room), foot=foot)
            if pages <= _PAGES:
                break
        return data

    def _story(self, room: Room) -> list[Any]:
        from wallet.exports.printed import layout  # noqa: PLC0415

        press = self._press
        press.faces.missing = 0
        story: list[Any] = [
            press.paragraph(self.person.name or "Health summary", layout.TITLE),
            press.paragraph(_who(self.person), layout.TEXT),
            press.paragraph(self._origin(), layout.SMALL),
            layout.gap(),
        ]
        if self._urgent:
            story.append(press.paragraph("In an emergency", layout.HEADING))
            story.append(
                press.table(
                    [
                        (
                            press.paragraph(name, layout.STRONG),
                            press.paragraph(said, layout.ALARM),
                        )
                        for name, said in self._urgent
                    ],
                    (1, 3),
                )
            )
        for chapter in chapters(self.lines, room):
            story += _told(chapter, press)
        story.append(layout.gap(6))
        story.append(press.paragraph(self._not_here(), layout.SMALL))
        if press.faces.missing:
            story.append(press.paragraph(layout.MISSING_SAID, layout.SMALL))
        return story

    def _origin(self) -> str:
        made = spoken_date(self._chosen.made_at.date().isoformat())
        part = "everything in" if self._chosen.extent is Extent.WHOLE else "a part of"
        said = f"Made on {made} by the patient, from {part} their own wallet."
        places = Counter(
            record.source_name
            for record in self._chosen.records
            if record.source_name and self._chosen.extent is Extent.WHOLE
        )
        if places:
            named = ", ".join(name for name, _ in places.most_common(_MOST_SOURCES))
            more = len(places) - _MOST_SOURCES
            said += f" Sources: {named}" + (f" and {more} more." if more > 0 else ".")
        own = sum(line.own for line in self.lines)
        if own:
            said += f" {own} of the records are {OWN}, and marked so."
        return f"{said} Nobody else has checked this page."

    def _not_here(self) -> str:
        rest = elsewhere(self.lines)
        said = f"This summary is drawn from {len(self.lines)} records."
        if rest:
            named = ", ".join(f"{name.lower()} ({count})" for name, count in rest)
            said += f" Not on these pages: {named}."
        if self._chosen.extent is Extent.SCOPED:
            said += " The patient chose what is in this copy; there may be more."
        return said


def _who(person: Person) -> str:
    said = [f"Born {person.born}" if person.born else "", person.sex.capitalize()]
    return ". ".join(filter(None, said)) or "Date of birth not in this copy"


def _told(chapter: Chapter, press: Press) -> Iterator[Any]:
    from wallet.exports.printed import layout  # noqa: PLC0415

    yield press.paragraph(chapter.heading, layout.HEADING)
    if not chapter.lines:
        yield press.paragraph(chapter.none, layout.SMALL)
        return
    yield press.table([_row(line, press) for line in chapter.lines], (5, 8, 3))
    if chapter.more:
        yield press.paragraph(
            f"and {chapter.more} more, in the full records", layout.SMALL
        )


def _row(line: Line, press: Press) -> tuple[Any, ...]:
    from wallet.exports.printed import layout  # noqa: PLC0415
    from wallet.exports.printed.band import BandMark  # noqa: PLC0415

    one = line.facts
    name = press.paragraph(one.what, layout.STRONG)
    said = [one.value, one.usual, one.more[:160], OWN if line.own else ""]
    details: Any = press.paragraph("; ".join(filter(None, said)) or one.place)
    if line.band is not None:
        details = layout.beside(details, BandMark(line.band))
    return name, details, press.paragraph(one.shown, layout.SMALL)
