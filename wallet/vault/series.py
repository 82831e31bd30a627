"""Results of one kind over time: the same test in the same unit, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.store.connection import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result; ``low`` and ``high`` are the lab's own range that day, if any.

    The numbers are as they were written; ``written`` keeps the time zone of the place.
    """

    at: datetime
    written: str
    value: str
    low: str
    high: str


def like(store: Store, record_id: bytes, *, person: int = 0) -> list[Result]:
    """The newest results that bear the same codes and unit as *record_id*.

    A record without a code is like no other: its title alone does not say that the
    same thing was measured.
    """
    rows = store.all(
        "SELECT r.start, r.written, r.value, r.low, r.high "
        "FROM record AS one JOIN record AS r ON r.person_id = one.person_id "
        "AND r.category = one.category AND r.codes = one.codes AND r.unit = one.unit "
        "WHERE one.id = ? AND one.person_id = ? AND one.codes <> '' "
        "AND r.value <> '' AND r.start IS NOT NULL ORDER BY r.start DESC LIMIT ?",
        (record_id, person, _MOST),
    )
    return [
        Result(
            at=_moment(row[0]), written=row[1], value=row[2], low=row[3], high=row[4]
        )
        for row in reversed(rows)
    ]


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
