"""Judge the licence behind a card from what the register says. PROTOCOL.md 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.ledger.clock import Clock, Phase
from wallet.ledger.entry import State
from wallet.verdict import CheckpointRef, Reason, Verdict

if TYPE_CHECKING:
    from datetime import timedelta

    from wallet.practitioners.card import Card

_PHASES = {
    Phase.AFTER: Reason.LICENCE_ENDED,
    Phase.BEFORE: Reason.NOT_ACCREDITED,
    Phase.DOUBTFUL: Reason.CLOCK_DOUBTFUL,
}
_CARD_PHASES = {**_PHASES, Phase.AFTER: Reason.NOT_ACCREDITED}
_STATES = {State.ENDED: Reason.LICENCE_ENDED, State.HELD: Reason.LICENCE_SUSPENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFacts:
    """What a verified copy of the register says of one accreditation.

    ``vouched`` is None while the copy does not cover the entry (or there is no
    copy), False where the entry is not a trusted board's word on this very body.
    """

    vouched: bool | None
    state: State
    forked: bool
    checkpoint: CheckpointRef | None


def judge(
    card: Card, facts: RegisterFacts, *, clock: Clock, max_age: timedelta | None
) -> Verdict:
    """Decide whether the holder of *card* is licensed at the clock's moment.

    A known no beats cannot tell. *max_age* bounds the age of the register's copy.
    """
    hits = _hits(card, facts, clock)
    if facts.forked:
        hits.append(Reason.LEDGER_FORKED)
    if clock.quorum is None:
        hits.append(Reason.NO_QUORUM)
    elif max_age is not None and clock.age is not None and clock.age > max_age:
        hits.append(Reason.COPY_TOO_OLD)
    order = list(Reason)
    reason = min(hits, key=order.index, default=Reason.GO_AHEAD)
    return Verdict(
        reason=reason,
        as_of=clock.quorum,
        checkpoint=facts.checkpoint,
        evidence=(("card", card.raw),),
    )


def _hits(card: Card, facts: RegisterFacts, clock: Clock) -> list[Reason]:
    if facts.vouched is False:
        return [Reason.NOT_ACCREDITED]
    hits = _card_hits(card, clock)
    if facts.vouched is None:
        return [*hits, Reason.LICENCE_UNKNOWN]
    if facts.state in _STATES:
        hits.append(_STATES[facts.state])
    if facts.state is State.UNKNOWN:
        hits.append(Reason.STATUS_UNPROVED)
    if clock.quorum is None:
        return hits
    body = card.body
    licence = clock.phase(begins=body.begins, ends=body.ends)
    if licence in _PHASES:
        hits.append(_PHASES[licence])
    return hits


def _card_hits(card: Card, clock: Clock) -> list[Reason]:
    """What the card's own period says, whatever the register holds."""
    if clock.quorum is None:
        return []
    valid = clock.phase(begins=card.begins, ends=card.ends)
    return [] if valid is Phase.WITHIN else [_CARD_PHASES[valid]]
