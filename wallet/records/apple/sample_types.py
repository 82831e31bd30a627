"""What Apple Health's types are called, which LOINC they are, and how they add up.

Identifiers from Apple's HealthKit documentation; names in our own words. A type that
is not here is named by its own words and summed up as something measured.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Way(Enum):
    """How many readings of a day become records."""

    SUM = "sum"
    """One record a day and source: all of it together."""
    RANGE = "range"
    """One record a day and source: lowest, mean and highest."""
    EACH = "each"
    """Every reading is a record: they are few, or each matters."""


class Kind(NamedTuple):
    """One type: its name, its LOINC (or nothing), and how it adds up."""

    name: str
    loinc: str
    way: Way


_QUANTITY = "HKQuantityTypeIdentifier"
_CATEGORY = "HKCategoryTypeIdentifier"
_DATA = "HKDataType"
_SUMMED = {
    "StepCount": ("Steps", "55423-8"),
    "DistanceWalkingRunning": ("Distance on foot", "55430-3"),
    "DistanceCycling": ("Distance by bicycle", ""),
    "DistanceSwimming": ("Distance swum", ""),
    "DistanceWheelchair": ("Distance by wheelchair", ""),
    "PushCount": ("Wheelchair pushes", ""),
    "SwimmingStrokeCount": ("Swimming strokes", ""),
    "FlightsClimbed": ("Floors climbed", ""),
    "ActiveEnergyBurned": ("Energy used by moving", "41981-2"),
    "BasalEnergyBurned": ("Energy used at rest", ""),
    "AppleExerciseTime": ("Minutes of exercise", ""),
    "AppleStandTime": ("Minutes standing", ""),
    "AppleMoveTime": ("Minutes moving", ""),
    "TimeInDaylight": ("Minutes in daylight", ""),
    "DietaryWater": ("Water drunk", ""),
    "DietaryEnergyConsumed": ("Energy eaten", ""),
    "DietaryCarbohydrates": ("Carbohydrates eaten", ""),
    "DietaryProtein": ("Protein eaten", ""),
    "DietaryFatTotal": ("Fat eaten", ""),
    "DietarySodium": ("Sodium eaten", ""),
    "DietarySugar": ("Sugar eaten", ""),
    "DietaryFiber": ("Fibre eaten", ""),
    "DietaryCaffeine": ("Caffeine taken", ""),
    "NumberOfTimesFallen": ("Falls", ""),
    "NumberOfAlcoholicBeverages": ("Alcoholic drinks", ""),
}
_RANGED = {
    "HeartRate": ("Heart rate", "8867-4"),
    "RestingHeartRate": ("Heart rate at rest", "40443-4"),
    "WalkingHeartRateAverage": ("Heart rate while walking", ""),
    "HeartRateVariabilitySDNN": ("Heart rate variability", "80404-7"),
    "RespiratoryRate": ("Breaths a minute", "9279-1"),
    "OxygenSaturation": ("Oxygen in blood", "59408-5"),
    "EnvironmentalAudioExposure": ("Noise around you", ""),
    "HeadphoneAudioExposure": ("Noise in headphones", ""),
    "WalkingSpeed": ("Walking speed", ""),
    "WalkingStepLength": ("Length of steps", ""),
    "WalkingAsymmetryPercentage": ("Uneven steps", ""),
    "WalkingDoubleSupportPercentage": ("Time with both feet down", ""),
    "PhysicalEffort": ("Effort", ""),
    "StairAscentSpeed": ("Speed upstairs", ""),
    "StairDescentSpeed": ("Speed downstairs", ""),
}
_EACH = {
    "BodyMass": ("Weight", "29463-7"),
    "Height": ("Height", "8302-2"),
    "BodyMassIndex": ("Body mass index", "39156-5"),
    "BodyFatPercentage": ("Body fat", "41982-0"),
    "LeanBodyMass": ("Weight without fat", ""),
    "WaistCircumference": ("Waist", "8280-0"),
    "BodyTemperature": ("Body temperature", "8310-5"),
    "BasalBodyTemperature": ("Body temperature on waking", ""),
    "BloodGlucose": ("Blood sugar", "2339-0"),
    "InsulinDelivery": ("Insulin given", ""),
    "BloodAlcoholContent": ("Alcohol in blood", ""),
    "PeakExpiratoryFlowRate": ("Peak breath flow", "19935-6"),
    "ForcedVitalCapacity": ("Lung capacity", "19868-9"),
    "ForcedExpiratoryVolume1": ("Breath in one second", "20150-9"),
    "VO2Max": ("Fitness (oxygen uptake)", ""),
    "SixMinuteWalkTestDistance": ("Distance in six minutes", "64098-7"),
    "InhalerUsage": ("Inhaler used", ""),
    "AppleWalkingSteadiness": ("Steadiness", ""),
}
_TABLE = {
    _QUANTITY + name: Kind(*said, way)
    for way, table in ((Way.SUM, _SUMMED), (Way.RANGE, _RANGED), (Way.EACH, _EACH))
    for name, said in table.items()
}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
UPPER = f"{_QUANTITY}BloodPressureSystolic"
LOWER = f"{_QUANTITY}BloodPressureDiastolic"
SLEEP = f"{_CATEGORY}SleepAnalysis"


def kind_of(identifier: str) -> Kind:
    """What is known of a type; for an unknown one, its words."""
    known = _TABLE.get(identifier)
    if known is not None:
        return known
    way = Way.EACH if identifier.startswith(_CATEGORY) else Way.RANGE
    return Kind(words_of(identifier), "", way)


def words_of(identifier: str) -> str:
    """``HKQuantityTypeIdentifierSixMinuteWalk`` is "Six minute walk"."""
    text = identifier
    for start in (_QUANTITY, _CATEGORY, _DATA, "HKWorkoutActivityType"):
        text = text.removeprefix(start)
    parts = _CAPITAL.sub(" ", text).split()
    return " ".join(parts).lower().capitalize() if parts else "Measurement"


def value_words(value: str) -> str:
    """``HKCategoryValueSleepAnalysisAsleepCore`` is "Sleep analysis asleep core"."""
    return words_of(value.removeprefix("HKCategoryValue")) if value else ""
