"""Vaccines and laboratory results as SMART Health Cards, in a file or as pictures.

A card is small on purpose: all vaccines that were given, and of each laboratory test
the newest result.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.exports.dress import Dress, LeftOut, Why, left_out
from wallet.exports.parts import of_bytes
from wallet.exports.smart import payload
from wallet.exports.smart.card import Card, cards

if TYPE_CHECKING:
    from wallet.exports.dress import Selection
    from wallet.exports.parts import Shareable

Json = Any

PATH = "health-cards.smart-health-card"


@dataclass(slots=True)
class Content:
    """What goes on cards, newest first, and what does not."""

    patient: dict[str, Json]
    vaccines: list[dict[str, Json]]
    results: list[dict[str, Json]]
    left_out: tuple[LeftOut, ...]
    held: int


def write(chosen: Selection) -> Dress:
    """Every card in one file."""
    content = content_of(chosen)
    made = made_cards(content, chosen)
    held = json.dumps({"verifiableCredential": [card.jws for card in made]}, indent=1)
    part = of_bytes(PATH, held.encode())
    return Dress(parts=(part,), left_out=content.left_out, held=content.held)


def made_cards(content: Content, chosen: Selection) -> list[Card]:
    """The cards themselves: vaccines first."""
    return [
        card
        for kind, said in (
            (payload.IMMUNIZATION, content.vaccines),
            (payload.LABORATORY, content.results),
        )
        for card in cards(content.patient, said, kind=kind, made_at=chosen.made_at)
    ]


def content_of(chosen: Selection) -> Content:
    """Choose what a card has a place for."""
    naming = chosen.naming()
    content = Content({}, [], [], (), 0)
    missing: list[LeftOut] = []
    tests: dict[str, tuple[Shareable, dict[str, Json]]] = {}
    for record in chosen.records:
        resource = naming.trimmed(record)
        said = None
        if record.rtype == "Patient":
            if naming.patient is not None and naming.of(record) == naming.of(
                naming.patient
            ):
                content.patient = resource
            else:
                missing.append(left_out(record, Why.SECOND_PERSON))
            continue
        if record.rtype == "Immunization":
            said = payload.vaccine(resource)
            content.vaccines += [said] if said else []
        elif record.rtype == "Observation" and record.category == "test":
            said = payload.result(resource)
            if said is not None:
                record, said = _newer(tests, record, said)  # noqa: PLW2901 the older
        if said is None:
            missing.append(left_out(record, Why.NO_PLACE))
    content.vaccines.sort(key=lambda one: one["occurrenceDateTime"], reverse=True)
    content.results = [said for _, said in tests.values()]
    content.results.sort(key=lambda one: one["effectiveDateTime"], reverse=True)
    content.left_out = tuple(missing)
    content.held = len(chosen.records) - len(missing)
    return content


def _newer(
    tests: dict[str, tuple[Shareable, dict[str, Json]]],
    record: Shareable,
    said: dict[str, Json],
) -> tuple[Shareable, dict[str, Json] | None]:
    """Keep the newest result of a test; give back the one that goes, if one does."""
    coding = said["code"]["coding"][0]
    name = f"{coding['system']}|{coding['code']}"
    before = tests.get(name)
    if before is None:
        tests[name] = (record, said)
        return record, said
    if before[1]["effectiveDateTime"] >= said["effectiveDateTime"]:
        return record, None
    tests[name] = (record, said)
    return before[0], None
