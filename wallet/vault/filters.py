"""Which records a list shows: of a kind, from a place, of some years, with a label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wallet.vault.moments import moment

_FIRST_YEAR, _LAST_YEAR = 1, 9998
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for beside words; None asks for nothing.

    ``source`` is the name a list shows, years are those of the calendar in UTC, both
    included, of the last one up to ``last_month`` (1 to 12); ``label`` is the code of a
    sensitivity label; ``undated`` keeps to what has no date at all.
    """

    category: str | None = None
    source: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    last_month: int | None = None
    label: str | None = None
    undated: bool = False

    @property
    def folds(self) -> bool:
        """Whether what belongs to a visit can stand under it.

        Only where the visit is shown whenever what it holds is: it comes out of the
        same source and begins no later, but may begin in the year before, and may be
        without a label that something in it has.
        """
        asked = (self.category, self.first_year, self.label)
        return asked == (None, None, None)

    def where(self, person: int) -> tuple[str, tuple[Any, ...]]:
        """A condition over ``record AS r``, and its values."""
        parts, values = ["r.person_id = ?"], [person, *self._values()]
        if self.category is not None:
            parts.append("r.category = ?")
        if self.first_year is not None:
            parts.append("r.start >= ?")
        if self.last_year is not None:
            parts.append("r.start < ?")
        if self.undated:
            parts.append("r.start IS NULL")
        if self.source is not None:
            parts.append(
                "r.source_row IN (SELECT row FROM source WHERE coalesce(org, name) = ?)"
            )
        if self.label is not None:
            parts.append(
                "EXISTS (SELECT 1 FROM label AS l WHERE l.record_row = r.row "
                "AND l.code = ? AND l.person_id = r.person_id)"
            )
        return " AND ".join(parts), tuple(values)

    def _values(self) -> list[Any]:
        found: list[Any] = [] if self.category is None else [self.category]
        if self.first_year is not None:
            found.append(beginning(self.first_year))
        if self.last_year is not None:
            found.append(end_of(self.last_year, self.last_month or _MONTHS))
        return [*found, *(one for one in (self.source, self.label) if one is not None)]


EVERYTHING = Filters()


def beginning(year: int) -> int:
    """The first second of a year, in UTC."""
    within = min(max(year, _FIRST_YEAR), _LAST_YEAR + 1)
    return int(datetime(within, 1, 1, tzinfo=UTC).timestamp())


def end_of(year: int, month: int) -> int:
    """The first second after a month, in UTC."""
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month < _MONTHS):
        return beginning(year + 1)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp())


def year_of(seconds: int) -> int:
    """The year in which a moment lies, in UTC, also before 1970."""
    return moment(seconds).year
