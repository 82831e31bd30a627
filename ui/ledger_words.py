"""What the ledger says, in the two lines at the foot of the rail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import wording
from ui.theme import Tone

if TYPE_CHECKING:
    from datetime import datetime

    from ui.views import LedgerLine


def say_ledger(line: LedgerLine, now: datetime) -> tuple[str, Tone, str]:
    """Give words, tone and icon."""
    if not line.set_up:
        return (
            wording.say("No public ledger is set up on this computer yet."),
            Tone.MUTED,
            "info",
        )
    if line.forked:
        return (
            wording.say(
                "The ledger has shown two different histories. Do not rely on it."
            ),
            Tone.STOP,
            "warning",
        )
    if line.as_of is None:
        return wording.say("The ledger has not answered yet."), Tone.WAIT, "hourglass"
    words = wording.say("Ledger as of {when}.").format(
        when=wording.as_of(line.as_of, now)
    )
    if line.witnesses:
        words += "\n" + wording.counted(
            line.witnesses,
            wording.say("1 independent witness agrees."),
            wording.say("{n} independent witnesses agree."),
        )
    if not line.reachable:
        words += "\n" + wording.say("It does not answer right now.")
        return words, Tone.WAIT, "clock"
    return words, Tone.GO, "check"
