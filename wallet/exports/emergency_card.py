"""A card for whoever finds its owner: what she chose, as lines and as plain text.

The text goes into a QR code that any phone shows without a network: no address in it,
so no server learns that it was read, and nothing protects it either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.exports.facts import spoken_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

HEADING = "EMERGENCY CARD"
ONLY_THIS = "What is not written here is not known from this card."
MOST_BYTES = 600
"""Of UTF-8: at error level M a code of 93 squares, still clear on a card's back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to call."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCard:
    """What the patient chose; whatever she did not is empty.

    ``born`` is a FHIR date. ``left`` counts, by section, what no longer fits.
    """

    name: str = ""
    born: str = ""
    blood_group: str = ""
    allergies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    made_on: date
    left: tuple[tuple[str, int], ...] = ()

    @property
    def born_words(self) -> str:
        """When she was born, in words."""
        return f"Born {spoken_date(self.born)}" if self.born else ""

    @property
    def foot(self) -> str:
        """Who chose what is on it, and when."""
        day = spoken_date(self.made_on.isoformat())
        return f"Chosen by the patient on {day}."

    @property
    def calls(self) -> tuple[str, ...]:
        """Whom to call, a line each."""
        return tuple(f"{one.name} {one.phone}".strip() for one in self.contacts)


# Where there is no room, the longer of these gives way, so that neither takes all of
# it; allergies only when both are down to one.
_GIVE_WAY = ("conditions", "medicines")
_NAMES = {
    "allergies": "Allergies",
    "conditions": "Conditions",
    "medicines": "Medicines",
}


def sections(card: EmergencyCard) -> Iterator[tuple[str, str]]:
    """Every section that has something in it: its heading and its words."""
    if card.blood_group:
        yield "Blood group", card.blood_group
    left = dict(card.left)
    for key in ("allergies", "conditions", "medicines"):
        items = getattr(card, key)
        more = left.get(key, 0)
        if items or more:
            rest = (f"and {more} more, not written here",) if more else ()
            yield _NAMES[key], "; ".join((*items, *rest))


def shorter(card: EmergencyCard) -> EmergencyCard | None:
    """The card with one item less, counted; None where nothing can give way."""
    can = [key for key in (*_GIVE_WAY, "allergies") if len(getattr(card, key)) > 1]
    if not can:
        return None
    of_two = [key for key in can if key in _GIVE_WAY]
    key = max(of_two or can, key=lambda one: sum(map(len, getattr(card, one))))
    left = {**dict(card.left), key: dict(card.left).get(key, 0) + 1}
    return replace(card, **{key: getattr(card, key)[:-1], "left": tuple(left.items())})


def fits_code(card: EmergencyCard) -> bool:
    """Whether the code holds all that is on the card."""
    return len("\n".join(filter(None, _lines(card))).encode()) <= MOST_BYTES


def text_of(card: EmergencyCard, *, most: int = MOST_BYTES) -> str:
    """The card as plain text of at most *most* bytes."""
    fitting: EmergencyCard | None = card
    while fitting is not None:
        text = "\n".join(filter(None, _lines(fitting)))
        if len(text.encode()) <= most:
            return text
        fitting = shorter(fitting)
    return text.encode()[:most].decode("utf-8", "ignore")


def _lines(card: EmergencyCard) -> Iterator[str]:
    yield HEADING
    yield card.name
    yield card.born_words
    for heading, words in sections(card):
        yield f"{heading.upper()}: {words}"
    for call in card.calls:
        yield f"CALL: {call}"
    yield ONLY_THIS
    yield card.foot
