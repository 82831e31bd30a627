"""Medicines taken, ordered and handed out, and vaccines, as FHIR resources.

Source: C-CDA 2.1, medication activity (4.16), supply order (4.17), dispense (4.18),
medication information (4.23), immunization activity (4.52) and refusal reason (4.53),
under 2.16.840.1.113883.10.20.22; HL7 "C-CDA on FHIR".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.cda import times, values
from wallet.records.cda.conditions import reasons
from wallet.records.cda.setting import (
    Mapped,
    actor,
    comments,
    identify,
    is_denied,
    performer,
    templates,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.setting import Setting
    from wallet.records.xml_tree import Node

Json = dict[str, Any]

_ROOT = "2.16.840.1.113883.10.20.22.4."
_DISPENSE = frozenset({f"{_ROOT}18", "2.16.840.1.113883.10.20.1.34"})
_INSTRUCTIONS = frozenset({f"{_ROOT}20", f"{_ROOT}147"})
_REFUSAL = f"{_ROOT}53"
_PRN = frozenset({f"{_ROOT}25"})
_TAKEN = {
    "active": "active",
    "completed": "completed",
    "aborted": "stopped",
    "cancelled": "stopped",
    "suspended": "on-hold",
    "held": "on-hold",
    "new": "intended",
    "nullified": "entered-in-error",
}
_ORDERED = {**_TAKEN, "new": "draft", "cancelled": "cancelled"}
_HANDED_OUT = {
    "completed": "completed",
    "active": "in-progress",
    "aborted": "stopped",
    "cancelled": "cancelled",
    "held": "on-hold",
    "suspended": "on-hold",
}
_MOST_NAME = 200
_MEALS = {"HS", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV", "C", "CM", "CD"}
_MEALS |= {"CV", "WAKE"}
_ORDERS = frozenset({"INT", "RQO", "PRP", "PRMS", "APT", "ARQ"})


def medicine(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A medication activity: taken (EVN) or ordered (INT), and what was handed out."""
    setting = setting.within(node)
    what = product(node, setting)
    if what is None:
        return
    status = _status(node)
    ordered = node.get("moodCode") in _ORDERS
    resource: Json = {"medicationCodeableConcept": what, "subject": setting.subject}
    resource["note"] = comments(node, setting)
    resource["reasonCode"] = list(reasons(node, setting))
    dose = _dosage(node, setting)
    start, end = _course(node)
    if ordered:
        resource |= {
            "resourceType": "MedicationRequest",
            "status": _ORDERED.get(status, "unknown"),
            "intent": "plan" if node.get("moodCode") == "PRMS" else "order",
            "authoredOn": times.first(node.one("author/time")) or start,
            "requester": setting.by(),
            "dosageInstruction": [_bounded(dose, start, end)] if dose else [],
        }
        if node.get("moodCode") in ("PRP", "INT") and not dose and not start:
            resource["intent"] = "plan"
    else:
        resource |= {
            "resourceType": "MedicationStatement",
            "status": _TAKEN.get(status, "unknown"),
            "dateAsserted": times.first(node.one("author/time")),
            "dosage": [dose] if dose else [],
        }
        if setting.author:
            resource["informationSource"] = setting.by()
        if start or end:
            span = {"start": start, "end": end}
            resource["effectivePeriod"] = {key: at for key, at in span.items() if at}
        if is_denied(node):
            resource["status"] = "not-taken"
    if is_denied(node) and ordered:
        resource["doNotPerform"] = True
    yield Mapped(node, identify(tidy(resource), node))
    for held in node.under("entryRelationship/supply"):
        if templates(held) & _DISPENSE or held.get("moodCode") == "EVN":
            yield from dispense(held, setting, of=what)


def dispense(
    node: Node, setting: Setting, *, of: Json | None = None
) -> Iterator[Mapped]:
    """Something handed out by a pharmacy."""
    setting = setting.within(node)
    what = product(node, setting) or of
    if what is None:
        return
    resource: Json = {
        "resourceType": "MedicationDispense",
        "status": _HANDED_OUT.get(_status(node), "unknown"),
        "medicationCodeableConcept": what,
        "subject": setting.subject,
        "quantity": values.quantity(node.one("quantity")),
    }
    when = times.first(node.one("effectiveTime"))
    # The day alone is no moment at which something was handed over, but is a date.
    resource["whenHandedOver"] = when
    who = performer(node)
    if who:
        resource["performer"] = [{"actor": {"display": who}}]
    yield Mapped(node, identify(tidy(resource), node))


def product(node: Node, setting: Setting) -> Json | None:
    """The medicine or vaccine itself: its code, else its name."""
    for path in (
        "consumable/manufacturedProduct/manufacturedMaterial",
        "product/manufacturedProduct/manufacturedMaterial",
        "consumable/manufacturedProduct/manufacturedLabeledDrug",
        "product/manufacturedProduct/manufacturedLabeledDrug",
    ):
        material = node.one(path)
        if material is None:
            continue
        said = setting.concept(material.one("code"))
        name = " ".join(values.spoken_name(material.one("name")).split())
        if said is None and name:
            return {"text": name[:200]}
        if said is not None:
            return said if "text" in said or not name else {**said, "text": name[:200]}
    text = setting.words(node.one("text"))
    return {"text": text} if text and len(text) <= _MOST_NAME else None


