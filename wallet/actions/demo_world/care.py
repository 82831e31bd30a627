"""What was done and what was agreed: procedures, goals, the care plan and its team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.demo_world.conditions import ONGOING
from wallet.actions.demo_world.pieces import patient, quantity, refer, start
from wallet.actions.demo_world.places import HOSPITAL, PRACTICE, who
from wallet.actions.demo_world.visits import visit_of, visits
from wallet.actions.demo_world.world import Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.world import World

_DONE = (
    ("lump", "Fluid drawn from a lump on the wrist"),
    ("bowel", "Bowel looked at with a camera"),
    ("fall", "Broken wrist set in plaster"),
    ("cast-off", "Plaster taken off"),
    ("stress-test", "Exercise test on a bicycle"),
    ("heart-first", "Heart tracing (ECG)"),
    ("angiogram", "Heart artery opened and held open with a stent"),
    ("flutter", "Heart tracing (ECG)"),
    ("rhythm-recorder", "Heart rhythm recorder put under the skin"),
    ("eyes-4", "Eyes looked at with a lamp"),
    ("eyes-5", "Eyes looked at with a lamp"),
    ("heart-5", "Heart rhythm recorder read"),
    ("echo-last", "Ultrasound of the heart"),
    ("shoulder", "Injection into the shoulder joint"),
)


def procedures(world: World) -> Iterator[Filed]:
    """What was done, at which visit."""
    by_key = {visit.key: visit for visit in visits(world)}
    for key, text in _DONE:
        visit = by_key[key]
        made = start(world, "Procedure", key) | {
            "status": "completed",
            "code": {"text": text},
            "subject": patient(world),
            "encounter": visit_of(world, key),
            "performedDateTime": moment(visit.day, 10, 30),
            "performer": [{"actor": who(world, visit.staff)}],
        }
        yield Filed(visit.place, made)


_GOALS = (
    ("pressure", "Blood pressure below 130 over 80", 1.5, 130, "mm[Hg]", "8480-6"),
    ("ldl", "Bad cholesterol below 70", 2.7, 70, "mg/dL", "13457-7"),
    ("weight", "Weight below 72 kg", 2.7, 72, "kg", "29463-7"),
)


def goals(world: World) -> Iterator[Filed]:
    """What Maya and her doctors want to reach."""
    for key, text, years, below, unit, loinc in _GOALS:
        made = start(world, "Goal", key) | {
            "lifecycleStatus": "active",
            "description": {"text": text},
            "subject": patient(world),
            "startDate": world.ago(years).isoformat(),
            "target": [
                {
                    "measure": {
                        "coding": [{"system": "http://loinc.org", "code": loinc}]
                    },
                    "detailQuantity": quantity(below, unit) | {"comparator": "<"},
                }
            ],
            "expressedBy": who(world, "lind"),
        }
        yield Filed(PRACTICE, made)


def plans(world: World) -> Iterator[Filed]:
    """The heart exercise course, which is over, and the plan that holds today."""
    over = start(world, "CarePlan", "course") | {
        "status": "completed",
        "intent": "plan",
        "title": "Heart exercise course",
        "description": "Twice a week for twelve weeks after the stent.",
        "subject": patient(world),
        "period": {
            "start": world.ago(2.8).isoformat(),
            "end": world.ago(2.55).isoformat(),
        },
        "author": who(world, "heart"),
    }
    yield Filed(HOSPITAL, over)
    now = start(world, "CarePlan", "today") | {
        "status": "active",
        "intent": "plan",
        "title": "Heart and blood pressure plan",
        "description": "Walk daily, weigh once a week, blood pressure at home, blood "
        "tests every six months.",
        "subject": patient(world),
        "period": {"start": world.ago(1.5).isoformat()},
        "author": who(world, "lind"),
        "careTeam": [refer(world, "CareTeam", "heart")],
        "addresses": [
            refer(world, "Condition", code) for code in ONGOING if code in _HERE
        ],
        "goal": [refer(world, "Goal", goal[0]) for goal in _GOALS],
    }
    yield Filed(PRACTICE, now)
    yield Filed(PRACTICE, _team(world))


_HERE = ("I10", "E78.5")  # the practice's own; the others lie in the hospital's file


def _team(world: World) -> dict[str, object]:
    roles = {"lind": "Family doctor", "nurse": "Nurse", "heart": "Heart specialist"}
    return start(world, "CareTeam", "heart") | {
        "status": "active",
        "name": "Maya's heart team",
        "subject": patient(world),
        "participant": [
            {"role": [{"text": role}], "member": who(world, key)}
            for key, role in roles.items()
        ],
    }
