"""The emergency card: what could stand on it, what the patient chose, and the card.

Nothing is on it that she did not choose, item by item. The choice is kept in the vault;
an item whose record is erased is off the card from then on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from wallet.actions.patient.emergency_offers import KINDS, Item, Offers, offers
from wallet.errors import UsageError
from wallet.exports.emergency_card import Contact, EmergencyCard, fits_code, text_of
from wallet.vault import settings

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session

__all__ = [
    "Choice",
    "Contact",
    "Draft",
    "EmergencyCard",
    "Item",
    "Offers",
    "offers",
    "text_of",
]

SHEETS = ("card", "a4")
MOST_ITEMS = 40
MOST_CONTACTS = 3
MOST_NAME, MOST_PHONE = 40, 30
_SETTING = "emergency_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the patient chose; nothing to begin with."""

    with_name: bool = False
    with_birth_date: bool = False
    blood_group: str = ""
    items: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def means(self, item: Item) -> bool:
        """Whether *item* was chosen, itself or as an earlier record of its name.

        What bears a mark now is on the card only if it was chosen itself.
        """
        if item.key in self.items:
            return True
        return not item.marks and not set(self.items).isdisjoint(item.older)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A card as it would be printed.

    ``text`` is what its code says, ``whole`` tells whether that is all of it, and
    ``missing`` counts letters no typeface at hand has.
    """

    pdf: bytes = field(repr=False)
    text: str
    whole: bool
    missing: int


def chosen(wallet: Session) -> Choice:
    """What was chosen last; nothing at first."""
    held = settings.get_bytes(wallet.store, _SETTING, person=wallet.person)
    if held is None:
        return Choice()
    said = json.loads(held)
    contacts = tuple(Contact(**one) for one in said.pop("contacts"))
    return Choice(**{**said, "items": tuple(said["items"]), "contacts": contacts})


def choose(wallet: Session, choice: Choice, held: Offers | None = None) -> Choice:
    """Keep a choice in place of the last one; give it as it is kept.

    *held* is what `offers` said, where the caller has it already.

    Raises:
        UsageError: an item is no record that could be chosen, or a line is too long.
    """
    items = (held or offers(wallet)).items
    there = {key: item for item in items for key in (item.key, *item.older)}
    if not there.keys() >= set(choice.items):
        raise UsageError("only records that are offered can stand on the card")
    if len(choice.items) > MOST_ITEMS:
        raise UsageError(f"the card has room for {MOST_ITEMS} records")
    if len(choice.contacts) > MOST_CONTACTS:
        raise UsageError(f"the card has room for {MOST_CONTACTS} people to call")
    cleaned = replace(
        choice,
        items=tuple(
            dict.fromkeys(
                there[key].key if choice.means(there[key]) else key
                for key in choice.items
            )
        ),
        blood_group=_line(choice.blood_group, MOST_NAME, "blood group"),
        contacts=tuple(
            Contact(
                name=_line(one.name, MOST_NAME, "name to call"),
                phone=_line(one.phone, MOST_PHONE, "number to call"),
            )
            for one in choice.contacts
            if one.name.strip() or one.phone.strip()
        ),
    )
    kept = json.dumps(asdict(cleaned)).encode()
    with wallet.store.transaction():
        settings.put(wallet.store, _SETTING, kept, person=wallet.person)
    return cleaned


def card(wallet: Session, *, now: datetime) -> EmergencyCard:
    """The card as it was chosen, with what its records say today.

    Raises:
        UsageError: nothing was chosen yet.
    """
    return made_of(offers(wallet), chosen(wallet), now=now)


def made_of(held: Offers, choice: Choice, *, now: datetime) -> EmergencyCard:
    """The card that *choice* makes of what the records say.

    Raises:
        UsageError: nothing is chosen.
    """
    if choice == Choice():
        raise UsageError("nothing is chosen for the card yet")
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for item in held.items:
        if choice.means(item):
            by_kind[item.kind].append(item.words)
    return EmergencyCard(
        name=held.name if choice.with_name else "",
        born=held.born if choice.with_birth_date else "",
        blood_group=choice.blood_group,
        allergies=tuple(by_kind["allergy"]),
        conditions=tuple(by_kind["condition"]),
        medicines=tuple(by_kind["medicine"]),
        contacts=choice.contacts,
        made_on=now.astimezone().date(),
    )


def draft(made: EmergencyCard, sheet: str) -> Draft:
    """The card on one of `SHEETS`.

    Raises:
        UsageError: there is no such sheet.
    """
    from wallet.exports.printed.emergency_card import (  # noqa: PLC0415 loads slowly
        Sheet,
        pdf,
    )

    if sheet not in SHEETS:
        raise UsageError(f"a card is printed as one of: {', '.join(SHEETS)}")
    data, missing = pdf(made, Sheet(sheet))
    return Draft(pdf=data, text=text_of(made), whole=fits_code(made), missing=missing)


def printed(wallet: Session, sheet: str, *, now: datetime) -> tuple[bytes, int]:
    """The card as PDF on one of `SHEETS`, and how many letters could not be set.

    Raises:
        UsageError: nothing was chosen yet, or there is no such sheet.
    """
    made = draft(card(wallet, now=now), sheet)
    return made.pdf, made.missing


def _line(text: str, most: int, what: str) -> str:
    said = " ".join("".join(s if s.isprintable() else " " for s in text).split())
    if len(said) > most:
        raise UsageError(f"the {what} has at most {most} letters")
    return said
