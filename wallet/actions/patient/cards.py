"""A reader's card: whose it is, whether the licence stands, whether we met before.

PROTOCOL.md 4.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.ledger.clock import Clock, from_seconds
from wallet.practitioners.card import Card, parse_card, six_words
from wallet.practitioners.licence import judge
from wallet.vault import grants

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.verdict import Verdict


class Known(StrEnum):
    """Whether this reader was met before; a changed one is a red stop."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A reader's card and what the register says of the licence behind it."""

    card: Card
    name: str
    role: str
    until: datetime
    verdict: Verdict
    known: Known
    words: tuple[tuple[int, str], ...]


def look_at_card(wallet: Session, data: bytes, *, now: datetime) -> CardView:
    """Judge a card from this computer's copy of the register.

    Raises:
        RefusedError: the bytes are no card, or not signed by their own key.
    """
    card = parse_card(data)
    view = wallet.network.view(card.accreditation.origin)
    verdict = judge(
        card,
        wallet.network.register(card.accreditation, view),
        clock=Clock(asked=now, quorum=view.quorum_time if view else None),
        max_age=None,
    )
    body = card.body
    return CardView(
        card=card,
        name=body.name,
        role=body.role,
        until=from_seconds(min(body.ends, card.ends)),
        verdict=verdict,
        known=_known(wallet, card),
        words=six_words(card.reader_id),
    )


def _known(wallet: Session, card: Card) -> Known:
    if grants.reader_by_id(
        wallet.store, person=wallet.person, reader_id=card.reader_id
    ):
        return Known.KNOWN
    name = _alike(card.body.name)
    met = grants.reader_names(wallet.store, person=wallet.person)
    return Known.CHANGED if name in map(_alike, met) else Known.NEW


def _alike(name: str) -> str:
    """A name as people hear it: blanks, capitals and kinds of letters aside."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
