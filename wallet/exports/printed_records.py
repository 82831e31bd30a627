"""Every chosen record as PDF, kind by kind and newest first: to print and to file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.dress import Dress
from wallet.exports.facts import spoken_date
from wallet.exports.lines import KINDS, lines_of
from wallet.exports.parts import of_bytes
from wallet.exports.printed_summary import OWN, not_on_paper
from wallet.exports.trimming import Extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.exports.dress import Selection
    from wallet.exports.lines import Line, Person
    from wallet.exports.printed.layout import Press

PATH = "health-records.pdf"
_AT_ONCE = 60  # rows of a table that is set as one


def write(chosen: Selection) -> Dress:
    """The pages as a dress."""
    from wallet.exports.printed.faces import Faces  # noqa: PLC0415 loads slowly
    from wallet.exports.printed.layout import Press, pages_of  # noqa: PLC0415

    person, lines = lines_of(chosen.records, chosen.naming())
    press = Press(Faces())
    made = spoken_date(chosen.made_at.date().isoformat())
    foot = f"Health records. A copy kept and handed over by the patient, {made}."
    data, _ = pages_of(
        lambda: list(_story(person, lines, chosen.extent, made, press)), foot=foot
    )
    missing = tuple(not_on_paper(chosen))
    held = len(chosen.records) - len(missing)
    return Dress(parts=(of_bytes(PATH, data),), left_out=missing, held=held)


def _story(
    person: Person, lines: Sequence[Line], extent: Extent, made: str, press: Press
) -> Iterator[Any]:
    from wallet.exports.printed import layout  # noqa: PLC0415

    yield press.paragraph(person.name or "Health records", layout.TITLE)
    if person.born:
        yield press.paragraph(f"Born {person.born}")
    whole = extent is Extent.WHOLE
    part = "Everything in the wallet" if whole else "A chosen part; there may be more"
    yield press.paragraph(f"{part}: {len(lines)} records. Made on {made}.")
    yield layout.gap()
    for kind, heading in KINDS.items():
        held = [line for line in lines if line.kind == kind]
        if held:
            yield press.paragraph(f"{heading} ({len(held)})", layout.HEADING)
        for start in range(0, len(held), _AT_ONCE):
            rows = [_row(line, press) for line in held[start : start + _AT_ONCE]]
            yield press.table(rows, (3, 5, 7, 4))
    if press.faces.missing:
        yield press.paragraph(layout.MISSING_SAID, layout.SMALL)


def _row(line: Line, press: Press) -> tuple[Any, ...]:
    from wallet.exports.printed import layout  # noqa: PLC0415

    one = line.facts
    said = [one.value, one.usual, one.more, one.letter, OWN if line.own else ""]
    return (
        press.paragraph(one.shown, layout.SMALL),
        press.paragraph(one.what, layout.STRONG),
        press.paragraph("; ".join(filter(None, said))),
        press.paragraph(one.place, layout.SMALL),
    )
