"""The elements of every FHIR R4 type: of what type, how often, bound to what.

Read from ``resources/fhir/r4-elements.txt``, HL7's definitions of the release, when it
is first asked for. XML does not say which element is a list, a number or a yes; for
types and elements of other releases the likeliest R4 type stands in there.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

Row = dict[str, str]
"""Element name to its kind, as the table writes it."""

_EVERY = {"id": "s", "extension": "*Extension", "modifierExtension": "*Extension"}
_LIKE = {
    "MedicationOrder": "MedicationRequest",
    "DiagnosticOrder": "ServiceRequest",
    "ProcedureRequest": "ServiceRequest",
    "ReferralRequest": "ServiceRequest",
    "DeviceUsage": "DeviceUseStatement",
}
_OLD = {
    "dosage": "*Dosage",
    "item": "*",
    "notes": "s",
    "patient": "Reference",
    "reason": "*CodeableConcept",
    "substance": "CodeableConcept",
    "vaccinationProtocol": "*",
}
_FLAGS = frozenset(
    {"wasNotGiven", "wasNotTaken", "notGiven", "notDone", "notPerformed", "reported"}
    | {"abatementBoolean", "isBrand", "asNeededBoolean", "deceasedBoolean"}
)
_BY_CHILD = (
    ("coding", "CodeableConcept"),
    ("reference", "Reference"),
    ("repeat", "Timing"),
    ("numerator", "Ratio"),
    ("low", "Range"),
    ("high", "Range"),
    ("start", "Period"),
    ("end", "Period"),
    ("unit", "Quantity"),
    ("comparator", "Quantity"),
    ("contentType", "Attachment"),
    ("text", "CodeableConcept"),
)


_TOKEN = re.compile(
    r"(?P<name>\w+):(?P<needed>!?)(?P<many>\*?)(?P<kind>[\w.]+)(?:@(?P<choice>\w+))?"
    r"(?:\((?P<targets>[\w|]+)\))?(?:\{(?P<codes>[\w-]+)\})?"
)
_MARKS = dict.fromkeys(("positiveInt", "unsignedInt", "integer"), "i") | {
    "boolean": "b",
    "decimal": "d",
    "xhtml": "x",
    "Resource": "R",
}


class Element(NamedTuple):
    """One element of a type.

    ``choice`` is the name before the type where one of several types may stand;
    ``targets`` are the types a reference may point to, all if empty; ``codes`` are
    all there are, None where any may stand. ``plain`` is what JSON writes without
    braces: the primitive types.
    """

    kind: str
    many: bool
    needed: bool
    choice: str
    targets: frozenset[str]
    codes: frozenset[str] | None

    @property
    def plain(self) -> bool:
        """Whether it is of a primitive type."""
        return self.kind[0].islower()


IN_EVERY = {
    name: Element(kind, many, needed=False, choice="", targets=frozenset(), codes=None)
    for name, kind, many in (
        ("extension", "Extension", True),
        ("modifierExtension", "Extension", True),
        ("id", "string", False),
    )
}
"""What may stand in every element."""


@cache
def elements_of(name: str) -> dict[str, Element]:
    """The elements of a type (``Observation``, ``Observation.component``, ``Period``).

    Empty for a type that R4 does not have. What every type has, ``extension`` and in
    resources ``resourceType``, is not in it.
    """
    found = {}
    for match in _TOKEN.finditer(_lines().get(name, "")):
        codes = _lines()[f"={match['codes']}"].split() if match["codes"] else None
        found[match["name"]] = Element(
            kind=match["kind"],
            many=bool(match["many"]),
            needed=bool(match["needed"]),
            choice=match["choice"] or "",
            targets=frozenset((match["targets"] or "").split("|")) - {""},
            codes=None if codes is None else frozenset(codes),
        )
    return found


def row_of(name: str) -> Row:
    """The elements of a type; only those that every type has, where it is unknown."""
    return _row(_LIKE.get(name, name))


def kind_of(name: str, row: Row, children: frozenset[str]) -> str:
    """The kind of an element; a likely one where *row* does not know it."""
    kind = row.get(name)
    if kind is not None:
        return kind
    if name in _FLAGS:
        return "b"
    if _OLD.get(name):
        return _OLD[name]
    return next((kind for child, kind in _BY_CHILD if child in children), "")


@cache
def _row(name: str) -> Row:
    return {
        **{element: _mark(held) for element, held in elements_of(name).items()},
        **_EVERY,
    }


def _mark(held: Element) -> str:
    plain = "s" if held.kind[0].islower() else held.kind
    return "*" * held.many + _MARKS.get(held.kind, plain)


@cache
def _lines() -> dict[str, str]:
    text = files("resources").joinpath("fhir/r4-elements.txt").read_text("utf-8")
    rows = (line.partition(" ") for line in text.splitlines() if line[0] != "#")
    return {name: rest for name, _, rest in rows}
