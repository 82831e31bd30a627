"""The ledger's clock: quorum time, and how far a local clock may be trusted beside it.

PROTOCOL.md 8, "Clock": quorum time is the k-th newest cosignature time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

_DOUBT = timedelta(hours=24)


class Phase(Enum):
    """Where a moment lies against a span, and whether that can be believed."""

    BEFORE = "before"
    WITHIN = "within"
    AFTER = "after"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The moment a question is asked about, beside the newest quorum time.

    ``asked`` is the local clock, or the moment of an explicit question, which is
    exempt from the 24 h rule.
    """

    asked: datetime
    quorum: datetime | None
    explicit: bool = False

    @property
    def now(self) -> datetime:
        """The asked moment; never before quorum time unless asked explicitly."""
        if self.explicit or self.quorum is None:
            return self.asked
        return max(self.asked, self.quorum)

    @property
    def behind(self) -> bool:
        """Whether the local clock lags the ledger, which a person should know."""
        return (
            not self.explicit and self.quorum is not None and self.asked < self.quorum
        )

    @property
    def age(self) -> timedelta | None:
        """Age of the copy: now minus quorum time; None without a quorum."""
        return None if self.quorum is None else self.now - self.quorum

    def phase(self, *, begins: int, ends: int) -> Phase:
        """Judge a span of POSIX seconds, begin included, end not.

        Where only a local clock more than 24 h ahead of quorum time says that the
        span has begun or ended, the answer is ``DOUBTFUL``.
        """
        here = _phase(self.now, begins, ends)
        if self.explicit or self.quorum is None or self.now - self.quorum <= _DOUBT:
            return here
        return here if here is _phase(self.quorum, begins, ends) else Phase.DOUBTFUL


def _phase(moment: datetime, begins: int, ends: int) -> Phase:
    seconds = moment.timestamp()
    if seconds < begins:
        return Phase.BEFORE
    return Phase.WITHIN if seconds < ends else Phase.AFTER


def from_seconds(seconds: int) -> datetime:
    """A POSIX time as an aware moment in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC)
