"""How each kind of event is marked in a list."""

from __future__ import annotations

from ui.theme import Tone

EVENT_MARKS: dict[str, tuple[str, Tone]] = {
    "looked": ("eye", Tone.CALM),
    "refused": ("shield", Tone.STOP),
    "shared": ("share", Tone.GO),
    "switched": ("share", Tone.GO),
    "ended": ("cross", Tone.MUTED),
    "taken": ("stick", Tone.CALM),
    "brought": ("download", Tone.CALM),
    "waiting": ("hourglass", Tone.WAIT),
    "other": ("activity", Tone.MUTED),
}
LOOKED = frozenset({"looked"})
REFUSED = frozenset({"refused"})
MINE = frozenset({"shared", "switched", "ended", "taken", "brought", "waiting"})
