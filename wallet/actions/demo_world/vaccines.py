"""Vaccines, most of them given at the pharmacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.demo_world.pieces import CVX, concept, patient, start
from wallet.actions.demo_world.places import PHARMACY, PRACTICE, who
from wallet.actions.demo_world.world import YEARS, Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from wallet.actions.demo_world.world import World

_FLU = ("140", "Flu vaccine")
_SINGLE = (
    ("52", "Hepatitis A vaccine, first dose", 11.2, PRACTICE),
    ("52", "Hepatitis A vaccine, second dose", 10.6, PRACTICE),
    ("115", "Tetanus, diphtheria and whooping cough vaccine", 9.8, PRACTICE),
    ("187", "Shingles vaccine, first dose", 6.9, PHARMACY),
    ("187", "Shingles vaccine, second dose", 6.6, PHARMACY),
    ("208", "COVID-19 vaccine, first dose", 5.6, PHARMACY),
    ("208", "COVID-19 vaccine, second dose", 5.52, PHARMACY),
    ("208", "COVID-19 vaccine, booster", 5.0, PHARMACY),
    ("300", "COVID-19 vaccine, booster", 4.0, PHARMACY),
    ("309", "COVID-19 vaccine, booster", 3.0, PHARMACY),
    ("309", "COVID-19 vaccine, booster", 2.0, PHARMACY),
    ("309", "COVID-19 vaccine, booster", 1.0, PHARMACY),
    ("216", "Pneumonia vaccine", 1.9, PHARMACY),
    ("303", "RSV vaccine", 1.1, PHARMACY),
    ("113", "Tetanus and diphtheria vaccine", 0.4, PRACTICE),
)


def vaccines(world: World) -> Iterator[Filed]:
    """A flu vaccine every autumn and the others once or twice."""
    for back in range(YEARS):
        day = world.yearly(10, 3, back=back)
        yield _given(world, *_FLU, day, PHARMACY)
    for code, text, years, place in _SINGLE:
        yield _given(world, code, text, world.ago(years), place)


def _given(world: World, code: str, text: str, day: date, place: str) -> Filed:
    lot = int(world.between(10_000, 99_999, "lot", code, day))
    made = start(world, "Immunization", code, day) | {
        "status": "completed",
        "vaccineCode": concept(CVX, code, text),
        "patient": patient(world),
        "occurrenceDateTime": moment(day, 16),
        "primarySource": True,
        "lotNumber": f"L{lot}",
        "performer": [
            {"actor": who(world, "pharmacist" if place == PHARMACY else "nurse")}
        ],
    }
    return Filed(place, made)