def _status(node: Node) -> str:
    held = node.one("statusCode")
    return held.get("code") if held is not None else ""


def _course(node: Node) -> tuple[str, str]:
    """From when until when: the time that is no rhythm."""
    for held in node.all("effectiveTime"):
        if not _is_rhythm(held):
            start, end = times.span(held)
            if start or end:
                return start, end
    return "", ""


def _is_rhythm(node: Node) -> bool:
    kind = node.get("type").rpartition(":")[2]
    return kind in ("PIVL_TS", "EIVL_TS") or node.one("period") is not None


def _bounded(dose: Json, start: str, end: str) -> Json:
    if not start and not end:
        return dose
    span = {key: at for key, at in (("start", start), ("end", end)) if at}
    timing = dict(dose.get("timing", {}))
    timing["repeat"] = {"boundsPeriod": span, **timing.get("repeat", {})}
    return {**dose, "timing": timing}


def _dosage(node: Node, setting: Setting) -> Json:
    held: Json = {}
    text = _sig(node, setting)
    if text:
        held["text"] = text[:1_000]
    timing = _timing(node)
    if timing:
        held["timing"] = timing
    route = setting.concept(node.one("routeCode"))
    if route:
        held["route"] = route
    site = setting.concept(node.one("approachSiteCode"))
    if site:
        held["site"] = site
    amount = node.one("doseQuantity")
    if amount is not None:
        span = values.interval(amount)
        if span:
            held["doseAndRate"] = [{f"dose{name}": one for name, one in span.items()}]
    if any(
        templates(one.one("criterion") or one) & _PRN
        for one in node.all("precondition")
    ):
        held["asNeededBoolean"] = True
    return held


def _sig(node: Node, setting: Setting) -> str:
    for kind in ("substanceAdministration", "act"):
        for inner in node.under(f"entryRelationship/{kind}"):
            if templates(inner) & _INSTRUCTIONS:
                said = setting.words(inner.one("text"))
                if said:
                    return said
    return ""


def _timing(node: Node) -> Json:
    for held in node.all("effectiveTime"):
        repeat: Json = {}
        period = held.one("period")
        event = held.one("event")
        if period is not None:
            low = period if period.get("value") else period.one("low")
            every = values.number(low.get("value")) if low is not None else None
            unit = times.repeat_unit(low.get("unit")) if low is not None else ""
            if every and unit:
                repeat = {"frequency": 1, "period": every, "periodUnit": unit}
                high = period.one("high")
                most = values.number(high.get("value")) if high is not None else None
                if most:
                    repeat["periodMax"] = most
        elif event is not None and event.get("code") in _MEALS:
            repeat = {"when": [event.get("code")]}
        if repeat:
            return {"repeat": repeat}
    return {}


def vaccine(node: Node, setting: Setting) -> Iterator[Mapped]:
    """An immunization activity: given, or not and why."""
    setting = setting.within(node)
    what = product(node, setting)
    if what is None:
        return
    status = "completed" if _status(node) in ("completed", "active", "") else "not-done"
    resource: Json = {
        "resourceType": "Immunization",
        "status": "not-done" if is_denied(node) else status,
        "vaccineCode": what,
        "patient": setting.subject,
        "note": comments(node, setting),
    }
    when = times.first(*node.all("effectiveTime"))
    if when:
        resource["occurrenceDateTime"] = when
    else:
        resource["occurrenceString"] = "Not known when"
    material = node.one("consumable/manufacturedProduct/manufacturedMaterial")
    if material is not None:
        lot = material.one("lotNumberText")
        resource["lotNumber"] = " ".join(lot.text.split()) if lot is not None else ""
    maker = values.spoken_name(
        node.one("consumable/manufacturedProduct/manufacturerOrganization/name")
    )
    resource["manufacturer"] = {"display": maker} if maker else None
    resource["route"] = setting.concept(node.one("routeCode"))
    resource["site"] = setting.concept(node.one("approachSiteCode"))
    if resource["status"] == "completed":
        resource["doseQuantity"] = values.quantity(node.one("doseQuantity"))
    else:
        resource["statusReason"] = _refusal(node, setting)
    names = [actor(held.one("assignedEntity")) for held in node.all("performer")]
    who = next(filter(None, names), "") or setting.author
    resource["performer"] = [{"actor": {"display": who}}] if who else None
    yield Mapped(node, identify(tidy(resource), node))


def _refusal(node: Node, setting: Setting) -> Json | None:
    for held in node.under("entryRelationship/observation"):
        if _REFUSAL in templates(held):
            return setting.concept(held.one("code"))
    return None
