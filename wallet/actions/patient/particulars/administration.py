"""Rows of who and what is around care: people, places, devices, payers, papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.patient.particulars.values import (
    concept,
    concepts,
    day,
    many,
    money,
    span,
    text,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.patient.particulars.values import Json, Row


def _reach(resource: dict[str, Json]) -> Iterator[Row]:
    """How somebody can be reached."""
    for one in many(resource.get("telecom")):
        name = _REACH.get(str(one.get("system")), "")
        if name:
            yield name, text(one.get("value"))
    for one in many(resource.get("address")):
        held = one.get("line")
        lines = [text(line) for line in held] if isinstance(held, list) else []
        parts = (*lines, one.get("city"), one.get("state"), one.get("postalCode"))
        whole = ", ".join(part for part in map(text, parts) if part)
        yield "Address", text(one.get("text")) or whole


def patient(resource: dict[str, Json]) -> Iterator[Row]:
    """Who the patient is."""
    yield "Born", day(resource.get("birthDate"))
    yield "Sex", word(resource.get("gender"), _SEX)
    yield "Died", day(resource.get("deceasedDateTime"))
    yield "Marital status", concept(resource.get("maritalStatus"))
    for one in many(resource.get("communication")):
        yield "Language", concept(one.get("language"))
    yield from concepts(resource, "Doctor", "generalPractitioner")
    for one in many(resource.get("contact")):
        yield "Contact", concept(one.get("name"))
    yield from _reach(resource)


def staff(resource: dict[str, Json]) -> Iterator[Row]:
    """Who somebody else is, or a place."""
    for one in many(resource.get("qualification")):
        yield "Qualification", concept(one.get("code"))
    yield from concepts(resource, "Specialty", "specialty")
    yield from concepts(resource, "Role", "code")
    yield from concepts(resource, "Relationship", "relationship")
    yield "Works at", concept(resource.get("organization"))
    yield "Kind of place", concept(resource.get("type"))
    yield "Part of", concept(resource.get("partOf"))
    yield "Born", day(resource.get("birthDate"))
    yield from _reach(resource)


def device(resource: dict[str, Json]) -> Iterator[Row]:
    """What a device is."""
    yield "Kind", concept(resource.get("type"))
    yield "Made by", text(resource.get("manufacturer"))
    yield "Model", text(resource.get("modelNumber"))
    yield "Serial number", text(resource.get("serialNumber"))
    yield "Lot number", text(resource.get("lotNumber"))
    yield "Made on", day(resource.get("manufactureDate"))
    yield "Use by", day(resource.get("expirationDate"))
    yield from concepts(resource, "Part of the body", "bodySite")


def coverage(resource: dict[str, Json]) -> Iterator[Row]:
    """An insurance, a claim or what was paid."""
    yield from concepts(resource, "Insurer", "payor")
    yield "Insurer", concept(resource.get("insurer"))
    yield "Member number", text(resource.get("subscriberId"))
    yield "Relationship", concept(resource.get("relationship"))
    for one in many(resource.get("class")):
        yield "Plan", text(one.get("name"))
    yield "For the time", span(resource.get("billablePeriod"))
    yield "Place", concept(resource.get("provider"))
    for one in many(resource.get("item")):
        yield "For", concept(one.get("productOrService"))
    for one in many(resource.get("total")):
        yield concept(one.get("category")) or "In all", money(one.get("amount"))
    yield "In all", money(resource.get("total"))
    paid = resource.get("payment")
    yield "Paid", money(paid.get("amount")) if isinstance(paid, dict) else ""


def document(resource: dict[str, Json]) -> Iterator[Row]:
    """What a document or a message is."""
    yield "Kind", concept(resource.get("type"))
    yield from concepts(resource, "Written by", "author")
    yield "Kept by", concept(resource.get("custodian"))
    yield "About", text(resource.get("description"))
    for one in many(resource.get("payload")):
        yield "Says", text(one.get("contentString"))
    parts = [text(one.get("title")) for one in many(resource.get("section"))]
    named = (part.capitalize() if part.isupper() else part for part in parts)
    yield "Parts", ", ".join(filter(None, named))


_REACH = {"phone": "Phone", "email": "E-mail", "fax": "Fax", "sms": "Phone"}
_SEX = {"female": "Woman", "male": "Man", "other": "Other"}
