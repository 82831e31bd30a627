"""Records that may be one: side by side, decided by the patient, taken back at will."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient import written_id
from wallet.actions.patient.chain import status_words
from wallet.exports.facts import spoken_date
from wallet.records.likeness import number, plain, unit
from wallet.vault import decisions, records
from wallet.vault.clusters import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.records.record import Record

__all__ = [
    "Decision",
    "Pair",
    "Side",
    "decide",
    "equal",
    "join_equal",
    "pairs",
    "part_again",
    "settled",
    "waiting",
]

_SETTLED = (Decision.SAME, Decision.DIFFERENT)
_UNSETTLED = (Decision.OPEN, Decision.LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two records, as far as a person compares them."""

    key: str
    category: str
    title: str
    when: str
    value: str
    unit: str
    status: str
    provider: str
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records that may be one.

    ``differs`` names the fields of `Side` in which they do, beside the source.
    """

    one: Side
    other: Side
    differs: tuple[str, ...]
    decision: Decision


def pairs(wallet: Session, *, limit: int = 100) -> tuple[Pair, ...]:
    """The pairs nobody has settled, open ones before those put off."""
    return tuple(_pairs(wallet, _UNSETTLED, limit))


def settled(wallet: Session, *, limit: int = 100) -> tuple[Pair, ...]:
    """The pairs that were settled, so that each can be taken back."""
    return tuple(_pairs(wallet, _SETTLED, limit))


def waiting(wallet: Session) -> int:
    """How many pairs nobody has looked at."""
    return decisions.how_many(wallet.store, person=wallet.person)


def decide(
    wallet: Session, one: str, other: str, decision: Decision, *, now: datetime
) -> None:
    """Settle a pair, put it off, or with `Decision.OPEN` take back what was said.

    Nothing is removed by any answer: of two records that are the same, one is shown
    and says where else it was seen; taking it back shows both again.

    Raises:
        UsageError: these are no such pair.
    """
    with wallet.store.transaction():
        decisions.decide(
            wallet.store,
            written_id.record_id(one),
            written_id.record_id(other),
            decision,
            at=now,
            person=wallet.person,
        )


def equal(wallet: Session) -> int:
    """How many open pairs differ in nothing but where they came from."""
    return decisions.how_many_equal(wallet.store, person=wallet.person)


def join_equal(wallet: Session, *, now: datetime) -> int:
    """Settle every such pair as the same, in one go; answers how many."""
    with wallet.store.transaction():
        return decisions.join_equal(wallet.store, at=now, person=wallet.person)


def part_again(wallet: Session, *, since: datetime) -> int:
    """Take back all that was said to be the same at *since* or later."""
    with wallet.store.transaction():
        return decisions.part_since(wallet.store, at=since, person=wallet.person)


def _pairs(wallet: Session, states: tuple[Decision, ...], limit: int) -> Iterator[Pair]:
    for decision in states:
        for held in decisions.pairs(
            wallet.store, person=wallet.person, decision=decision, limit=limit
        ):
            one, other = records.by_rows(wallet.store, (held.one, held.other))
            yield Pair(
                one=_side(one),
                other=_side(other),
                differs=_differs(one, other),
                decision=held.decision,
            )


def _side(record: Record) -> Side:
    return Side(
        key=record.scope_id,
        category=record.category,
        title=record.title,
        when=spoken_date(record.start_as_written),
        value=record.value,
        unit=record.unit,
        status=status_words(record.status),
        provider=record.provider,
        source_name=record.source_name,
    )


def _differs(one: Record, other: Record) -> tuple[str, ...]:
    told = {
        "title": (plain(one.title), plain(other.title)),
        "when": (one.start_as_written, other.start_as_written),
        "value": (number(one.value), number(other.value)),
        "unit": (unit(one.unit), unit(other.unit)),
        "status": (one.status, other.status),
        "provider": (plain(one.provider), plain(other.provider)),
    }
    return tuple(name for name, (mine, theirs) in told.items() if mine != theirs)
