"""Which records a permission covers: exclude wins, what is not known is left out.

Wire form: PROTOCOL.md 12, field 24. Meaning: DESIGN.md 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, cast

from wallet.errors import RefusedError
from wallet.records.labels import with_narrower
from wallet.statement import LAST_SECOND
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from wallet.cbor import Value

CONFIDENTIALITY = ("U", "L", "M", "N", "R", "V")
_FIRST_SECOND = -62_135_596_800  # of the year 1: dates of birth lie before 1970
_UNLABELLED = "N"  # HL7 v3 Confidentiality: what a record is unless it says otherwise


class Scoped(Protocol):
    """What a scope looks at in a record."""

    @property
    def scope_id(self) -> str:
        """The record's id as text."""

    @property
    def category(self) -> str:
        """The data class, e.g. ``test``."""

    @property
    def codes(self) -> Collection[str]:
        """``system|code`` for every code the record carries."""

    @property
    def start(self) -> datetime | None:
        """The first moment it may have happened, if that is known."""

    @property
    def start_precision(self) -> str:
        """How exact that is: ``year``, ``month``, ``day`` or ``time``."""

    @property
    def source_name(self) -> str:
        """Who the record came from."""

    @property
    def confidentiality(self) -> str | None:
        """U, L, M, N, R or V, if the source said so."""

    @property
    def sensitivity(self) -> Collection[str]:
        """Sensitivity labels, e.g. ``SUD``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One group of conditions that all must hold; an empty one is everything."""

    classes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    sources: tuple[str, ...] = ()
    records: tuple[str, ...] = ()

    def holds(self, record: Scoped) -> bool:
        """Whether *record* surely meets every condition: what includes it.

        An unknown date meets no date, and a year is only within dates that hold all
        of it.
        """
        if not self._matches(record):
            return False
        if self.since is None and self.until is None:
            return True
        span = _span(record)
        if span is None:
            return False
        after = self.since is None or span[0] >= self.since
        return after and (self.until is None or span[1] <= self.until)

    def may_hold(self, record: Scoped) -> bool:
        """Whether *record* perhaps meets every condition: what excludes it."""
        if not self._matches(record):
            return False
        span = _span(record)
        if span is None:
            return True
        before = self.until is None or span[0] < self.until
        return before and (self.since is None or span[1] > self.since)

    def _matches(self, record: Scoped) -> bool:
        # Asked of every record there is: only what is wanted is looked at.
        return (
            (not self.classes or record.category in self.classes)
            and (not self.codes or not set(self.codes).isdisjoint(record.codes))
            and (not self.sources or record.source_name in self.sources)
            and (not self.records or record.scope_id in self.records)
        )

    def encode(self) -> dict[int, Value]:
        """The wire map: only what is set, lists sorted."""
        wire: dict[int, Value] = {}
        for number, values in self._lists().items():
            if values:
                wire[number] = sorted(set(values))
        if self.since is not None:
            wire[3] = self.since
        if self.until is not None:
            wire[4] = self.until
        return wire

    def _lists(self) -> dict[int, tuple[str, ...]]:
        return {1: self.classes, 2: self.codes, 5: self.sources, 6: self.records}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Include and exclude clauses, a confidentiality ceiling and denied labels."""

    include: tuple[Clause, ...] = (Clause(),)
    exclude: tuple[Clause, ...] = ()
    ceiling: str | None = None
    denied: tuple[str, ...] = field(default=())

    def covers(self, record: Scoped) -> bool:
        """Whether a reader with this scope may see *record*."""
        if self.ceiling is not None:
            level = record.confidentiality or _UNLABELLED
            if level not in CONFIDENTIALITY or CONFIDENTIALITY.index(
                level
            ) > CONFIDENTIALITY.index(self.ceiling):
                return False
        marks = record.sensitivity
        if marks and not with_narrower(self.denied).isdisjoint(marks):
            return False
        if any(clause.may_hold(record) for clause in self.exclude):
            return False
        return any(clause.holds(record) for clause in self.include)

    @property
    def everything(self) -> bool:
        """Whether nothing at all is held back."""
        return self == Scope()

    def encode(self) -> dict[int, Value]:
        """The wire map of field 24."""
        return {
            1: [clause.encode() for clause in self.include],
            2: [clause.encode() for clause in self.exclude],
            3: self.ceiling,
            4: sorted(set(self.denied)),
        }


def _span(record: Scoped) -> tuple[float, float] | None:
    """First moment *record* may be of and the first it cannot be of; POSIX seconds."""
    start = record.start
    if start is None:
        return None
    try:
        return start.timestamp(), _after(start, record.start_precision).timestamp()
    except OverflowError:  # on the last day there is
        return start.timestamp(), math.inf


def _after(start: datetime, precision: str) -> datetime:
    match precision:
        case "year":
            return (start.replace(month=12, day=31) + timedelta(days=1)).replace(day=1)
        case "month":
            return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        case "day":
            return start + timedelta(days=1)
        case _:
            return start + timedelta(seconds=1)


def parse_scope(value: Value) -> Scope:
    """Read field 24 of a permission; anything not understood is refused.

    Raises:
        RefusedError: ``malformed``.
    """
    match value:
        case {1: list(include), 2: list(exclude), 3: ceiling, 4: list(denied), **rest}:
            if rest or not (ceiling is None or ceiling in CONFIDENTIALITY):
                raise _malformed()
            return Scope(
                include=tuple(_clause(item) for item in include),
                exclude=tuple(_clause(item) for item in exclude),
                ceiling=cast("str | None", ceiling),  # tested one line above
                denied=_texts(denied),
            )
        case _:
            raise _malformed()


def _clause(value: Value) -> Clause:
    if not isinstance(value, dict) or not value.keys() <= {1, 2, 3, 4, 5, 6}:
        raise _malformed()
    return Clause(
        classes=_texts(value.get(1, [])),
        codes=_texts(value.get(2, [])),
        since=_seconds(value.get(3)),
        until=_seconds(value.get(4)),
        sources=_texts(value.get(5, [])),
        records=_texts(value.get(6, [])),
    )


def _texts(value: Value) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _malformed()
    texts = tuple(value)
    if list(texts) != sorted(set(texts)):
        raise _malformed()
    return texts


def _seconds(value: Value) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not _FIRST_SECOND <= value <= LAST_SECOND:
        raise _malformed()
    return value


def _malformed() -> RefusedError:
    return RefusedError(Reason.MALFORMED, "permission scope")
