"""How Maya's numbers moved over twelve years: fixed points and what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from wallet.actions.demo_world.world import World

_YEAR_DAYS = 365.25


class Measured(NamedTuple):
    """One thing that is measured again and again.

    *points* are (years before the last day, value), oldest first; *spread* is how far
    one result may lie from the line between them.
    """

    key: str
    loinc: str
    text: str
    unit: str
    low: float | None
    high: float | None
    digits: int
    spread: float
    points: tuple[tuple[float, float], ...]
    ucum: str | None = None


def value_on(world: World, what: Measured, day: date) -> float:
    """The value of *what* on *day*, rounded as the laboratory reports it."""
    years = (world.last_day - day).days / _YEAR_DAYS
    swing = world.between(-what.spread, what.spread, "value", what.key, day)
    return round(_between_points(what.points, years) + swing, what.digits)


def _between_points(points: tuple[tuple[float, float], ...], years: float) -> float:
    older, newer = points[0], points[-1]
    if years >= older[0]:
        return older[1]
    for point in points:
        if point[0] <= years:
            newer = point
            break
        older = point
    if newer[0] >= older[0]:
        return newer[1]
    share = (older[0] - years) / (older[0] - newer[0])
    return older[1] + share * (newer[1] - older[1])


LIPIDS = (
    Measured("ldl", "13457-7", "Cholesterol, bad (LDL)", "mg/dL", 0, 130, 0, 4,
             ((12, 166), (9, 176), (8, 189), (6, 181), (4, 150), (3, 146), (2, 128),
              (0.2, 114))),
    Measured("hdl", "2085-9", "Cholesterol, good (HDL)", "mg/dL", 50, None, 0, 3,
             ((12, 47), (6, 49), (0, 55))),
    Measured("cholesterol", "2093-3", "Cholesterol, all of it", "mg/dL", 0, 200, 0, 5,
             ((12, 246), (8, 268), (4, 231), (0, 188))),
    Measured("fats", "2571-8", "Fats in the blood (triglycerides)", "mg/dL", 0, 150, 0,
             15, ((12, 168), (8, 190), (3, 161), (0, 128))),
)  # fmt: skip
SUGAR = (
    Measured("a1c", "4548-4", "Blood sugar over three months (HbA1c)", "%", 4, 5.6, 1,
             0.1, ((12, 5.3), (8, 5.6), (6.8, 5.9), (3, 6.2), (1, 6.0), (0, 5.8))),
    Measured("sugar", "2345-7", "Blood sugar", "mg/dL", 70, 99, 0, 5,
             ((12, 92), (6.8, 106), (3, 112), (0, 101))),
)  # fmt: skip
KIDNEYS = (
    Measured("creatinine", "2160-0", "Creatinine", "mg/dL", 0.5, 1.1, 2, 0.04,
             ((12, 0.74), (6, 0.79), (0, 0.86))),
    Measured("egfr", "98979-8", "Kidney function (eGFR)", "mL/min/1.73m2", 60, None, 0,
             2, ((12, 96), (6, 88), (0, 77)), "mL/min/{1.73_m2}"),
    Measured("potassium", "2823-3", "Potassium", "mmol/L", 3.5, 5.1, 1, 0.2,
             ((12, 4.2), (0, 4.5))),
    Measured("sodium", "2951-2", "Sodium", "mmol/L", 136, 145, 0, 1.6,
             ((12, 140), (0, 139))),
)  # fmt: skip
BLOOD = (
    Measured("haemoglobin", "718-7", "Red blood pigment (haemoglobin)", "g/dL", 12, 16,
             1, 0.3, ((12, 13.6), (1.7, 13.2), (1.58, 11.6), (0.8, 12.9), (0, 13.2))),
    Measured("white", "6690-2", "White blood cells", "10*3/uL", 4, 11, 1, 0.7,
             ((12, 6.8), (0, 6.4))),
    Measured("platelets", "777-3", "Platelets", "10*3/uL", 150, 400, 0, 18,
             ((12, 262), (0, 231))),
)  # fmt: skip
LIVER = (
    Measured("alt", "1742-6", "Liver test (ALT)", "U/L", 7, 40, 0, 4,
             ((12, 22), (4.9, 31), (0, 26))),
    Measured("tsh", "3016-3", "Thyroid (TSH)", "mIU/L", 0.4, 4.2, 2, 0.3,
             ((12, 1.9), (0, 2.4)), "m[IU]/L"),
)  # fmt: skip
HEART = (
    Measured("bnp", "33762-6", "Heart strain (NT-proBNP)", "pg/mL", 0, 125, 0, 12,
             ((3, 164), (1.7, 141), (1.58, 420), (0.8, 190), (0, 118))),
    Measured("crp", "30522-7", "Inflammation (hs-CRP)", "mg/L", 0, 3, 1, 0.4,
             ((3, 4.1), (0, 1.7))),
)  # fmt: skip
BONES = (
    Measured("vitamin-d", "1989-3", "Vitamin D", "ng/mL", 30, 100, 0, 2,
             ((5, 17), (3.9, 16), (3, 34), (0, 38))),
)  # fmt: skip
TROPONIN = Measured(
    "troponin", "89579-7", "Heart damage test (troponin)", "ng/L", 0, 14, 0, 2,
    ((3, 9), (1.6, 12), (0, 8)),
)  # fmt: skip

UPPER = Measured("systolic", "8480-6", "Upper value", "mmHg", None, 140, 0, 6,
                 ((12, 158), (10, 142), (8, 149), (6, 136), (3, 144), (1, 131),
                  (0, 127)), "mm[Hg]")  # fmt: skip
LOWER = Measured("diastolic", "8462-4", "Lower value", "mmHg", None, 90, 0, 4,
                 ((12, 96), (10, 88), (6, 84), (0, 79)), "mm[Hg]")  # fmt: skip
PULSE = Measured("pulse", "8867-4", "Pulse", "beats a minute", None, None, 0, 4,
                 ((12, 76), (2.9, 78), (2.5, 63), (0, 64)), "/min")  # fmt: skip
WEIGHT = Measured("weight", "29463-7", "Weight", "kg", None, None, 1, 0.6,
                  ((12, 79.5), (8, 82.4), (3, 81.6), (1.5, 74.8),
                   (0, 71.9)))  # fmt: skip
OXYGEN = Measured("oxygen", "59408-5", "Oxygen in the blood", "%", 94, None, 0, 1,
                  ((12, 98), (0, 97)))  # fmt: skip
WARMTH = Measured("warmth", "8310-5", "Body temperature", "Cel", None, None, 1, 0.3,
                  ((12, 36.7), (0, 36.6)))  # fmt: skip
HEIGHT_CM = 168
