"""What was observed: ``value[x]`` of an Observation under its HL7 V3 type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.values import (
    SNOMED,
    bounded,
    concept,
    items,
    moment,
    number,
    quantity,
    stamp,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any

_ABSENT = {
    "unknown": "UNK",
    "asked-unknown": "ASKU",
    "temp-unknown": "NAV",
    "not-asked": "NASK",
    "masked": "MSK",
    "not-applicable": "NA",
}


def value(resource: dict[str, Json]) -> Markup:
    """The value under its type; the reason where there is none; in words at worst."""
    key = value_key(resource)
    if not key:
        return _absent(resource)
    writer = _WRITERS.get(key, _text)
    return writer(resource[key]) or _text(resource[key])


def value_key(resource: dict[str, Json]) -> str:
    """The name of ``value[x]``; empty if there is none."""
    return next((key for key in resource if key.startswith("value")), "")


def _text(held: Json) -> Markup:
    said = text_of(held) or words_of(held)
    return element("value", {"xsi:type": "ST"}, said)


def _amount(held: Json) -> Markup:
    if isinstance(held, dict) and held.get("comparator"):
        return bounded("value", held)
    return quantity("value", held, kind="PQ")


def _coded(held: Json) -> Markup:
    return concept("value", held, kind="CD", prefer=SNOMED)


def _integer(held: Json) -> Markup:
    return element("value", {"xsi:type": "INT", "value": number(held)})


def _truth(held: Json) -> Markup:
    return element("value", {"xsi:type": "BL", "value": "true" if held else "false"})


def _moment(held: Json) -> Markup:
    return element("value", {"xsi:type": "TS", "value": stamp(held)})


def _period(held: Json) -> Markup:
    if not isinstance(held, dict):
        return NOTHING
    sides = moment("low", held.get("start")), moment("high", held.get("end"))
    return element("value", {"xsi:type": "IVL_TS"}, *sides)


def _range(held: Json) -> Markup:
    return bounded("value", held)


def _ratio(held: Json) -> Markup:
    if not isinstance(held, dict):
        return NOTHING
    return element(
        "value",
        {"xsi:type": "RTO_PQ_PQ"},
        quantity("numerator", held.get("numerator")),
        quantity("denominator", held.get("denominator")),
    )


_WRITERS: dict[str, Callable[[Json], Markup]] = {
    "valueQuantity": _amount,
    "valueCodeableConcept": _coded,
    "valueInteger": _integer,
    "valueBoolean": _truth,
    "valueDateTime": _moment,
    "valuePeriod": _period,
    "valueRange": _range,
    "valueRatio": _ratio,
}


def _absent(resource: dict[str, Json]) -> Markup:
    if resource.get("component") or not resource.get("dataAbsentReason"):
        return NOTHING
    held = resource["dataAbsentReason"]
    codes = [
        _ABSENT.get(text_of(one.get("code")), "UNK")
        for one in items(held.get("coding") if isinstance(held, dict) else None)
    ]
    return element("value", {"xsi:type": "CD", "nullFlavor": (codes or ["UNK"])[0]})
