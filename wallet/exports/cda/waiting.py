"""Records waiting for their section: what orders them in memory, the rest put aside.

A history of 100,000 records does not fit in memory as statements. Of each record only
its day, its section and its place on the shelf are held.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import orjson

from wallet.exports.cda.item import Item
from wallet.exports.cda.sections import section_of
from wallet.exports.facts import Facts
from wallet.exports.lines import is_shown, line_of
from wallet.exports.naming import parse_body, to_json
from wallet.exports.shelf import Shelf
from wallet.records.labels import confidentiality as level_of
from wallet.records.record import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wallet.exports.naming import Naming
    from wallet.exports.parts import Mark, Shareable
    from wallet.exports.shelf import Place

Json = Any

LEVELS = ("N", "R", "V")
_FACTS = tuple(field.name for field in fields(Facts))


@dataclass(slots=True, kw_only=True)
class Held:
    """One record; ``anchor`` names its row once all are in order.

    ``visit`` is the visit a diagnosis belongs to, by its name here.
    """

    name: str
    rtype: str
    kind: str
    when: str
    level: str
    section: str
    visit: str
    labels: Sequence[Mark]
    row: Place
    resource: Place
    anchor: str = ""


class Body:
    """Everything in its section, newest first."""

    def __init__(self, scratch: Path) -> None:
        """Put aside into *scratch* what does not fit in memory."""
        self._shelf = Shelf(scratch)
        self.patient: dict[str, Json] = {}
        self.medicines: dict[str, Json] = {}
        self.every: list[Held] = []

    def add(
        self,
        record: Shareable,
        resource: dict[str, Json],
        facts: Facts,
        *,
        name: str,
        kind: str,
    ) -> None:
        """Let a record wait."""
        said = {one: getattr(facts, one) for one in _FACTS}
        self.every.append(
            Held(
                name=name,
                rtype=record.rtype,
                kind=kind,
                when=facts.when,
                level=_level(record.labels),
                section=section_of(record.rtype, record.category, resource),
                visit=_visit_of(resource) if record.rtype == "Condition" else "",
                labels=record.labels,
                row=self._shelf.put(orjson.dumps(said)),
                resource=self._shelf.put(to_json(resource)),
            )
        )

    def put_in_order(self) -> dict[str, list[Held]]:
        """Every record by its section, each with the name of its row."""
        self.every.sort(key=lambda held: held.when, reverse=True)
        by_section: dict[str, list[Held]] = {}
        for number, held in enumerate(self.every, start=1):
            held.anchor = f"r{number}"
            by_section.setdefault(held.section, []).append(held)
        return by_section

    def facts(self, held: Held) -> Facts:
        """What its row says."""
        return Facts(**orjson.loads(self._shelf.take(held.row)))

    def item(self, held: Held) -> Item:
        """It, to be made into a statement."""
        resource = parse_body(self._shelf.take(held.resource))
        return Item(
            resource=resource,
            name=held.name,
            anchor=held.anchor,
            labels=held.labels,
            medicine=_medicine(resource, self.medicines),
        )


def gathered(records: Iterable[Shareable], naming: Naming, *, scratch: Path) -> Body:
    """Read every record once."""
    body = Body(scratch)
    names = naming.medicines()
    for record in records:
        resource = naming.trimmed(record)
        if record.rtype == "Patient":
            if naming.of(record) == naming.patient_name or not body.patient:
                body.patient = resource
        elif record.rtype == "Medication":
            body.medicines[naming.of(record)] = resource.get("code")
        if record.rtype != "Medication" and is_shown(record, naming.extent):
            line = line_of(record, resource, naming.extent, names)
            name = naming.of(record)
            body.add(record, resource, line.facts, name=name, kind=line.kind)
    return body


def _medicine(resource: dict[str, Json], known: dict[str, Json]) -> Json:
    held = resource.get("medicationReference")
    if not isinstance(held, dict):
        return None
    target = str(held.get("reference", ""))
    for inner in resource.get("contained") or ():
        if isinstance(inner, dict) and f"#{inner.get('id')}" == target:
            return inner.get("code")
    return known.get(target) or {"text": held.get("display")}


def _visit_of(resource: dict[str, Json]) -> str:
    held = resource.get("encounter")
    return str(held.get("reference", "")) if isinstance(held, dict) else ""


def _level(labels: Iterable[Mark]) -> str:
    """The level of one record; what names none, or less, is normal."""
    level = level_of(Label(code=m.code, system=m.system, basis="") for m in labels)
    return level if level in LEVELS else "N"
