"""Which element of a FHIR R4 type is a list, a number or a yes: what XML does not say.

Read from ``resources/fhir/r4-elements.txt`` when a file in XML is opened. Types and
elements of other releases are not in it; for those the likeliest R4 type stands in.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

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
    line = _lines().get(name, "")
    pairs = (pair.partition(":") for pair in line.split())
    return {**_EVERY, **{element: kind for element, _, kind in pairs}}


@cache
def _lines() -> dict[str, str]:
    text = files("resources").joinpath("fhir/r4-elements.txt").read_text("utf-8")
    rows = (line.partition(" ") for line in text.splitlines() if line[0] != "#")
    return {name: rest for name, _, rest in rows}
