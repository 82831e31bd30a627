"""Readings of a phone and a watch, added up by day, source and type.

Sums and means are rounded to three places; what is kept one by one keeps its digits. A
day is that of the place where it was measured. The number of days is bounded, so that
a file of any size needs the same memory.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wallet.records.apple.sample_types import (
    LOWER,
    SLEEP,
    UPPER,
    Way,
    kind_of,
    value_words,
    words_of,
)
from wallet.records.hl7v2.values import number

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

MOST = 400_000
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_LOINC = "http://loinc.org"
_WHEN = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)")
_UNITS = {"count/min": "/min", "count": "", "degC": "Cel", "degF": "[degF]"}
_SOURCES = 200
_ASLEEP = "Asleep"


class Days:
    """Sums so far; `resources` gives the records at the end."""

    def __init__(self) -> None:
        # (type, source, unit, day) to [count, sum, lowest, highest].
        self._sums: dict[tuple[str, str, str, str], list[float]] = {}
        self._each: dict[tuple[str, str, str, str, str], None] = {}
        self._pressure: dict[tuple[str, str], dict[str, str]] = {}
        self._sleep: dict[tuple[str, str], float] = {}
        self._workouts: dict[tuple[str, ...], None] = {}
        self._once: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self.is_full = False

    def _same(self, text: str) -> str:
        """One copy of a text that comes a million times."""
        return self._texts.setdefault(text, text)

    def _has_room(self) -> bool:
        held = len(self._sums) + len(self._each) + len(self._pressure)
        if held + len(self._sleep) + len(self._workouts) < MOST:
            return True
        self.is_full = True
        return False

    def reading(self, held: dict[str, str]) -> None:
        """Take in one ``Record``."""
        name = self._same(held.get("type", ""))
        start, value = held.get("startDate", ""), held.get("value", "")
        source = self._same(held.get("sourceName", "")[:_SOURCES])
        if name in (UPPER, LOWER):
            if (start, source) in self._pressure or self._has_room():
                self._pressure.setdefault((start, source), {})[name] = value
            return
        if name == SLEEP:
            self._night(held, source)
            return
        unit = self._same(held.get("unit", ""))
        if kind_of(name).way is Way.EACH:
            key = (name, source, unit, start, value)
            if key in self._each or self._has_room():
                self._each[key] = None
            return
        try:
            amount = float(value)
        except ValueError:
            return
        self._add((name, source, unit, self._same(start[:10])), amount)

    def _add(self, key: tuple[str, str, str, str], amount: float) -> None:
        sums = self._sums.get(key)
        if sums is None:
            if self._has_room():
                self._sums[key] = [1, amount, amount, amount]
            return
        sums[0] += 1
        sums[1] += amount
        if amount < sums[2]:
            sums[2] = amount
        elif amount > sums[3]:
            sums[3] = amount

    def _night(self, held: dict[str, str], source: str) -> None:
        """Hours asleep; a night belongs to the day it ends on."""
        start, end = held.get("startDate", ""), held.get("endDate", "")
        if _ASLEEP not in held.get("value", ""):
            return
        hours = _hours(start, end)
        key = (source, end[:10])
        if hours is not None and (key in self._sleep or self._has_room()):
            self._sleep[key] = self._sleep.get(key, 0.0) + hours

    def workout(self, held: dict[str, str]) -> None:
        """Take in one ``Workout``."""
        if self._has_room():
            names = ("workoutActivityType", "sourceName", "startDate", "endDate")
            more = ("duration", "durationUnit")
            self._workouts[tuple(held.get(key, "") for key in (*names, *more))] = None

    def once(self, name: str, value: str) -> None:
        """Take in something that has no date."""
        self._once[name] = value

    def resources(self) -> Iterator[tuple[str, Json, str]]:
        """Place, FHIR R4 and lasting name of every record."""
        for name, value in self._once.items():
            found = _observation(name, "", "", "")
            yield name, {**found, "valueString": value}, f"apple|{name}"
        for key, sums in self._sums.items():
            yield self._day(key, sums)
        for one in self._each:
            yield _single(*one)
        for (start, source), pair in self._pressure.items():
            yield _pressure(start, source, pair)
        for (source, day), hours in self._sleep.items():
            found = _observation("Sleep", "93832-4", source, day)
            found["valueQuantity"] = {"value": _rounded(hours), "unit": "h"}
            yield f"Sleep {day}", found, f"apple|sleep|{source}|{day}"
        for workout in self._workouts:
            yield _workout(workout)

    def _day(
        self, key: tuple[str, str, str, str], sums: list[float]
    ) -> tuple[str, Json, str]:
        name, source, unit, day = key
        kind = kind_of(name)
        count, total, low, high = sums
        found = _observation(kind.name, kind.loinc, source, day)
        times, shown = (100, "%") if unit == "%" else (1, _UNITS.get(unit, unit))
        beside = {"unit": shown} if shown else {}

        def amount(value: float) -> Json:
            return {"value": _rounded(value * times), **beside}

        if kind.way is Way.SUM:
            found["valueQuantity"] = amount(total)
        else:
            found["valueQuantity"] = amount(total / count)
            found["component"] = [
                {"code": {"text": said}, "valueQuantity": amount(value)}
                for said, value in (("Lowest", low), ("Highest", high))
            ]
            said = f"Mean of {int(count)} readings on this day."
            found["note"] = [{"text": said}]
        place = f"{words_of(name)} {day}"
        return place, found, f"apple|{name}|{source}|{unit}|{day}"


def _hours(start: str, end: str) -> float | None:
    try:
        took = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except (ValueError, TypeError):
        return None
    hours = took.total_seconds() / 3600
    return hours if 0 <= hours <= 48 else None  # noqa: PLR2004 no night is longer


def _rounded(value: float) -> Decimal:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return Decimal(text if text not in ("", "-0") else "0")


def _moment(written: str) -> str:
    found = _WHEN.fullmatch(written)
    if found is None:
        return written[:10]
    return f"{found[1]}T{found[2]}{found[3]}:{found[4]}"


def _observation(name: str, loinc: str, source: str, when: str) -> Json:
    coding = {"coding": [{"system": _LOINC, "code": loinc}]} if loinc else {}
    found: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}],
        "code": {**coding, "text": name},
    }
    if when:
        found["effectiveDateTime"] = when
    if source:
        found["device"] = {"display": source}
        found["performer"] = [{"display": source}]
    return found


def _single(
    name: str, source: str, unit: str, start: str, value: str
) -> tuple[str, Json, str]:
    kind = kind_of(name)
    found = _observation(kind.name, kind.loinc, source, _moment(start))
    amount = number(value)
    if amount is None:
        said = value_words(value)
        found["valueString"] = said or "Noted"
    else:
        times, shown = (100, "%") if unit == "%" else (1, _UNITS.get(unit, unit))
        beside = {"unit": shown} if shown else {}
        found["valueQuantity"] = {"value": amount * times, **beside}
    return f"{words_of(name)} {start}", found, f"apple|{name}|{source}|{start}|{value}"


def _pressure(start: str, source: str, pair: dict[str, str]) -> tuple[str, Json, str]:
    found = _observation("Blood pressure", "85354-9", source, _moment(start))
    found["component"] = [
        {
            "code": {"coding": [{"system": _LOINC, "code": code}], "text": said},
            "valueQuantity": {"value": amount, "unit": "mmHg"},
        }
        for name, code, said in (
            (UPPER, "8480-6", "Upper blood pressure"),
            (LOWER, "8462-4", "Lower blood pressure"),
        )
        if (amount := number(pair.get(name, ""))) is not None
    ]
    return f"Blood pressure {start}", found, f"apple|pressure|{source}|{start}"


def _workout(held: tuple[str, ...]) -> tuple[str, Json, str]:
    name, source, start, end, duration, unit = held
    said = words_of(name)
    found = _observation(f"Workout: {said.lower()}", "", source, "")
    found["effectivePeriod"] = {"start": _moment(start), "end": _moment(end)}
    amount = number(duration)
    if amount is not None:
        value = round(amount, 1)
        found["valueQuantity"] = {"value": value, "unit": unit or "min"}
    return f"Workout {start}", found, f"apple|workout|{name}|{source}|{start}"
