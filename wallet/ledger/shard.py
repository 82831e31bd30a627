"""What the end of an origin says: which network, what for, and which half-year.

PROTOCOL.md 3 and 12. ``ledger.example/consent/2027h1`` takes permissions that end in
the first half of 2027, ``ledger.example/registry`` those who are accredited. Any other
origin is a network that keeps everything in one log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONSENT, REGISTRY = "consent", "registry"
LATE = timedelta(days=7)  # for receipts of what was opened without a network
_HALF_YEAR = re.compile(r"(2[0-9]{3})h([12])", re.ASCII)
_HALVES = 2


class Phase(Enum):
    """What a shard still takes."""

    OPEN = "open"  # everything
    CLOSING = "closing"  # no new permission: every end it could have has passed
    READ_ONLY = "read-only"  # nothing


@dataclass(frozen=True, slots=True, order=True)
class HalfYear:
    """January to June (1) or July to December (2), in UTC."""

    year: int
    half: int

    @staticmethod
    def parse(name: str) -> HalfYear | None:
        """Read ``2027h1``; None for anything else."""
        found = _HALF_YEAR.fullmatch(name)
        return None if found is None else HalfYear(int(found[1]), int(found[2]))

    @staticmethod
    def of_end(ends: int) -> HalfYear:
        """The half-year that a permission ending at *ends* (POSIX seconds) is for."""
        last = datetime.fromtimestamp(ends - 1, tz=UTC)  # midnight ends the day before
        return HalfYear(last.year, 1 if last.month <= 6 else _HALVES)  # noqa: PLR2004

    @property
    def name(self) -> str:
        """``2027h1``."""
        return f"{self.year}h{self.half}"

    @property
    def first(self) -> int:
        """Its first second."""
        month = 1 if self.half == 1 else 7
        return int(datetime(self.year, month, 1, tzinfo=UTC).timestamp())

    @property
    def after(self) -> int:
        """The first second after its last day: the last end there may be in it."""
        return self.next.first

    @property
    def next(self) -> HalfYear:
        """The one that follows."""
        year, half = divmod(self.year * _HALVES + self.half, _HALVES)
        return HalfYear(year, half + 1)

    @property
    def before(self) -> HalfYear:
        """The one that went before, while which this one is open already."""
        year, half = divmod(self.year * _HALVES + self.half - _HALVES, _HALVES)
        return HalfYear(year, half + 1)

    def phase(self, moment: datetime) -> Phase:
        """What a log for this half-year still takes at *moment*."""
        over = datetime.fromtimestamp(self.after, tz=UTC)
        if moment < over:
            return Phase.OPEN
        return Phase.CLOSING if moment < over + LATE else Phase.READ_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """An origin, read."""

    network: str
    purpose: str = ""  # empty where one log keeps everything
    half_year: HalfYear | None = None

    @staticmethod
    def read(origin: str) -> Shard:
        """Take *origin* apart; there is none that this cannot read."""
        rest, _, last = origin.rpartition("/")
        if rest and last == REGISTRY:
            return Shard(network=rest, purpose=REGISTRY)
        half_year = HalfYear.parse(last) if rest else None
        if half_year is None:
            return Shard(network=origin)
        network, _, purpose = rest.rpartition("/")
        if not network:
            return Shard(network=rest, half_year=half_year)
        return Shard(network=network, purpose=purpose, half_year=half_year)

    @property
    def path(self) -> str:
        """What stands after the network: ``consent/2027h1``; empty for one log."""
        half_year = "" if self.half_year is None else self.half_year.name
        return "/".join(part for part in (self.purpose, half_year) if part)

    @property
    def origin(self) -> str:
        """Put together again."""
        return "/".join(part for part in (self.network, self.path) if part)

    def at(self, half_year: HalfYear) -> Shard:
        """The shard of the same kind for another half-year."""
        return Shard(network=self.network, purpose=self.purpose, half_year=half_year)


def kept_until(half_year: HalfYear, days: int) -> datetime:
    """When a shard may be taken down that is kept for *days* after it is read-only."""
    over = datetime.fromtimestamp(half_year.after, tz=UTC)
    return over + LATE + timedelta(days=days)


def last_end(origin: str) -> int | None:
    """The latest end a permission in this log may have; None where any may be."""
    half_year = Shard.read(origin).half_year
    return None if half_year is None else half_year.after


def is_past(origin: str, moment: datetime | None) -> bool:
    """Whether *origin* is a shard that takes nothing any more at *moment*."""
    half_year = Shard.read(origin).half_year
    if half_year is None or moment is None:
        return False
    return half_year.phase(moment) is Phase.READ_ONLY


def shards_beside(origin: str, origins: Iterable[str]) -> list[str]:
    """Those of *origins* that take permissions in the network of *origin*, by time.

    A reader's card names one log of its network, be it the register.
    """
    here = Shard.read(origin)
    purpose = CONSENT if here.purpose == REGISTRY else here.purpose
    found = []
    for one in origins:
        read = Shard.read(one)
        same = (read.network, read.purpose) == (here.network, purpose)
        if same and read.half_year is not None:
            found.append((read.half_year, one))
    return [one for _, one in sorted(found)]


def choose(origin: str, origins: Iterable[str], *, ends: int) -> str | None:
    """The log for a permission that ends at *ends*, in the network of *origin*.

    The earliest shard that does not end before it; *origin* itself where its network
    has no shards. None: it would outlast every shard there is.
    """
    shards = shards_beside(origin, origins)
    if not shards:
        return origin
    return next((one for one in shards if ends <= (last_end(one) or 0)), None)
