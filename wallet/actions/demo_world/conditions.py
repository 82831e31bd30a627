"""What Maya has or had, and what she must not be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.demo_world.pieces import (
    ALCOHOL_AND_DRUGS,
    ICD10,
    MENTAL_HEALTH,
    PART_2,
    RXNORM,
    concept,
    patient,
    start,
    term,
)
from wallet.actions.demo_world.places import PRACTICE, STAFF, who
from wallet.actions.demo_world.visits import visit_of
from wallet.actions.demo_world.world import Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.world import Resource, World


class _Ill(NamedTuple):
    code: str
    text: str
    staff: str
    began: float
    ended: float | None = None
    visit: str = ""
    labels: tuple[str, ...] = ()


_LIST = (
    _Ill("I10", "High blood pressure", "lind", 11.8, None, "check-up-11"),
    _Ill("E78.5", "High cholesterol", "lind", 10.8, None, "check-up-10"),
    _Ill("E66.3", "Overweight", "lind", 11.8, 1.1, "check-up-11"),
    _Ill("J20.9", "Bronchitis", "lind", 11.4, 11.35, "cough"),
    _Ill("L27.0", "Rash from penicillin", "lind", 10.7, 10.65, "rash"),
    _Ill("M54.5", "Low back pain", "lind", 10.2, 9.9, "back"),
    _Ill("J30.1", "Hay fever", "lind", 9.5, None, "hay-fever"),
    _Ill("M67.432", "Harmless lump on the left wrist", "bones", 11.0, 9.0, "lump"),
    _Ill("K21.9", "Heartburn (reflux)", "lind", 8.3, None, "stomach"),
    _Ill("M17.11", "Worn right knee (arthritis)", "lind", 7.6, None, "knee"),
    _Ill("R73.03", "Sugar a little high (prediabetes)", "lind", 6.8, None),
    _Ill("G47.00", "Trouble sleeping", "lind", 6.35, 5.6, "sleep"),
    _Ill("S52.502A", "Broken left wrist", "bones", 5.2, 5.0, "fall"),
    _Ill("M85.80", "Thinner bones (osteopenia)", "bones", 4.85, None, "bone-density"),
    _Ill("M75.00", "Frozen shoulder", "lind", 4.8, 4.2, "shoulder"),
    _Ill("U07.1", "COVID-19", "lind", 4.1, 4.05, "virus"),
    _Ill("E55.9", "Too little vitamin D", "lind", 3.9, 3.0),
    _Ill("I20.9", "Chest pain on effort (angina)", "heart", 3.05, 2.9, "heart-first"),
    _Ill("I25.10", "Narrowed heart arteries", "heart", 2.95, None, "stress-test"),
    _Ill("I48.0", "Irregular heartbeat that comes and goes", "heart", 1.58, None,
         "flutter"),
    _Ill("H25.13", "Beginning cataract, both eyes", "eyes", 0.6, None, "eyes-5"),
    _Ill("F32.1", "Depression", "therapist", 6.3, 5.4, "talk-0", (MENTAL_HEALTH,)),
    _Ill("F10.11", "Drinking too much, stopped", "therapist", 5.9, 5.2, "drinking",
         (ALCOHOL_AND_DRUGS, PART_2)),
)  # fmt: skip

ONGOING = ("I10", "I25.10", "I48.0", "E78.5")
"""Codes of what the care plan is about."""


def conditions(world: World) -> Iterator[Filed]:
    """Problems that last and illnesses that went away."""
    for ill in _LIST:
        over = ill.ended is not None
        made = start(world, "Condition", ill.code, labels=ill.labels) | {
            "clinicalStatus": term(
                "condition-clinical", "resolved" if over else "active"
            ),
            "verificationStatus": term("condition-ver-status", "confirmed"),
            "category": [
                term(
                    "condition-category",
                    "encounter-diagnosis" if over else "problem-list-item",
                )
            ],
            "code": concept(ICD10, ill.code, ill.text),
            "subject": patient(world),
            "onsetDateTime": world.ago(ill.began).isoformat(),
            "recordedDate": moment(world.ago(ill.began), 12),
            "asserter": who(world, ill.staff),
        }
        if ill.ended is not None:
            made["abatementDateTime"] = world.ago(ill.ended).isoformat()
        if ill.visit:
            made["encounter"] = visit_of(world, ill.visit)
        yield Filed(STAFF[ill.staff].place, made)


_ALLERGIES = (
    ("Penicillin", "medication", (RXNORM, "70618"), "Itchy rash", "moderate", "high"),
    ("Bee stings", "environment", None, "Swollen lips and throat", "severe", "high"),
    ("Sticking plaster", "environment", None, "Red, sore skin", "mild", "low"),
)


def allergies(world: World) -> Iterator[Filed]:
    """The three things to ask about before anything is given."""
    for text, category, code, reaction, severity, criticality in _ALLERGIES:
        named: Resource = concept(*code, text) if code else {"text": text}
        yield Filed(
            PRACTICE,
            start(world, "AllergyIntolerance", text)
            | {
                "clinicalStatus": term("allergyintolerance-clinical", "active"),
                "verificationStatus": term(
                    "allergyintolerance-verification", "confirmed"
                ),
                "type": "allergy",
                "category": [category],
                "criticality": criticality,
                "code": named,
                "patient": patient(world),
                "recordedDate": moment(world.ago(10.7), 12),
                "recorder": who(world, "lind"),
                "reaction": [
                    {"manifestation": [{"text": reaction}], "severity": severity}
                ],
            },
        )
