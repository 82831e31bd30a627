"""How a clinic comes by its card: ask a board, then sign the card itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.practitioners.application import read_answer, write_request
from wallet.practitioners.card import (
    AccreditationBody,
    Card,
    parse_card,
    sign_card,
    six_words,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.clinic.home import Clinic

_VALID = 365 * 86_400


def request(clinic: Clinic) -> bytes:
    """The file to hand to a board."""
    return write_request(clinic.signer, sealing_key=clinic.opener.public)


def spoken(card: Card) -> tuple[tuple[int, str], ...]:
    """The six words that both screens show in person, with their places."""
    return six_words(card.reader_id)


def make_card(
    clinic: Clinic, answer: bytes, *, relay: str | None, now: datetime
) -> Card:
    """Sign a card over a board's answer and keep it in the home.

    Valid for a year at most, and never longer than the accreditation.

    Raises:
        RefusedError: ``not_accredited``: the answer is about another reader's keys.
    """
    accreditation = read_answer(answer)
    body = AccreditationBody.parse(accreditation.body)
    if body.reader_id != clinic.reader_id:
        raise RefusedError(Reason.NOT_ACCREDITED, "reader id")
    begins = int(now.timestamp())
    ends = min(body.ends, begins + _VALID)
    if ends <= begins:
        raise RefusedError(Reason.LICENCE_ENDED, "accreditation")
    card = sign_card(
        clinic.signer,
        sealing_key=clinic.opener.public,
        relay=relay,
        origin=accreditation.origin,
        begins=begins,
        ends=ends,
        accreditation=accreditation,
    )
    made = parse_card(card)
    part = clinic.home.card.with_suffix(".part")
    with part.open("wb") as out:
        out.write(card)
        out.flush()
        os.fsync(out.fileno())
    part.replace(clinic.home.card)
    return made
