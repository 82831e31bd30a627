"""Rows of what is to be taken, done and reached: medicines, orders, plans, goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.patient.particulars.values import (
    amount,
    concept,
    concepts,
    day,
    many,
    text,
    word,
)
from wallet.exports.facts import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.patient.particulars.values import Json, Row


def medicine(resource: dict[str, Json]) -> Iterator[Row]:
    """A medicine: how to take it, and what for."""
    held = resource.get("dosageInstruction") or resource.get("dosage")
    for dose in many(held):
        if not words(dose.get("text")):
            yield "How to take it", _dose(dose)
        yield "How it is given", concept(dose.get("route"))
        yield "Remark", text(dose.get("patientInstruction"))
    yield from concepts(resource, "Taken for", "reasonCode")
    yield from concepts(resource, "Taken for", "reasonReference")
    supply = resource.get("dispenseRequest")
    supply = supply if isinstance(supply, dict) else resource
    yield "Amount", amount(supply.get("quantity"))
    again = supply.get("numberOfRepeatsAllowed")
    yield "Refills", str(again) if isinstance(again, int) else ""
    yield "Handed out", day(resource.get("whenHandedOver"))
    yield "Form", concept(resource.get("form"))
    for one in many(resource.get("ingredient")):
        yield "Made of", concept(one.get("itemCodeableConcept"))


def _dose(dose: dict[str, Json]) -> str:
    """A dose in a few words, as far as it is told in parts.

    R4 Dosage: ``doseAndRate.doseQuantity`` and ``timing.repeat``.
    """
    parts = [amount(one.get("doseQuantity")) for one in many(dose.get("doseAndRate"))]
    timing = dose.get("timing")
    timing = timing if isinstance(timing, dict) else {}
    repeat = timing.get("repeat")
    often = _often(repeat) if isinstance(repeat, dict) else ""
    parts.append(often or concept(timing.get("code")))
    if dose.get("asNeededBoolean") is True:
        parts.append("when needed")
    return ", ".join(part for part in parts if part)


def _often(repeat: dict[str, Json]) -> str:
    times, span = repeat.get("frequency"), repeat.get("period")
    unit = _SPANS.get(str(repeat.get("periodUnit")), "")
    if not isinstance(times, int) or not unit or span is None:
        return ""
    count = {1: "once", 2: "twice"}.get(times, f"{times} times")
    every = str(span).removesuffix(".0")
    return f"{count} a {unit}" if every == "1" else f"{count} every {every} {unit}s"


def plan(resource: dict[str, Json]) -> Iterator[Row]:
    """What is to be done."""
    for one in many(resource.get("activity")):
        held = one.get("detail")
        detail = held if isinstance(held, dict) else {}
        said = concept(detail.get("code")) or text(detail.get("description"))
        yield "To do", said or concept(one.get("reference"))
    yield from concepts(resource, "For", "addresses")
    yield from concepts(resource, "Goal", "goal")
    yield "In short", text(resource.get("description"))


def team(resource: dict[str, Json]) -> Iterator[Row]:
    """Who does it."""
    for one in many(resource.get("participant")):
        who, role = concept(one.get("member")), concept(one.get("role"))
        yield role or "Member", who or role
    yield from concepts(resource, "For", "reasonCode")


def goal(resource: dict[str, Json]) -> Iterator[Row]:
    """What it is to reach."""
    for one in many(resource.get("target")):
        aim = amount(one.get("detailQuantity")) or concept(one.get("detailString"))
        yield concept(one.get("measure")) or "Aim", aim
        yield "By when", day(one.get("dueDate"))
    yield "How it goes", concept(resource.get("achievementStatus"))
    yield from concepts(resource, "For", "addresses")


def order(resource: dict[str, Json]) -> Iterator[Row]:
    """What was asked for."""
    for key in ("reasonCode", "reasonReference"):
        yield from concepts(resource, "Reason", key)
    yield from concepts(resource, "Part of the body", "bodySite")
    yield "How urgent", word(resource.get("priority"), _URGENT)
    yield from concepts(resource, "To be done by", "performer")
    yield "For you to know", text(resource.get("patientInstruction"))


_SPANS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week"} | {
    "mo": "month",
    "a": "year",
}
_URGENT = {"urgent": "Urgent", "asap": "As soon as possible", "stat": "At once"}
