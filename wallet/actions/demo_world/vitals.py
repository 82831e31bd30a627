"""What is measured in the room: blood pressure, pulse, weight, and a few habits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.demo_world import curves
from wallet.actions.demo_world.pieces import (
    LOINC,
    concept,
    patient,
    quantity,
    start,
    term,
)
from wallet.actions.demo_world.places import HOSPITAL, who
from wallet.actions.demo_world.visits import visit_of, visits
from wallet.actions.demo_world.world import Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.curves import Measured
    from wallet.actions.demo_world.visits import Visit
    from wallet.actions.demo_world.world import Resource, World

_FEVER = {"cough": 38.7, "virus": 38.3}


def vitals(world: World) -> Iterator[Filed]:
    """Everything measured or asked at a visit."""
    for visit in visits(world):
        if visit.key.startswith(("check-up-", "pressure-", "heart-")):
            yield _pressure(world, visit)
            yield _one(world, visit, curves.PULSE)
        if visit.key.startswith(("check-up-", "heart-")):
            yield _one(world, visit, curves.WEIGHT)
            yield _mass_index(world, visit)
        if visit.key.startswith("heart-") or visit.key in ("virus", "chest", "flutter"):
            yield _one(world, visit, curves.OXYGEN)
        if visit.key in _FEVER:
            yield _one(world, visit, curves.WARMTH, _FEVER[visit.key])
        if visit.key.startswith("check-up-"):
            yield _smoking(world, visit)
    yield from _scores(world)
    yield from _pumping(world)


def _made(world: World, visit: Visit, key: str, category: str) -> Resource:
    return start(world, "Observation", visit.key, key, labels=visit.labels) | {
        "status": "final",
        "category": [term("observation-category", category)],
        "subject": patient(world),
        "encounter": visit_of(world, visit.key),
        "effectiveDateTime": moment(visit.day, 9, 5),
        "performer": [who(world, visit.staff)],
    }


def _one(
    world: World, visit: Visit, what: Measured, value: float | None = None
) -> Filed:
    if value is None:
        value = curves.value_on(world, what, visit.day)
    made = _made(world, visit, what.key, "vital-signs") | {
        "code": concept(LOINC, what.loinc, what.text),
        "valueQuantity": quantity(value, what.unit, what.ucum),
    }
    return Filed(visit.place, made)


def _pressure(world: World, visit: Visit) -> Filed:
    made = _made(world, visit, "pressure", "vital-signs") | {
        "code": concept(LOINC, "85354-9", "Blood pressure"),
        "component": [
            {
                "code": concept(LOINC, part.loinc, part.text),
                "valueQuantity": quantity(
                    curves.value_on(world, part, visit.day), part.unit, part.ucum
                ),
            }
            for part in (curves.UPPER, curves.LOWER)
        ],
    }
    return Filed(visit.place, made)


def _mass_index(world: World, visit: Visit) -> Filed:
    weight = curves.value_on(world, curves.WEIGHT, visit.day)
    index = round(weight / (curves.HEIGHT_CM / 100) ** 2, 1)
    made = _made(world, visit, "mass-index", "vital-signs") | {
        "code": concept(LOINC, "39156-5", "Weight for height (BMI)"),
        "valueQuantity": quantity(index, "kg/m2"),
    }
    return Filed(visit.place, made)


def _smoking(world: World, visit: Visit) -> Filed:
    made = _made(world, visit, "smoking", "social-history") | {
        "code": concept(LOINC, "72166-2", "Smoking"),
        "valueCodeableConcept": {"text": "Never smoked"},
    }
    return Filed(visit.place, made)


def _scores(world: World) -> Iterator[Filed]:
    """Two mood questionnaires and one about drinking, labelled like their visits."""
    by_key = {visit.key: visit for visit in visits(world)}
    asked = (
        ("talk-0", "44261-6", "Mood questionnaire (PHQ-9)", 14),
        ("talk-5", "44261-6", "Mood questionnaire (PHQ-9)", 5),
        ("drinking", "75626-2", "Drinking questionnaire (AUDIT-C)", 7),
    )
    for key, loinc, text, points in asked:
        made = _made(world, by_key[key], "score", "survey") | {
            "code": concept(LOINC, loinc, text),
            "valueQuantity": quantity(points, "points", "{score}"),
        }
        yield Filed(by_key[key].place, made)


def _pumping(world: World) -> Iterator[Filed]:
    """How strongly the heart pumps, from each ultrasound."""
    for number, (years, share) in enumerate(((2.97, 52), (1.57, 48), (0.25, 55))):
        day = world.ago(years)
        made = start(world, "Observation", "pumping", number) | {
            "status": "final",
            "category": [term("observation-category", "imaging")],
            "code": concept(LOINC, "10230-1", "How strongly the heart pumps"),
            "subject": patient(world),
            "effectiveDateTime": moment(day, 14),
            "performer": [who(world, "heart")],
            "valueQuantity": quantity(share, "%"),
            "referenceRange": [{"low": quantity(50, "%")}],
        }
        yield Filed(HOSPITAL, made)
