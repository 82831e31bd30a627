"""Medicines and vaccines as C-CDA statements.

Source: C-CDA 2.1, medication activity (4.16), dispense (4.18), information (4.23), free
text sig (4.147), precondition (4.25), immunization activity (4.52), its product (4.54)
and refusal reason (4.53), under 2.16.840.1.113883.10.20.22.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wallet.exports.cda.item import (
    TEMPLATES,
    actor_of,
    author,
    behind,
    performer,
    reasons,
    relation,
    status,
    template,
)
from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.values import (
    LOINC,
    UNKNOWN,
    bounded,
    coded,
    concept,
    items,
    moment,
    number,
    quantity,
    span,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.cda.item import Item

Json = Any

RXNORM = "2.16.840.1.113883.6.88"
CVX = "2.16.840.1.113883.12.292"
_STATUS = {
    "active": "active",
    "completed": "completed",
    "stopped": "aborted",
    "cancelled": "cancelled",
    "on-hold": "suspended",
    "intended": "new",
    "draft": "new",
    "in-progress": "active",
    "entered-in-error": "nullified",
}
_UNITS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_MEALS = {"HS", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV", "C", "CM", "CD"}
_MEALS |= {"CV", "WAKE"}
_MOST_PLACES = 6


def medicine(item: Item) -> Markup:
    """A medicine taken, ordered or given."""
    resource = item.resource
    ordered = resource["resourceType"] == "MedicationRequest"
    denied = resource.get("status") == "not-taken" or resource.get("doNotPerform")
    doses = _doses(resource)
    dose = doses[0] if doses else {}
    return element(
        "substanceAdministration",
        {
            "classCode": "SBADM",
            "moodCode": "INT" if ordered else "EVN",
            "negationInd": "true" if denied else "",
        },
        template(f"{TEMPLATES}16", "2014-06-09"),
        item.ids,
        item.told,
        status(_STATUS.get(text_of(resource.get("status")), "")),
        _course(resource, dose),
        *_rhythm(dose),
        concept("routeCode", dose["route"]) if dose.get("route") else NOTHING,
        concept("approachSiteCode", dose["site"]) if dose.get("site") else NOTHING,
        _amount(dose),
        element("consumable", {}, product(item, "23", "2014-06-09", prefer=RXNORM)),
        author(actor_of(resource), _said_at(resource)),
        *(_sig(one) for one in doses),
        reasons(resource),
        behind(item),
        _as_needed(dose),
    )


def dispense(item: Item) -> Markup:
    """Something a pharmacy handed out."""
    resource = item.resource
    what = product(item, "23", "2014-06-09", prefer=RXNORM)
    when = resource.get("whenHandedOver") or resource.get("whenPrepared")
    amount = resource.get("quantity")
    return element(
        "supply",
        {"classCode": "SPLY", "moodCode": "EVN"},
        template(f"{TEMPLATES}18", "2014-06-09"),
        item.ids,
        item.told,
        status(_STATUS.get(text_of(resource.get("status")), "")),
        moment("effectiveTime", when),
        quantity("quantity", amount) if isinstance(amount, dict) else NOTHING,
        element("product", {}, what),
        performer(actor_of(resource)),
        behind(item),
    )


def vaccine(item: Item) -> Markup:
    """A vaccine given, or not given and why."""
    resource = item.resource
    denied = resource.get("status") == "not-done"
    amount = resource.get("doseQuantity")
    return element(
        "substanceAdministration",
        {
            "classCode": "SBADM",
            "moodCode": "EVN",
            "negationInd": "true" if denied else "false",
        },
        template(f"{TEMPLATES}52", "2015-08-01"),
        item.ids,
        item.told,
        status("completed"),
        moment("effectiveTime", resource.get("occurrenceDateTime")),
        concept("routeCode", resource["route"]) if resource.get("route") else NOTHING,
        concept("approachSiteCode", resource["site"])
        if resource.get("site")
        else NOTHING,
        quantity("doseQuantity", amount) if isinstance(amount, dict) else NOTHING,
        element("consumable", {}, _vaccine_product(resource)),
        performer(actor_of(resource)),
        _refusal(resource) if denied else NOTHING,
        behind(item),
    )


def product(item: Item, number_of: str, release: str, *, prefer: str) -> Markup:
    """The medicine itself."""
    resource = item.resource
    what = resource.get("medicationCodeableConcept") or item.medicine
    material = element("manufacturedMaterial", {}, concept("code", what, prefer=prefer))
    return element(
        "manufacturedProduct",
        {"classCode": "MANU"},
        template(f"{TEMPLATES}{number_of}", release),
        material,
    )


def _vaccine_product(resource: dict[str, Json]) -> Markup:
    lot, maker = text_of(resource.get("lotNumber")), resource.get("manufacturer")
    name = text_of(maker.get("display")) if isinstance(maker, dict) else ""
    material = element(
        "manufacturedMaterial",
        {},
        concept("code", resource.get("vaccineCode"), prefer=CVX),
        element("lotNumberText", {}, lot) if lot else NOTHING,
    )
    organization = element("manufacturerOrganization", {}, element("name", {}, name))
    return element(
        "manufacturedProduct",
        {"classCode": "MANU"},
        template(f"{TEMPLATES}54", "2014-06-09"),
        material,
        organization if name else NOTHING,
    )


def _refusal(resource: dict[str, Json]) -> Markup:
    why = resource.get("statusReason")
    if not isinstance(why, dict):
        return NOTHING
    inner = element(
        "observation",
        {"classCode": "OBS", "moodCode": "EVN"},
        template(f"{TEMPLATES}53"),
        element("id", UNKNOWN),
        concept("code", why),
        status("completed"),
    )
    return relation("RSON", inner)


def _doses(resource: dict[str, Json]) -> list[dict[str, Json]]:
    return items(resource.get("dosageInstruction") or resource.get("dosage"))


def _said_at(resource: dict[str, Json]) -> Json:
    return resource.get("authoredOn") or resource.get("dateAsserted")


def _course(resource: dict[str, Json], dose: dict[str, Json]) -> Markup:
    """From when until when: as stated, as ordered, or when it was given."""
    point = resource.get("effectiveDateTime")
    if point:
        return element("effectiveTime", {"xsi:type": "IVL_TS"}, moment("low", point))
    held = resource.get("effectivePeriod") or _bounds(dose)
    held = held if isinstance(held, dict) else {}
    return span("effectiveTime", held.get("start"), held.get("end"))


def _repeat(dose: dict[str, Json]) -> dict[str, Json]:
    timing = dose.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return repeat if isinstance(repeat, dict) else {}


def _bounds(dose: dict[str, Json]) -> Json:
    return _repeat(dose).get("boundsPeriod")


def _rhythm(dose: dict[str, Json]) -> Iterator[Markup]:
    """How often: every so many hours or days, or by the meals of the day."""
    repeat = _repeat(dose)
    every, unit = _period(repeat), text_of(repeat.get("periodUnit"))
    if every and unit in _UNITS:
        period = element("period", {"value": every, "unit": unit})
        yield element("effectiveTime", {"xsi:type": "PIVL_TS", "operator": "A"}, period)
        return
    for meal in repeat.get("when") or ():
        if meal in _MEALS:
            event = element("event", {"code": meal})
            yield element(
                "effectiveTime", {"xsi:type": "EIVL_TS", "operator": "A"}, event
            )
            return


def _period(repeat: dict[str, Json]) -> str:
    """The time between two; empty where it has no end of digits."""
    period, often = number(repeat.get("period")), number(repeat.get("frequency"))
    if not period or (often and Decimal(often) <= 0):
        return ""
    if not often or Decimal(often) == 1:
        return period
    said = (Decimal(period) / Decimal(often)).normalize()
    places = said.as_tuple().exponent
    if not isinstance(places, int) or places < -_MOST_PLACES:
        return ""
    return f"{said:f}"


def _amount(dose: dict[str, Json]) -> Markup:
    given = next(iter(items(dose.get("doseAndRate"))), {})
    held = given.get("doseQuantity") or dose.get("dose") or dose.get("doseQuantity")
    if isinstance(held, dict):
        return quantity("doseQuantity", held)
    if isinstance(given.get("doseRange"), dict):
        return bounded("doseQuantity", given["doseRange"], kind="")
    return NOTHING


def _sig(dose: dict[str, Json]) -> Markup:
    said = text_of(dose.get("text"))
    if not said:
        return NOTHING
    nothing = element("manufacturedLabeledDrug", {"nullFlavor": "NA"})
    inner = element(
        "substanceAdministration",
        {"classCode": "SBADM", "moodCode": "EVN"},
        template(f"{TEMPLATES}147"),
        coded("code", "76662-6", LOINC, "Instructions Medication"),
        element("text", {}, said),
        element("consumable", {}, element("manufacturedProduct", {}, nothing)),
    )
    return relation("COMP", inner)


def _as_needed(dose: dict[str, Json]) -> Markup:
    if not (dose.get("asNeededBoolean") or dose.get("asNeededCodeableConcept")):
        return NOTHING
    why = dose.get("asNeededCodeableConcept")
    criterion = element(
        "criterion",
        {},
        template(f"{TEMPLATES}25", "2014-06-09"),
        coded("code", "ASSERTION", "2.16.840.1.113883.5.4"),
        concept("value", why, kind="CD")
        if isinstance(why, dict)
        else element("value", {"xsi:type": "CD", "nullFlavor": "UNK"}),
    )
    return element("precondition", {"typeCode": "PRCN"}, criterion)
