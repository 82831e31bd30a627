"""The records as one page that any browser opens without a network, and prints.

The summary comes first, then everything by kind. The page holds no script and no
outside address, forbids both by its own policy, and escapes every word it shows.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.facts import Facts, facts, spoken_date, words
from wallet.exports.naming import ADDRESS_BOOK
from wallet.exports.page_style import STYLE, policy
from wallet.exports.trimming import GATHERING, Extent
from wallet.records.fhir_facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

PATH = "START-HERE.html"

_KINDS = {
    "allergy": "Allergies",
    "condition": "Conditions",
    "medicine": "Medicines",
    "vaccine": "Vaccines",
    "test": "Tests",
    "vital": "Measurements",
    "visit": "Visits",
    "procedure": "Procedures",
    "document": "Letters and documents",
    "imaging": "Pictures",
    "care_plan": "Care plans",
    "care_team": "Care team",
    "goal": "Goals",
    "device": "Devices",
    "social": "Habits and living",
    "family": "Family",
    "coverage": "Insurance",
    "other": "Other",
}
_NEWEST = 6
_NOT_SHOWN = frozenset({"person"})


class Notice(StrEnum):
    """What the page says about who can read it."""

    OPEN_FOLDER = "open_folder"
    NAMED_READER = "named_reader"


_NOTICES = {
    Notice.OPEN_FOLDER: "This folder is not encrypted. Anyone who holds it can read "
    "everything in it. Keep it as you would keep the papers themselves.",
    Notice.NAMED_READER: "This copy was opened with a permission for one named reader. "
    "It is for that reader and the stated purpose only.",
}


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    facts: Facts


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
    about: dict[str, str] = {}
    rows: list[_Row] = []
    whole, medicines = naming.extent is Extent.WHOLE, naming.medicines()
    for record in records:
        resource = naming.trimmed(record)
        if record.rtype == "Patient":
            about = about or _about(resource)
        elif not _is_left_out(record, naming.extent):
            kind = record.category if record.category in _KINDS else "other"
            # The title may have come from a reason, a text or a medicine that was
            # held back, the name of the file from anything.
            title = record.title if whole else facts_of(resource, medicines).title
            place = record.source_name if whole else ""
            rows.append(_Row(kind, facts(resource, title=title, place=place)))
    extent = naming.extent
    rows.sort(key=attrgetter("facts.what"))
    rows.sort(key=attrgetter("facts.when"), reverse=True)
    page = _page(about, rows, extent, made_at, notice)
    sink.writelines(piece.encode() for piece in page)
    return len(rows)


def _is_left_out(record: Shareable, extent: Extent) -> bool:
    return (
        record.category in _NOT_SHOWN
        or record.rtype in ADDRESS_BOOK
        or (extent is Extent.SCOPED and record.rtype in GATHERING)
    )


def _about(patient: dict[str, object]) -> dict[str, str]:
    names = patient.get("name")
    first = names[0] if isinstance(names, list) and names else None
    born = patient.get("birthDate")
    return {
        "name": words(first),
        "born": spoken_date(born) if isinstance(born, str) else "",
    }


def _page(
    about: dict[str, str],
    rows: list[_Row],
    extent: Extent,
    made_at: datetime,
    notice: Notice,
) -> Iterator[str]:
    name = about.get("name") or "Health records"
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
    if about.get("born"):
        yield f'<p class="lead">Born {_safe(about["born"])}</p>\n'
    yield f'<p class="lead">{_safe(_extent_line(rows, extent, made))}</p>\n'
    yield f'<p class="notice">{_safe(_NOTICES[notice])}</p>\n</header>\n'
    present = [kind for kind in _KINDS if any(row.kind == kind for row in rows)]
    yield "<nav><ul>\n"
    for kind in present:
        yield f'<li><a href="#{kind}">{_safe(_KINDS[kind])}</a></li>\n'
    yield "</ul></nav>\n<main>\n"
    yield from _summary(rows)
    for kind in present:
        yield from _section(kind, [row.facts for row in rows if row.kind == kind])
    yield (
        "</main>\n<footer><p>A copy kept and handed over by the patient, made with "
        f"Heartwood on {_safe(made)}. The same records for a computer are in the "
        "folder fhir.</p></footer>\n</body>\n</html>\n"
    )


def _extent_line(rows: list[_Row], extent: Extent, made: str) -> str:
    dates = sorted(row.facts.when[:4] for row in rows if row.facts.when)
    span = f", {dates[0]} to {dates[-1]}" if dates else ""
    kind = "Everything in the wallet" if extent is Extent.WHOLE else "A chosen part"
    return f"{kind}: {len(rows)} records{span}. Made on {made}."


def _summary(rows: list[_Row]) -> Iterator[str]:
    """Six cards: what a doctor asks for first."""
    by_kind = {kind: [row.facts for row in rows if row.kind == kind] for kind in _KINDS}
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
    yield f'<section id="{kind}">\n<h2>{_safe(_KINDS[kind])} ({len(shown)})</h2>\n'
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
