"""When Maya saw somebody, whom, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.demo_world.pieces import (
    ALCOHOL_AND_DRUGS,
    MENTAL_HEALTH,
    PART_2,
    patient,
    refer,
    start,
)
from wallet.actions.demo_world.places import STAFF, where, who
from wallet.actions.demo_world.world import YEARS, Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from wallet.actions.demo_world.world import Resource, World

_CLASSES = {"AMB": "ambulatory", "EMER": "emergency", "IMP": "inpatient encounter"}
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


class Visit(NamedTuple):
    """One visit; *key* names it for everything that happened there."""

    key: str
    staff: str
    day: date
    title: str
    setting: str = "AMB"
    reason: str = ""
    labels: tuple[str, ...] = ()
    minutes: int = 20

    @property
    def place(self) -> str:
        """Where the person seen works."""
        return STAFF[self.staff].place


def visit_of(world: World, key: str) -> Resource:
    """The reference to the visit *key*."""
    return refer(world, "Encounter", key)


def visits(world: World) -> list[Visit]:
    """Every visit, in no order."""
    return [*_regular(world), *_practice(world), *_hospital(world), *_talks(world)]


def encounters(world: World) -> Iterator[Filed]:
    """Every visit as an Encounter."""
    for visit in visits(world):
        hour = 8 + int(world.between(0, 8, "hour", visit.key))
        minute = 5 * int(world.between(0, 8, "minute", visit.key))
        ends = min(minute + visit.minutes, 59)
        made = start(world, "Encounter", visit.key, labels=visit.labels) | {
            "status": "finished",
            "class": {
                "system": _ACT_CODE,
                "code": visit.setting,
                "display": _CLASSES[visit.setting],
            },
            "type": [{"text": visit.title}],
            "subject": patient(world),
            "participant": [{"individual": who(world, visit.staff)}],
            "period": {
                "start": moment(visit.day, hour, minute),
                "end": moment(visit.day, hour, ends),
            },
            "serviceProvider": where(world, visit.place),
        }
        if visit.reason:
            made["reasonCode"] = [{"text": visit.reason}]
        yield Filed(visit.place, made)


def _regular(world: World) -> Iterator[Visit]:
    for back in range(YEARS):
        day = world.ago(back, days=40)
        yield Visit(f"check-up-{back}", "lind", day, "Yearly check-up", minutes=40)
        for part, days in enumerate((130, 250)):
            yield Visit(
                f"pressure-{back}-{part}",
                "nurse",
                world.ago(back, days=days),
                "Blood pressure check",
            )
    for turn, years in enumerate((10.6, 8.6, 6.6, 4.6, 2.6, 0.6)):
        yield Visit(f"eyes-{turn}", "eyes", world.ago(years), "Eye examination")


def _practice(world: World) -> Iterator[Visit]:
    seen = (
        ("cough", 11.4, "Cough and fever"),
        ("rash", 10.7, "Rash after a medicine"),
        ("back", 10.2, "Sore back"),
        ("hay-fever", 9.5, "Runny nose and itchy eyes"),
        ("stomach", 8.3, "Heartburn"),
        ("knee", 7.6, "Painful right knee"),
        ("sleep", 6.35, "Cannot sleep"),
        ("shoulder", 4.8, "Stiff shoulder"),
        ("virus", 4.1, "Cough, loss of smell"),
        ("chest", 3.05, "Tight chest when climbing stairs"),
        ("tired", 1.6, "Tired and dizzy"),
        ("referral", 0.06, "Letter for a new heart specialist"),
    )
    for key, years, title in seen:
        yield Visit(key, "lind", world.ago(years), title)
    for turn in range(6):
        day = world.ago(7.4, days=-14 * turn)
        yield Visit(f"physio-{turn}", "nurse", day, "Knee exercises", minutes=30)


def _hospital(world: World) -> Iterator[Visit]:
    seen = (
        ("lump", "bones", 11.0, "Lump on the wrist looked at", "AMB"),
        ("bowel", "bones", 9.1, "Bowel screening", "AMB"),
        ("mammogram-1", "bones", 8.9, "Breast screening", "AMB"),
        ("knee-x-ray", "bones", 7.55, "Picture of the right knee", "AMB"),
        ("mammogram-2", "bones", 6.9, "Breast screening", "AMB"),
        ("fall", "bones", 5.2, "Fall on ice, painful left wrist", "EMER"),
        ("cast-off", "bones", 5.08, "Cast taken off", "AMB"),
        ("mammogram-3", "bones", 4.9, "Breast screening", "AMB"),
        ("bone-density", "bones", 4.85, "Bone density measured", "AMB"),
        ("heart-first", "heart", 2.98, "First visit to the heart clinic", "AMB"),
        ("stress-test", "heart", 2.95, "Exercise test", "AMB"),
        ("angiogram", "heart", 2.9, "Heart arteries looked at and opened", "IMP"),
        ("mammogram-4", "bones", 2.88, "Breast screening", "AMB"),
        ("flutter", "heart", 1.58, "Irregular heartbeat", "EMER"),
        ("rhythm-recorder", "heart", 1.55, "Heart rhythm recorder fitted", "AMB"),
        ("echo-last", "heart", 0.25, "Ultrasound of the heart", "AMB"),
    )
    for key, staff, years, title, setting in seen:
        yield Visit(key, staff, world.ago(years), title, setting, minutes=45)
    for turn, years in enumerate((2.7, 2.3, 1.8, 1.3, 0.8, 0.3)):
        yield Visit(f"heart-{turn}", "heart", world.ago(years), "Heart clinic visit")


def _talks(world: World) -> Iterator[Visit]:
    for turn in range(6):
        yield Visit(
            f"talk-{turn}",
            "therapist",
            world.ago(6.3, days=-21 * turn),
            "Talking therapy",
            reason="Low mood after a death in the family",
            labels=(MENTAL_HEALTH,),
            minutes=50,
        )
    yield Visit(
        "drinking",
        "therapist",
        world.ago(5.9),
        "Talk about drinking less",
        labels=(ALCOHOL_AND_DRUGS, PART_2),
        minutes=30,
    )
