"""Procedures and visits as C-CDA statements.

Source: C-CDA 2.1, procedure activity (4.14), encounter activity (4.49), service
delivery location (4.32), under 2.16.840.1.113883.10.20.22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.cda.item import (
    TEMPLATES,
    actor_of,
    behind,
    performer,
    reasons,
    relation,
    status,
    template,
)
from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.values import (
    UNKNOWN,
    coded,
    concept,
    items,
    moment,
    stamp,
    text_of,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wallet.exports.cda.item import Item

Json = Any

_ACT_CODE = "2.16.840.1.113883.5.4"
_DONE = {
    "completed": "completed",
    "in-progress": "active",
    "stopped": "aborted",
    "not-done": "cancelled",
    "on-hold": "suspended",
    "preparation": "new",
    "entered-in-error": "nullified",
}
_VISITED = {
    "finished": "completed",
    "in-progress": "active",
    "arrived": "active",
    "planned": "new",
    "cancelled": "cancelled",
}


def procedure(item: Item) -> Markup:
    """Something that was done, or was not."""
    resource = item.resource
    denied = resource.get("status") == "not-done"
    return element(
        "procedure",
        {
            "classCode": "PROC",
            "moodCode": "EVN",
            "negationInd": "true" if denied else "",
        },
        template(f"{TEMPLATES}14", "2014-06-09"),
        item.ids,
        concept("code", resource.get("code")),
        item.told,
        status(_DONE.get(text_of(resource.get("status")), "completed")),
        when(resource, "performed"),
        *(concept("targetSiteCode", site) for site in items(resource.get("bodySite"))),
        performer(actor_of(resource)),
        reasons(resource),
        behind(item),
    )


def visit(item: Item, diagnoses: Iterable[Markup] = ()) -> Markup:
    """A visit: what kind, when, where and with whom, and what was found there."""
    resource = item.resource
    state = text_of(resource.get("status"))
    return element(
        "encounter",
        {"classCode": "ENC", "moodCode": "INT" if state == "planned" else "EVN"},
        template(f"{TEMPLATES}49", "2015-08-01"),
        item.ids,
        _kind(resource),
        item.told,
        status(_VISITED.get(state, "completed")),
        _period(resource.get("period")),
        *(performer(name) for name in _people(resource)),
        *(_place(name) for name in _places(resource)),
        *(relation("COMP", one) for one in diagnoses),
        reasons(resource),
        behind(item),
    )


def _kind(resource: dict[str, Json]) -> Markup:
    """The type of a visit, and its class as a translation."""
    kinds = items(resource.get("type"))
    said = concept("code", kinds[0]) if kinds else NOTHING
    held = resource.get("class")
    code = text_of(held.get("code")) if isinstance(held, dict) else ""
    shown = text_of(held.get("display")) if isinstance(held, dict) else ""
    if not code or code == "UNK":
        return said or element("code", UNKNOWN)
    if not said:
        return coded("code", code, _ACT_CODE, shown)
    place = coded("translation", code, _ACT_CODE, shown)
    if said.endswith("/>"):
        return Markup(f"{said[:-2]}>{place}</code>")
    return Markup(f"{said.removesuffix('</code>')}{place}</code>")


def _period(held: Json) -> Markup:
    period = held if isinstance(held, dict) else {}
    end = stamp(period.get("end"))
    return element(
        "effectiveTime",
        {},
        moment("low", period.get("start")),
        element("high", {"value": end}) if end else NOTHING,
    )


def _people(resource: dict[str, Json]) -> Iterator[str]:
    for held in items(resource.get("participant")):
        who = held.get("individual")
        name = text_of(who.get("display")) if isinstance(who, dict) else ""
        if name:
            yield name


def _places(resource: dict[str, Json]) -> Iterator[str]:
    keeper = resource.get("serviceProvider")
    held = [one.get("location") for one in items(resource.get("location"))]
    names = [text_of(one.get("display")) for one in held if isinstance(one, dict)]
    if not any(names) and isinstance(keeper, dict):
        names = [text_of(keeper.get("display"))]
    yield from filter(None, names)


def _place(name: str) -> Markup:
    entity = element("playingEntity", {"classCode": "PLC"}, element("name", {}, name))
    role = element(
        "participantRole",
        {"classCode": "SDLOC"},
        template(f"{TEMPLATES}32"),
        element("code", UNKNOWN),
        entity,
    )
    return element("participant", {"typeCode": "LOC"}, role)
