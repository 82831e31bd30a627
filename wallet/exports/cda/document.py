"""Scoped records as one Continuity of Care Document (C-CDA R2.1).

Every record stands in the narrative of a section. Medicines, allergies, problems,
vaccines, results, vital signs, ways of life, procedures and visits are coded entries
besides; everything else is told in words, and said to be so.

A document bears the highest confidentiality of what is in it (HL7 CDA R2 4.2.1.10), a
section of its own records, an entry its labels as privacy annotations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.cda import conditions, medicines, observations, visits
from wallet.exports.cda.header import PROLOG, confidentiality, header
from wallet.exports.cda.markup import Markup, element
from wallet.exports.cda.narrative import TABLE, TABLE_END, nothing, row
from wallet.exports.cda.sections import LAYOUT, OTHER, Section
from wallet.exports.cda.waiting import LEVELS, gathered
from wallet.exports.lines import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from wallet.exports.cda.waiting import Body, Held
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

PATH = "IHE_XDM/SUBSET01/DOC00001.XML"
_ONE_BY_ONE = {
    "allergies": conditions.allergy,
    "problems": conditions.problem,
    "vaccines": medicines.vaccine,
    "vitals": observations.vitals,
    "social": observations.social,
    "procedures": visits.procedure,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the records: how many are coded, and what is told in words only.

    ``in_words`` counts by the name of the kind; ``level`` is the confidentiality of the
    whole document.
    """

    coded: int
    in_words: tuple[tuple[str, int], ...]
    level: str


def write_document(
    records: Iterable[Shareable],
    sink: BinaryIO,
    *,
    naming: Naming,
    made_at: datetime,
    scratch: Path,
) -> Written:
    """Write the document.

    Args:
        records: Already scoped; what *naming* was made from, read twice.
        sink: Takes the bytes.
        naming: Says what each record is called and what of it may leave.
        made_at: The time of the document.
        scratch: A private folder for what does not fit in memory.
    """
    body = gathered(records, naming, scratch=scratch)
    by_section = body.put_in_order()
    level = _highest(body.every)
    days = sorted(held.when[:10] for held in body.every if held.when)
    head = header(
        body.patient,
        patient_name=naming.patient_name,
        made_at=made_at,
        level=level,
        span=(days[0], days[-1]) if days else ("", ""),
    )
    sink.write(f"{PROLOG}{head}\n<component><structuredBody>\n".encode())
    for section in LAYOUT:
        group = by_section.get(section.key, [])
        if group or section.required:
            sink.writelines(piece.encode() for piece in _section(section, group, body))
    sink.write(b"</structuredBody></component>\n</ClinicalDocument>\n")
    told = Counter(KINDS[held.kind] for held in by_section.get(OTHER.key, []))
    return Written(
        coded=len(body.every) - sum(told.values()),
        in_words=tuple(sorted(told.items())),
        level=level,
    )


def _highest(held: Iterable[Held]) -> str:
    return max((one.level for one in held), key=LEVELS.index, default="N")


def _section(section: Section, group: list[Held], body: Body) -> Iterator[str]:
    """A section piece by piece: a long one does not fit in memory."""
    title = element("title", {}, section.title)
    above = f"{section.templates}{section.code}{title}"
    if not group:
        text = element("text", {}, nothing())
        level = confidentiality("N")
        yield f'<component><section nullFlavor="NI">{above}{text}{level}'
    else:
        yield f"<component><section>{above}<text>{TABLE}"
        yield from (row(held.anchor, body.facts(held)) for held in group)
        yield f"{TABLE_END}</text>{confidentiality(_highest(group))}"
        for entry in _entries(section, group, body):
            yield element("entry", {}, entry)
    yield "</section></component>\n"


def _entries(section: Section, group: list[Held], body: Body) -> Iterator[Markup]:
    one = _ONE_BY_ONE.get(section.key)
    if one is not None:
        yield from (one(body.item(held)) for held in group)
    elif section.key == "medicines":
        yield from (_medicine_entry(held, body) for held in group)
    elif section.key == "results":
        yield from _panels(group, body)
    elif section.key == "visits":
        yield from _visits(group, body)


def _medicine_entry(held: Held, body: Body) -> Markup:
    if held.rtype == "MedicationDispense":
        return medicines.dispense(body.item(held))
    return medicines.medicine(body.item(held))


def _visits(group: list[Held], body: Body) -> Iterator[Markup]:
    """Each visit with its diagnoses, then those of visits that are not here."""
    waiting: dict[str, list[Held]] = {}
    for held in group:
        if held.rtype != "Encounter":
            waiting.setdefault(held.visit, []).append(held)
    for held in group:
        if held.rtype == "Encounter":
            found = map(body.item, waiting.pop(held.name, []))
            yield visits.visit(body.item(held), map(conditions.diagnosis, found))
    for rest in waiting.values():
        yield from map(conditions.diagnosis, map(body.item, rest))


def _panels(group: list[Held], body: Body) -> Iterator[Markup]:
    """Each report with its results, then the results that no report names."""
    single = {held.name: held for held in group if held.rtype == "Observation"}
    reports = [held for held in group if held.rtype != "Observation"]
    for held in sorted(reports, key=attrgetter("name")):
        report = body.item(held)
        named = [
            body.item(single.pop(name))
            for one in report.resource.get("result") or ()
            if isinstance(one, dict) and (name := str(one.get("reference"))) in single
        ]
        if named:
            yield observations.panel(named, report)
    for held in single.values():
        yield observations.panel([body.item(held)])
