"""A card and its licence as a patient reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import wording
from ui.theme import Tone
from ui.views import CardSheet, Known
from wallet import words
from wallet.verdict import Status

if TYPE_CHECKING:
    from datetime import datetime

    from ui.widgets.verdict_card import VerdictCard


def show_licence(target: VerdictCard, card: CardSheet, now: datetime) -> None:
    """Show on *target* whether this reader may be trusted with records today."""
    if card.known is Known.CHANGED:
        target.show_answer(
            Tone.STOP,
            title=wording.say("This is not the {name} you know").format(name=card.name),
            reason=wording.say(
                "The card carries a name you have shared with before, but another key. "
                "Do not use it. Ask {name} in person for a new card."
            ).format(name=card.name),
            evidence=_evidence(card),
        )
        return
    tone = {
        Status.GO_AHEAD: Tone.GO,
        Status.STOP: Tone.STOP,
        Status.CANNOT_TELL: Tone.WAIT,
    }[card.verdict.status]
    target.show_answer(
        tone,
        title=_title(card, tone),
        reason=_reason(card, tone),
        as_of=_as_of(card, now),
        evidence=_evidence(card),
    )


def _title(card: CardSheet, tone: Tone) -> str:
    if tone is Tone.GO and card.role:
        return wording.say("{name} is licensed: {role}").format(
            name=card.name, role=card.role
        )
    if tone is Tone.GO:
        return wording.say("{name} is licensed").format(name=card.name)
    if tone is Tone.STOP:
        return wording.say("Do not share with {name}").format(name=card.name)
    return wording.say("Whether {name} is licensed cannot be told right now").format(
        name=card.name
    )


def _reason(card: CardSheet, tone: Tone) -> str:
    if tone is not Tone.GO:
        return words.sentence(card.verdict.reason)
    parts = [card.organisation]
    if card.board and card.until is not None:
        parts.append(
            wording.say("licensed by {board} until {day}").format(
                board=card.board, day=wording.plain_day(card.until)
            )
        )
    elif card.board:
        parts.append(wording.say("licensed by {board}").format(board=card.board))
    return " \u00b7 ".join(part for part in parts if part)


def _as_of(card: CardSheet, now: datetime) -> str:
    if card.verdict.as_of is None:
        return ""
    said = wording.say("Checked against the ledger as of {when}").format(
        when=wording.as_of(card.verdict.as_of, now)
    )
    if card.known is Known.KNOWN:
        return said + wording.say(" \u00b7 you have shared with this card before")
    return said + wording.say(" \u00b7 the first time you meet this card")


def _evidence(card: CardSheet) -> list[tuple[str, str]]:
    facts = []
    if card.words:
        facts.append(
            (
                wording.say("Words of this card; the desk can read you the same"),
                " ".join(card.words),
            )
        )
    checkpoint = card.verdict.checkpoint
    if checkpoint is not None:
        facts += [
            (wording.say("Ledger"), checkpoint.origin),
            (wording.say("Lines in your copy"), wording.number(checkpoint.size)),
            (wording.say("Its fingerprint"), checkpoint.root.hex()[:16]),
        ]
    if card.witnesses:
        facts.append(
            (
                wording.say("Independent witnesses who signed it"),
                wording.number(card.witnesses),
            )
        )
    return facts
