"""What is wrong just now: each thing said once, and once more when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wallet.verdict import Reason


class Weight(Enum):
    """Whether something is wrong, cannot be told, or is wrong and looked into."""

    WRONG = "wrong"
    DOUBT = "cannot tell"
    KNOWN = "acknowledged"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing; *key* names it however its sentence's numbers change."""

    key: str
    weight: Weight
    reason: Reason
    sentence: str


class Alerts:
    """What stood at the last look, so that only what is new is said."""

    def __init__(
        self, say: Callable[[Alert], None], over: Callable[[Alert], None]
    ) -> None:
        """*say* hears each alert once, *over* hears it when it has gone."""
        self._say, self._over = say, over
        self._standing: dict[str, Alert] = {}

    @property
    def standing(self) -> tuple[Alert, ...]:
        """What is wrong now."""
        return tuple(self._standing.values())

    def now(self, alerts: Iterable[Alert]) -> None:
        """Compare with what stood before, and say the differences."""
        found = {alert.key: alert for alert in alerts}
        for key, alert in found.items():
            before = self._standing.get(key)
            if before is None or before.weight is not alert.weight:
                self._say(alert)
        for key, alert in self._standing.items():
            if key not in found:
                self._over(alert)
        self._standing = found
