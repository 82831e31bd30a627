"""What every command returns: an exit code, an object for programs, text for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from wallet.verdict import Reason, Status, Verdict
from wallet.words import card_sentence, sentence

DONE, STOP, USAGE, CANNOT_TELL, FAULT = range(5)
_CODES = {Status.GO_AHEAD: DONE, Status.STOP: STOP, Status.CANNOT_TELL: CANNOT_TELL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Exit code, JSON object (without ``ok``) and the text a person reads."""

    code: int = DONE
    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""


def rfc3339(moment: datetime | None) -> str | None:
    """A moment in UTC with whole seconds, as every JSON answer writes it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_verdict(verdict: Verdict, **more: Any) -> Answer:  # noqa: ANN401
    """The JSON shape of a check (DESIGN.md 6)."""
    return _judged(verdict, sentence(verdict.reason, verdict.detail), more)


def from_card_verdict(verdict: Verdict, **more: Any) -> Answer:  # noqa: ANN401
    """The same shape where a reader's card was judged, in words that fit a card."""
    return _judged(verdict, card_sentence(verdict.reason), more)


def _judged(verdict: Verdict, said: str, more: dict[str, Any]) -> Answer:
    reference = verdict.checkpoint
    data = {
        "status": verdict.status.value,
        "reason": verdict.reason.value,
        "sender": verdict.sender.value if verdict.sender else None,
        "sentence": said,
        "as_of": rfc3339(verdict.as_of),
        "checkpoint": reference
        and {
            "origin": reference.origin,
            "size": reference.size,
            "root": reference.root.hex(),
        },
        "evidence": {name: value.hex() for name, value in verdict.evidence},
        **more,
    }
    return Answer(code=_CODES[verdict.status], data=data, text=said)


def refused(reason: Reason, **more: Any) -> Answer:  # noqa: ANN401
    """A no or a cannot tell that is not the answer of a whole check."""
    return from_verdict(Verdict(reason=reason), **more)
