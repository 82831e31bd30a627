"""Which records a permission covers: exclude wins, what is not known is left out.

Wire form: PROTOCOL.md 12, field 24. Meaning: DESIGN.md 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from wallet.cbor import Value

CONFIDENTIALITY = ("U", "L", "M", "N", "R", "V")
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
        """When it happened, if that is known."""

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
        """Whether *record* meets every condition; an unknown date meets no date."""
        lists = (
            (self.classes, {record.category}),
            (self.codes, set(record.codes)),
            (self.sources, {record.source_name}),
            (self.records, {record.scope_id}),
        )
        if any(wanted and not had.intersection(wanted) for wanted, had in lists):
            return False
        if self.since is None and self.until is None:
            return True
        if record.start is None:
            return False
        at = record.start.timestamp()
        after = self.since is None or at >= self.since
        return after and (self.until is None or at < self.until)

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
        if set(record.sensitivity).intersection(self.denied):
            return False
        if any(clause.holds(record) for clause in self.exclude):
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
    if value is not None and type(value) is not int:
        raise _malformed()
    return value


def _malformed() -> RefusedError:
    return RefusedError(Reason.MALFORMED, "permission scope")
