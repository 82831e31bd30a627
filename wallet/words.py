"""One plain sentence for each reason, and what to do next; used by window and CLI."""

from __future__ import annotations

from wallet.verdict import Reason

_SENTENCES: dict[Reason, str] = {
    Reason.GO_AHEAD: "This permission stands. You may open the records.",
    Reason.MALFORMED: "This file is damaged or incomplete. Ask for it again.",
    Reason.WRONG_READER: "This permission was made for somebody else.",
    Reason.SIGNATURE_WRONG: "A signature does not fit. Do not use this; "
    "ask the sender for a new one.",
    Reason.WITHDRAWN: "The patient has withdrawn this permission.",
    Reason.NOT_STARTED: "This permission has not begun yet.",
    Reason.ENDED: "This permission has ended. Ask the patient for a new one.",
    Reason.PAUSED: "The patient has paused this permission.",
    Reason.WRONG_PURPOSE: "This permission was given for another purpose.",
    Reason.OUTSIDE_SCOPE: "The patient did not share this.",
    Reason.LICENCE_SUSPENDED: "The licence behind this card is suspended.",
    Reason.LICENCE_ENDED: "The licence behind this card has ended.",
    Reason.NOT_ACCREDITED: "No board you trust vouches for this card.",
    Reason.PACKAGE_ALTERED: "The records are not what the patient signed. "
    "Nothing was opened.",
    Reason.UNKNOWN_VERSION: "This was made by a version this program does not know. "
    "Update it, then try again.",
    Reason.LEDGER_FORKED: "The ledger has shown two different histories. Do not rely "
    "on it; keep the evidence and call the operator.",
    Reason.CLOCK_DOUBTFUL: "This computer's clock does not agree with the ledger. "
    "Set the clock, then try again.",
    Reason.NO_QUORUM: "Too few independent witnesses have signed the ledger. "
    "Try again later.",
    Reason.NOT_IN_COPY: "Your copy of the ledger does not hold this entry yet. "
    "Bring it up to date, then try again.",
    Reason.COPY_TOO_OLD: "Your copy of the ledger is too old for this. "
    "Bring it up to date, then try again.",
    Reason.STATUS_UNPROVED: "Whether this still stands is not proved. "
    "Bring your copy up to date, then try again.",
    Reason.LICENCE_UNKNOWN: "Your copy of the register does not show this licence. "
    "Bring it up to date, then try again.",
    Reason.LEDGER_UNREACHABLE: "The ledger does not answer. Try again later.",
    Reason.RELAY_UNREACHABLE: "The place that holds the records does not answer. "
    "Try again later.",
    Reason.PACKAGE_MISSING: "The records are not there yet. Try again later.",
    Reason.RELEASE_REFUSED: "The records were not released. "
    "Ask the patient for a new permission.",
    Reason.NOT_YET_KNOWN: "This lies in the future and cannot be known yet.",
}

# The same reasons where a reader's card is judged and not a permission.
_OF_A_CARD: dict[Reason, str] = {
    Reason.GO_AHEAD: "A board you trust vouches for this card, and the licence stands.",
    Reason.WRONG_READER: "You know this name under another key. Do not share; "
    "ask them in person for a new card.",
    Reason.SIGNATURE_WRONG: "This card was not signed by its own key. Do not share; "
    "ask for a new one.",
}


UNNAMED = (
    "Opened by someone who holds this permission, without a name. "
    "If you do not know who it was, end this permission."
)
HANDED_OVER = "handed over"
_CLOSER = {
    (Reason.WITHDRAWN, HANDED_OVER): "The patient handed over a withdrawal of this "
    "permission. It holds at this desk from then on.",
}


def sentence(reason: Reason, detail: str = "") -> str:
    """Say *reason* in one plain sentence with what to do next.

    A *detail* that has a sentence of its own, such as `HANDED_OVER`, gets that one.
    """
    return _CLOSER.get((reason, detail), _SENTENCES[reason])


def card_sentence(reason: Reason) -> str:
    """Say *reason* where what was asked is whether a card can be shared with."""
    return _OF_A_CARD.get(reason) or _SENTENCES[reason]
