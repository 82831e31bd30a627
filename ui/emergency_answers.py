"""The emergency card of the front desk as the window shows it, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from ui import spoken_dates
from ui.emergency_views import Call, Draft, Line, Offer, Wish
from ui.record_views import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.actions.patient import emergency
    from wallet.actions.patient.emergency_paper import Change, Since
    from wallet.actions.patient.viewing import Shown

_ABOUT = {
    "name": "Your name",
    "born": "Your date of birth",
    "blood": "Your blood group",
    "people": "The people to call",
}
_WHAT = {
    "gone": "not in your records now, or over",
    "other": "says something else now",
    "new": "new in your records",
    "added": "you put it on",
    "taken_off": "you took it off",
}

NOTHING = Draft()


def offer(
    held: emergency.Offers, chosen: emergency.Choice, since: Since | None
) -> Offer:
    """Say what could stand on it, and what is chosen."""
    return Offer(
        name=held.name,
        born=spoken_dates.say(held.born),
        blood_groups=_groups(held, chosen),
        lines=tuple(
            Line(key=item.key, kind=item.kind, words=item.words, marks=item.marks)
            for item in held.items
        ),
        wish=Wish(
            with_name=chosen.with_name,
            with_birth_date=chosen.with_birth_date,
            blood_group=chosen.blood_group,
            items=frozenset(item.key for item in held.items if chosen.means(item)),
            calls=tuple(
                Call(name=one.name, phone=one.phone) for one in chosen.contacts
            ),
        ),
        printed_at=None if since is None else since.printed_at,
        changes=() if since is None else tuple(map(_change, since.changes)),
    )


def choice(wish: Wish, held: emergency.Offers) -> emergency.Choice:
    """Give a wish to the front desk, its items in the order they are offered."""
    from wallet.actions.patient import emergency  # noqa: PLC0415 - start-up time

    return emergency.Choice(
        with_name=wish.with_name,
        with_birth_date=wish.with_birth_date,
        blood_group=wish.blood_group,
        items=tuple(item.key for item in held.items if item.key in wish.items),
        contacts=tuple(
            emergency.Contact(name=one.name, phone=one.phone) for one in wish.calls
        ),
    )


def draft(made: emergency.Draft, shown: Sequence[Shown]) -> Draft:
    """Show a card as it would be printed."""
    return Draft(
        pages=pages(shown), text=made.text, whole=made.whole, missing=made.missing
    )


def pages(shown: Sequence[Shown]) -> tuple[Picture, ...]:
    """Name pictures of the two sides for who cannot see them."""
    words = _tr("The card as it will be printed, page {n} of {total}")
    return tuple(
        Picture(
            width=one.width,
            height=one.height,
            pixels=one.pixels,
            words=words.format(n=number, total=len(shown)),
        )
        for number, one in enumerate(shown, start=1)
    )


def _groups(held: emergency.Offers, chosen: emergency.Choice) -> tuple[str, ...]:
    """Those that are recorded, and the one that was chosen in another way."""
    said = (*held.blood_groups, chosen.blood_group)
    return tuple(dict.fromkeys(filter(None, said)))


def _change(one: Change) -> tuple[str, str]:
    if one.about in _ABOUT:
        words = _tr(_ABOUT[one.about])
        if one.about == "people" and one.kind == "added":
            return words, _tr("you changed them")
    else:
        words = one.words or _tr("Something that you deleted")
    return words, _tr(_WHAT[one.kind.value])


def _tr(text: str) -> str:
    return QCoreApplication.translate("emergency", text)
