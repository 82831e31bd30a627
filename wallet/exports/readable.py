"""The records as one page that any browser opens without a network, and prints.

The summary comes first, then everything by kind. The page holds no script and no
outside address, forbids both by its own policy, and escapes every word it shows.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.dress import Dress, LeftOut, Notice, Why, left_out
from wallet.exports.facts import Facts, spoken_date
from wallet.exports.lines import KINDS, Line, Person, is_shown, lines_of
from wallet.exports.page_style import STYLE, policy
from wallet.exports.parts import spooled
from wallet.exports.trimming import GATHERING, Extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

PATH = "START-HERE.html"

_NEWEST = 6

_NOTICES = {
    Notice.OPEN_FOLDER: "This folder is not encrypted. Anyone who holds it can read "
    "everything in it. Keep it as you would keep the papers themselves.",
    Notice.NAMED_READER: "This copy was opened with a permission for one named reader. "
    "It is for that reader and the stated purpose only.",
}


def write(chosen: Selection) -> Dress:
    """The page as a dress; see `write_readable`."""
    part = spooled(
        PATH,
        lambda sink: write_readable(
            chosen.records,
            sink,
            naming=chosen.naming(),
            made_at=chosen.made_at,
            notice=chosen.notice,
        ),
        scratch=chosen.scratch,
    )
    missing = tuple(_missing(chosen))
    held = len(chosen.records) - len(missing)
    return Dress(parts=(part,), left_out=missing, held=held)


def _missing(chosen: Selection) -> Iterator[LeftOut]:
    """What has no line on the page: staff, places, and what speaks about others."""
    for record in chosen.records:
        if record.rtype != "Patient" and not is_shown(record, chosen.extent):
            why = Why.GATHERS if record.rtype in GATHERING else Why.NO_PLACE
            yield left_out(record, why)


def write_readable(
    records: Iterable[Shareable],
    sink: BinaryIO,
    *,
    naming: Naming,
    made_at: datetime,
    notice: Notice,
) -> int:
    """Write the page and return how many records stand on it.

    Args:
        records: Already scoped.
        sink: Takes the bytes.
        naming: Made from the same records; says what of them may be read.
        made_at: Shown at the top.
        notice: What is said about who can read it.
    """
    person, rows = lines_of(records, naming)
    page = _page(person, rows, naming.extent, made_at, notice)
    sink.writelines(piece.encode() for piece in page)
    return len(rows)


def _page(
    person: Person,
    rows: list[Line],
    extent: Extent,
    made_at: datetime,
    notice: Notice,
) -> Iterator[str]:
    name = person.name or "Health records"
    made = spoken_date(made_at.date().isoformat())
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_safe(name)}: health records</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>{_safe(name)}</h1>\n"
    )
    if person.born:
        yield f'<p class="lead">Born {_safe(person.born)}</p>\n'
    yield f'<p class="lead">{_safe(_extent_line(rows, extent, made))}</p>\n'
    yield f'<p class="notice">{_safe(_NOTICES[notice])}</p>\n</header>\n'
    present = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    yield "<nav><ul>\n"
    for kind in present:
        yield f'<li><a href="#{kind}">{_safe(KINDS[kind])}</a></li>\n'
    yield "</ul></nav>\n<main>\n"
    yield from _summary(rows)
    for kind in present:
        yield from _section(kind, [row.facts for row in rows if row.kind == kind])
    yield (
        "</main>\n<footer><p>A copy kept and handed over by the patient, made with "
        f"Heartwood on {_safe(made)}. In a package or on a stick the same records for "
        "a computer lie beside this page: in the folder fhir, and for a clinic&#39;s "
        "own system (C-CDA) in health-records-xdm.zip.</p></footer>\n</body>\n</html>\n"
    )


def _extent_line(rows: list[Line], extent: Extent, made: str) -> str:
    dates = sorted(row.facts.when[:4] for row in rows if row.facts.when)
    span = f", {dates[0]} to {dates[-1]}" if dates else ""
    kind = "Everything in the wallet" if extent is Extent.WHOLE else "A chosen part"
    return f"{kind}: {len(rows)} records{span}. Made on {made}."


def _summary(rows: list[Line]) -> Iterator[str]:
    """Six cards: what a doctor asks for first."""
    by_kind = {kind: [row.facts for row in rows if row.kind == kind] for kind in KINDS}
    now = {kind: [f for f in by_kind[kind] if f.ongoing] for kind in by_kind}
    cards = (
        ("Allergies", _once(now["allergy"]), None),
        ("Conditions now", _once(now["condition"]), None),
        ("Medicines now", _once(now["medicine"]), None),
        ("Newest tests", _once([f for f in by_kind["test"] if f.value]), _NEWEST),
        ("Newest vaccines", _once(by_kind["vaccine"]), _NEWEST),
        ("Last visits", by_kind["visit"], _NEWEST),
    )
    if not any(shown for _, shown, _ in cards):
        return
    yield '<section id="summary">\n<h2>Summary</h2>\n<div class="cards">\n'
    for heading, shown, most in cards:
        if shown:
            yield f'<div class="card">\n<h3>{_safe(heading)}</h3>\n<ul>\n'
            for one in shown[:most]:
                yield f"<li>{_safe(one.what)}<span>{_short(one)}</span></li>\n"
            yield "</ul>\n</div>\n"
    yield "</div>\n</section>\n"


def _once(shown: list[Facts]) -> list[Facts]:
    """The newest of each name; rows come newest first."""
    first: dict[str, Facts] = {}
    for one in shown:
        first.setdefault(one.what, one)
    return list(first.values())


def _short(one: Facts) -> str:
    said = (one.value, one.usual.partition(";")[0], one.more[:120], one.shown)
    return " &middot; ".join(_safe(part) for part in said if part)


def _section(kind: str, shown: list[Facts]) -> Iterator[str]:
    yield f'<section id="{kind}">\n<h2>{_safe(KINDS[kind])} ({len(shown)})</h2>\n'
    if kind in ("test", "vital"):
        yield from _series(shown)
    else:
        yield from _table(shown, "What")
    yield "</section>\n"


def _series(shown: list[Facts]) -> Iterator[str]:
    """One table a test, newest first, in the order of their names."""
    by_name: dict[str, list[Facts]] = {}
    for one in shown:
        by_name.setdefault(one.what, []).append(one)
    for name in sorted(by_name, key=str.casefold):
        yield f"<h3>{_safe(name)}</h3>\n"
        yield from _table(by_name[name], "")


def _table(shown: list[Facts], what: str) -> Iterator[str]:
    yield "<table>\n<thead><tr><th>When</th>"
    yield f"<th>{what or 'Result'}</th><th>Who or where</th></tr></thead>\n<tbody>\n"
    for one in shown:
        lines = [one.what] if what else []
        lines += [f"{one.value}"] if one.value else []
        under = "".join(
            f"<span>{_safe(text)}</span>" for text in (one.usual, one.more) if text
        )
        letter = f"<pre>{_safe(one.letter)}</pre>" if one.letter else ""
        yield (
            f"<tr><td>{_safe(one.shown)}</td><td>{_safe(': '.join(lines))}{under}"
            f"{letter}</td><td>{_safe(one.place)}</td></tr>\n"
        )
    yield "</tbody>\n</table>\n"


def _safe(text: str) -> str:
    """Escaped, and without control or direction characters that could mislead."""
    plain = "".join(
        sign for sign in text if sign in "\n\t" or sign.isprintable() or sign.isspace()
    )
    return html.escape(plain, quote=True)
