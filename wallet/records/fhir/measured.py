"""What was measured: a value with its unit as a person writes it, and the usual range.

Numbers stay as they were written; a blood pressure is one value.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wallet.records.fhir.codings import coded
from wallet.records.fhir.wording import words_of

Json = Any
"""Whatever a JSON parser returns."""


_MOST_VALUE = 500
_LOINC = "http://loinc.org"
_PAIRS = {
    "valueRange": ("low", "high", " to "),
    "valueRatio": ("numerator", "denominator", ":"),
}


def value_of(resource: dict[str, Json]) -> tuple[str, str]:
    """The value of an Observation, else what its components say, and the unit."""
    value, unit = _plain_value(resource)
    parts = resource.get("component")
    if value or not isinstance(parts, list):
        return value[:_MOST_VALUE], unit
    known = [part for part in parts if isinstance(part, dict)]
    pressure = _pressure(known)
    if pressure:
        return pressure
    said = []
    for part in known:
        inner, inner_unit = _plain_value(part)
        if inner:
            said.append(f"{words_of(part.get('code'))}: {inner} {inner_unit}".strip())
    return "; ".join(said)[:_MOST_VALUE], ""


def range_of(resource: dict[str, Json]) -> tuple[str, str]:
    """The ends of the first usual range; empty where one is not said."""
    held = resource.get("referenceRange")
    if not isinstance(held, list) or not held or not isinstance(held[0], dict):
        return "", ""
    return amount(held[0].get("low"))[0], amount(held[0].get("high"))[0]


def amount(held: Json) -> tuple[str, str]:
    """A quantity as it is written, with its comparator, and its unit."""
    if not isinstance(held, dict) or "value" not in held:
        return "", ""
    comparator = held.get("comparator")
    unit = held.get("unit") or held.get("code") or ""
    sign = comparator if isinstance(comparator, str) else ""
    return f"{sign}{held['value']}", unit if isinstance(unit, str) else ""


def _pressure(parts: list[dict[str, Json]]) -> tuple[str, str] | None:
    """Blood pressure as everybody writes it."""
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        for system, code in coded(part, "code"):
            if system == _LOINC and code in ("8480-6", "8462-4"):
                found[code] = _plain_value(part)
    if len(found) == 2 and all(value for value, _ in found.values()):  # noqa: PLR2004
        upper, lower = found["8480-6"], found["8462-4"]
        return f"{upper[0]}/{lower[0]}", upper[1]
    return None


def _plain_value(holder: dict[str, Json]) -> tuple[str, str]:
    quantity = holder.get("valueQuantity")
    if isinstance(quantity, dict):
        return amount(quantity)
    for key, held in holder.items():
        if not key.startswith("value"):
            continue
        if isinstance(held, bool):
            said = "yes" if held else "no"
        elif isinstance(held, (int, Decimal)):
            said = str(held)
        elif key in _PAIRS and isinstance(held, dict):
            return _pair(held, *_PAIRS[key])
        else:
            said = " ".join(words_of(held).split())
        if said:
            return said, ""
    return "", ""


def _pair(held: dict[str, Json], first: str, second: str, sign: str) -> tuple[str, str]:
    one, two = amount(held.get(first)), amount(held.get(second))
    return f"{one[0]}{sign}{two[0]}", one[1] or two[1]
