"""Results, vital signs and ways of life as C-CDA statements.

Source: C-CDA 2.1, result organizer (4.1) and observation (4.2), vital signs organizer
(4.26) and observation (4.27), social history (4.38) and smoking status (4.78),
assessment scale parts (4.86), under 2.16.840.1.113883.10.20.22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.cda.item import (
    TEMPLATES,
    actor_of,
    behind,
    performer,
    relation,
    status,
    template,
)
from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.observed_value import value, value_key
from wallet.exports.cda.values import (
    LOINC,
    SNOMED,
    bounded,
    concept,
    items,
    stamp,
    text_of,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.exports.cda.item import Item

Json = Any

_OBSERVED = {"classCode": "OBS", "moodCode": "EVN"}
_CLUSTER = {"classCode": "CLUSTER", "moodCode": "EVN"}
_STATUS = {
    "final": "completed",
    "amended": "completed",
    "corrected": "completed",
    "preliminary": "active",
    "partial": "active",
    "registered": "active",
    "cancelled": "aborted",
    "entered-in-error": "nullified",
}
_PART = "_part"  # which part of a measurement a resource was made of
_SMOKING = "72166-2"


def panel(items_of: Sequence[Item], report: Item | None = None) -> Markup:
    """Results that belong together, under the report that groups them, if any."""
    head = report or items_of[0]
    code = NOTHING
    if report is not None:
        code = concept("code", report.resource.get("code"), prefer=LOINC)
    return element(
        "organizer",
        _CLUSTER,
        template(f"{TEMPLATES}1", "2015-08-01"),
        report.ids if report else head.own_id("panel"),
        code or element("code", {"nullFlavor": "NA"}),
        status(_state(head) or "completed"),
        _span_of(items_of) if report is None else _moment(report, items_of),
        performer(actor_of(report.resource)) if report else NOTHING,
        *(element("component", {}, one) for item in items_of for one in _results(item)),
    )


def vitals(item: Item) -> Markup:
    """Measurements taken at one time."""
    code = element(
        "code",
        {"code": "46680005", "codeSystem": SNOMED, "displayName": "Vital signs"},
        element("translation", {"code": "74728-7", "codeSystem": LOINC}),
    )
    return element(
        "organizer",
        _CLUSTER,
        template(f"{TEMPLATES}26", "2015-08-01"),
        item.own_id("panel"),
        code,
        status(_state(item) or "completed"),
        when(item.resource, "effective"),
        *(element("component", {}, one) for one in _vital(item)),
    )


def social(item: Item) -> Markup:
    """One way of life."""
    if _has_code(item.resource, _SMOKING):
        return _observation(item, f"{TEMPLATES}78", "2014-06-09", item.resource)
    return _observation(item, f"{TEMPLATES}38", "2015-08-01", item.resource)


def _results(item: Item) -> Iterator[Markup]:
    yield _observation(item, f"{TEMPLATES}2", "2015-08-01", item.resource)


def _vital(item: Item) -> Iterator[Markup]:
    """A measurement; one of several parts (blood pressure) as one for each."""
    parts = items(item.resource.get("component"))
    if value_key(item.resource) or not parts:
        yield _observation(item, f"{TEMPLATES}27", "2014-06-09", item.resource)
        return
    outer = {
        key: value
        for key, value in item.resource.items()
        if key not in ("component", "identifier", "code")
    }
    for number, part in enumerate(parts):
        one = {**outer, **part, _PART: f"part {number}"}
        yield _observation(item, f"{TEMPLATES}27", "2014-06-09", one)


def _observation(
    item: Item, root: str, release: str, resource: dict[str, Json]
) -> Markup:
    is_part = resource is not item.resource
    own = item.own_id(resource[_PART]) if is_part else item.ids
    return element(
        "observation",
        _OBSERVED,
        template(root, release),
        own,
        concept("code", resource.get("code"), prefer=LOINC),
        item.told,
        status(_state(item) or "completed"),
        when(resource, "effective"),
        value(resource),
        *(
            concept("interpretationCode", one)
            for one in items(resource.get("interpretation"))
        ),
        _one("methodCode", resource.get("method")),
        _one("targetSiteCode", resource.get("bodySite")),
        performer(actor_of(resource)),
        *(
            NOTHING if is_part else _part(one, item.own_id(f"scale {number}"))
            for number, one in enumerate(items(resource.get("component")))
        ),
        behind(item),
        *(_range(one) for one in items(resource.get("referenceRange"))),
    )


def _part(part: dict[str, Json], own: Markup) -> Markup:
    inner = element(
        "observation",
        _OBSERVED,
        template(f"{TEMPLATES}86"),
        own,
        concept("code", part.get("code"), prefer=LOINC),
        status("completed"),
        value(part),
    )
    return relation("COMP", inner)


def _range(held: dict[str, Json]) -> Markup:
    said = text_of(held.get("text"))
    has_bounds = any(isinstance(held.get(side), dict) for side in ("low", "high"))
    inner = element(
        "observationRange",
        {},
        element("text", {}, said) if said else NOTHING,
        bounded("value", held) if has_bounds else NOTHING,
        concept("interpretationCode", held["type"])
        if isinstance(held.get("type"), dict)
        else NOTHING,
    )
    return element("referenceRange", {}, inner) if said or has_bounds else NOTHING


def _one(name: str, held: Json) -> Markup:
    return concept(name, held) if isinstance(held, dict) else NOTHING


def _state(item: Item) -> str:
    return _STATUS.get(text_of(item.resource.get("status")), "")


def _moment(report: Item, parts: Sequence[Item]) -> Markup:
    held = report.resource
    if any(key.startswith("effective") for key in held):
        return when(held, "effective")
    return _span_of(parts)


def _span_of(parts: Sequence[Item]) -> Markup:
    """The effectiveTime of an organizer: from the first to the last of its parts."""
    times = sorted(
        said
        for part in parts
        if (said := stamp(part.resource.get("effectiveDateTime")))
    )
    if not times:
        return NOTHING
    low = element("low", {"value": times[0]})
    return element("effectiveTime", {}, low, element("high", {"value": times[-1]}))


def _has_code(resource: dict[str, Json], code: str) -> bool:
    held = resource.get("code")
    codings = items(held.get("coding") if isinstance(held, dict) else None)
    return any(one.get("code") == code for one in codings)
