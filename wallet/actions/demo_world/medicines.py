"""What was prescribed, by whom, when it began and why it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.demo_world.pieces import (
    MENTAL_HEALTH,
    RXNORM,
    concept,
    patient,
    start,
)
from wallet.actions.demo_world.places import PHARMACY, STAFF, who
from wallet.actions.demo_world.world import YEARS, Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.world import World


class _Given(NamedTuple):
    code: str
    text: str
    how: str
    staff: str
    began: float
    ended: float | None
    treats: str = ""
    labels: tuple[str, ...] = ()


_ONCE, _EVENING, _TWICE = (
    "One tablet in the morning",
    "One tablet in the evening",
    "One tablet morning and evening",
)
_COURSES = (
    _Given("3640", "Doxycycline 100 mg", _TWICE, "lind", 11.4, 11.37, "Bronchitis"),
    _Given("723", "Amoxicillin 500 mg", "One capsule three times a day", "lind",
           10.71, 10.7, "Sore throat"),
    _Given("8640", "Prednisone 20 mg", _ONCE, "lind", 10.7, 10.68,
           "Rash from penicillin"),
    _Given("5640", "Ibuprofen 400 mg", "One tablet when it hurts", "lind",
           10.2, 10.0, "Low back pain"),
    _Given("161", "Paracetamol 500 mg", "Two tablets when it hurts", "lind",
           7.6, 6.0, "Worn right knee"),
    _Given("161", "Paracetamol 500 mg", "Two tablets when it hurts", "bones",
           5.2, 5.0, "Broken left wrist"),
    _Given("7804", "Oxycodone 5 mg", "One tablet at night, at most five days",
           "bones", 5.2, 5.18, "Broken left wrist"),
    _Given("39993", "Zolpidem 5 mg", "One tablet at night, at most two weeks", "lind",
           6.35, 6.3, "Trouble sleeping"),
    _Given("36437", "Sertraline 50 mg", _ONCE, "therapist", 6.2, 5.5, "Depression",
           (MENTAL_HEALTH,)),
    _Given("32968", "Clopidogrel 75 mg", _ONCE, "heart", 2.9, 1.9,
           "Narrowed heart arteries"),
    _Given("4917", "Nitroglycerin spray 0.4 mg", "One puff under the tongue when the "
           "chest is tight", "heart", 2.98, None, "Narrowed heart arteries"),
    _Given("2418", "Vitamin D 1,000 units", _ONCE, "lind", 3.9, None,
           "Too little vitamin D"),
    _Given("1364430", "Apixaban 5 mg", _TWICE, "heart", 1.58, None,
           "Irregular heartbeat"),
)  # fmt: skip
_LONG = (
    _Given(
        "29046", "Lisinopril 10 mg", _ONCE, "lind", 11.8, 8.0, "High blood pressure"
    ),
    _Given(
        "29046", "Lisinopril 20 mg", _ONCE, "lind", 8.0, None, "High blood pressure"
    ),
    _Given(
        "36567", "Simvastatin 20 mg", _EVENING, "lind", 8.8, 5.0, "High cholesterol"
    ),
    _Given(
        "83367", "Atorvastatin 20 mg", _EVENING, "lind", 5.0, 2.9, "High cholesterol"
    ),
    _Given(
        "83367",
        "Atorvastatin 40 mg",
        _EVENING,
        "heart",
        2.9,
        None,
        "Narrowed heart arteries",
    ),
    _Given(
        "1191", "Aspirin 81 mg", _ONCE, "heart", 2.98, 1.58, "Narrowed heart arteries"
    ),
    _Given(
        "6918", "Metoprolol 50 mg", _ONCE, "heart", 2.9, None, "Narrowed heart arteries"
    ),
    _Given("7646", "Omeprazole 20 mg", _ONCE, "lind", 8.3, 6.3, "Heartburn"),
)
_PRESCRIBED_FOR = 1.4
"""Years after which a long treatment is prescribed anew."""


def medicines(world: World) -> Iterator[Filed]:
    """Every prescription, as the pharmacy and the therapist keep them."""
    for number, given in enumerate([*_COURSES, *_renewals()]):
        made = start(world, "MedicationRequest", number, labels=given.labels) | {
            "status": "active" if given.ended is None else "completed",
            "intent": "order",
            "medicationCodeableConcept": concept(RXNORM, given.code, given.text),
            "subject": patient(world),
            "authoredOn": moment(world.ago(given.began), 12),
            "requester": who(world, given.staff),
            "dosageInstruction": [{"text": given.how}],
        }
        if given.treats:
            made["reasonCode"] = [{"text": given.treats}]
        if given.ended is not None:
            made["dispenseRequest"] = {
                "validityPeriod": {
                    "start": world.ago(given.began).isoformat(),
                    "end": world.ago(given.ended).isoformat(),
                }
            }
        place = STAFF[given.staff].place if given.labels else PHARMACY
        yield Filed(place, made)


def _renewals() -> Iterator[_Given]:
    """A long treatment as one prescription after the other, the newest without end."""
    for given in _LONG:
        began, last = min(given.began, YEARS), given.ended or 0.0
        while began - _PRESCRIBED_FOR > last:
            yield given._replace(began=began, ended=began - _PRESCRIBED_FOR)
            began -= _PRESCRIBED_FOR
        yield given._replace(began=began)
