"""Blood tests: the same tests every year, more of them once the heart speaks up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.demo_world import curves
from wallet.actions.demo_world.pieces import (
    LOINC,
    concept,
    patient,
    quantity,
    refer,
    start,
    term,
)
from wallet.actions.demo_world.places import LABORATORY, where, who
from wallet.actions.demo_world.visits import visits
from wallet.actions.demo_world.world import Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.curves import Measured
    from wallet.actions.demo_world.visits import Visit
    from wallet.actions.demo_world.world import Resource, World

Panel = tuple[str, str, tuple["Measured", ...]]

_LIPIDS: Panel = ("57698-3", "Blood fats", curves.LIPIDS)
_BASIC: Panel = ("24323-8", "Sugar, salts, kidneys and liver",
                 (*curves.SUGAR, *curves.KIDNEYS, *curves.LIVER))  # fmt: skip
_BLOOD: Panel = ("58410-2", "Blood count", curves.BLOOD)
_HEART: Panel = ("33762-6", "Heart blood tests",
                 (curves.LIPIDS[0], curves.KIDNEYS[0], curves.KIDNEYS[2],
                  curves.BLOOD[0], *curves.HEART))  # fmt: skip
_ALARM: Panel = ("89579-7", "Is the heart damaged?",
                 (curves.TROPONIN, *curves.HEART, *curves.KIDNEYS))  # fmt: skip
_BONES: Panel = ("1989-3", "Vitamin D", curves.BONES)


def labs(world: World) -> Iterator[Filed]:
    """Every result and the report that gathers those of one day."""
    for visit in visits(world):
        for panel in _panels(visit):
            yield from _report(world, visit, panel)


def _panels(visit: Visit) -> tuple[Panel, ...]:
    if visit.key.startswith("check-up-"):
        return (_LIPIDS, _BASIC, _BLOOD)
    if visit.title == "Heart clinic visit":
        return (_HEART,)
    return {
        "flutter": (_ALARM, _BLOOD),
        "heart-first": (_ALARM, _BLOOD),
        "bone-density": (_BONES,),
        "shoulder": (_BONES,),
        "chest": (_BONES,),
        "tired": (_BLOOD, _BONES),
    }.get(visit.key, ())


def _report(world: World, visit: Visit, panel: Panel) -> Iterator[Filed]:
    loinc, title, tests = panel
    results = [_result(world, visit, title, test) for test in tests]
    for made in results:
        yield Filed(LABORATORY, made)
    yield Filed(
        LABORATORY,
        start(world, "DiagnosticReport", visit.key, title)
        | {
            "status": "final",
            "category": [term("v2-0074", "LAB")],
            "code": concept(LOINC, loinc, title),
            "subject": patient(world),
            "effectiveDateTime": moment(visit.day, 8, 10),
            "issued": moment(visit.day, 17),
            "performer": [where(world, LABORATORY)],
            "resultsInterpreter": [who(world, "lab")],
            "result": [
                refer(world, "Observation", visit.key, title, test.key)
                for test in tests
            ],
        },
    )


def _result(world: World, visit: Visit, title: str, test: Measured) -> Resource:
    value = curves.value_on(world, test, visit.day)
    made = start(world, "Observation", visit.key, title, test.key) | {
        "status": "final",
        "category": [term("observation-category", "laboratory")],
        "code": concept(LOINC, test.loinc, test.text),
        "subject": patient(world),
        "effectiveDateTime": moment(visit.day, 8, 10),
        "issued": moment(visit.day, 17),
        "performer": [where(world, LABORATORY)],
        "valueQuantity": quantity(value, test.unit, test.ucum),
        "interpretation": [term("v3-ObservationInterpretation", _against(test, value))],
    }
    usual: Resource = {}
    if test.low:
        usual["low"] = quantity(test.low, test.unit, test.ucum)
    if test.high:
        usual["high"] = quantity(test.high, test.unit, test.ucum)
    return {**made, "referenceRange": [usual]}


def _against(test: Measured, value: float) -> str:
    if test.low and value < test.low:
        return "L"
    return "H" if test.high and value > test.high else "N"
