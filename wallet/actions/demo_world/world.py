"""What every part of the invented history shares: its seed, its last day, its ids.

Nothing here reads a clock or a random source: the same seed and the same last day
give the same bytes.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

Resource = dict[str, Any]
"""A FHIR R4 resource as JSON; made here, so its shape is ours."""

YEARS = 12
_YEAR_DAYS = 365.25


class Filed(NamedTuple):
    """A resource and the place (a key of `places.PLACES`) whose file holds it."""

    place: str
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One invented history: where its numbers come from and when it ends."""

    seed: str
    last_day: date

    def draw(self, *place: object) -> float:
        """A number from 0 up to 1 that belongs to *place* alone."""
        return int.from_bytes(self._digest("draw", *place)[:6], "big") / (1 << 48)

    def between(self, low: float, high: float, *place: object) -> float:
        """A number from *low* up to *high* that belongs to *place* alone."""
        return low + (high - low) * self.draw(*place)

    def identity(self, *place: object) -> str:
        """The id of the resource at *place*, a version 8 UUID (RFC 9562)."""
        raw = bytearray(self._digest("id", *place)[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        return str(uuid.UUID(bytes=bytes(raw)))

    def ago(self, years: float, *, days: int = 0) -> date:
        """The day *years* and *days* before the last day."""
        return self.last_day - timedelta(days=round(years * _YEAR_DAYS) + days)

    def yearly(self, month: int, day: int, *, back: int) -> date:
        """The newest *day* of *month* not after the last day, *back* years earlier."""
        newest = date(self.last_day.year, month, day)
        if newest > self.last_day:
            newest = date(self.last_day.year - 1, month, day)
        return newest.replace(year=newest.year - back)

    def _digest(self, *place: object) -> bytes:
        text = "\0".join(("heartwood demo world 1", self.seed, *map(str, place)))
        return hashlib.sha256(text.encode()).digest()


def moment(day: date, hour: int, minute: int = 0) -> str:
    """An instant of *day* as FHIR writes it, in UTC."""
    at = datetime.combine(day, time(hour, minute), tzinfo=UTC)
    return at.isoformat().replace("+00:00", "Z")
