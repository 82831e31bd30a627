"""The card on paper beside the records of today: what is no longer as it was printed.

What was printed is remembered by record and version, never in words: of a record that
is erased nothing stays here either.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wallet.actions.patient.emergency import Choice, Contact
from wallet.actions.patient.emergency_offers import words_of
from wallet.errors import UsageError
from wallet.exports.naming import parse_body
from wallet.vault import records, settings, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.patient.emergency_offers import Item, Offers
    from wallet.actions.patient.session import Session

_SETTING = "emergency_paper"
_NAMED_BY = ("code", "medicationCodeableConcept")


class Kind(StrEnum):
    """What happened to a line of the card since it was printed; the list is closed."""

    GONE = "gone"
    """It is on paper, and goes on no longer or is not in the records any more."""
    OTHER = "other"
    """It is on paper, and the records say something else now."""
    NEW = "new"
    """It came into the records since, and could stand on the card."""
    ADDED = "added"
    """The patient chose it since."""
    TAKEN_OFF = "taken_off"
    """The patient chose against it since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One of them; ``about`` is a kind of item, or name, born, blood or people."""

    kind: Kind
    about: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """When the card was printed last, and what has changed."""

    printed_at: datetime
    changes: tuple[Change, ...]


def note(wallet: Session, choice: Choice, held: Offers, *, now: datetime) -> None:
    """Remember that the card was put on paper, or into a file to print, just now."""
    on_it = [item for item in held.items if choice.means(item)]
    kept = {
        "at": now.timestamp(),
        "choice": asdict(choice),
        "known": [item.key for item in held.items],
        "heads": {item.key: _head(wallet, item.key) for item in on_it},
    }
    with wallet.store.transaction():
        settings.put(
            wallet.store, _SETTING, json.dumps(kept).encode(), person=wallet.person
        )


def is_printed(wallet: Session) -> bool:
    """Whether the card was ever put on paper; quick."""
    return settings.get_bytes(wallet.store, _SETTING, person=wallet.person) is not None


def since(wallet: Session, choice: Choice, held: Offers) -> Since | None:
    """What has changed since; None where the card was never printed."""
    kept = settings.get_bytes(wallet.store, _SETTING, person=wallet.person)
    if kept is None:
        return None
    then = json.loads(kept)
    before = _chosen_then(then["choice"])
    changes = [
        *_of_records(wallet, then, before, held),
        *_of_choice(then, before, choice, held),
    ]
    return Since(
        printed_at=datetime.fromtimestamp(then["at"], UTC), changes=tuple(changes)
    )


def _of_records(
    wallet: Session, then: dict[str, Any], before: Choice, held: Offers
) -> Iterator[Change]:
    now = {key: item for item in held.items for key in (item.key, *item.older)}
    for key, number in then["heads"].items():
        item = now.get(key)
        if item is None or not before.means(item):
            yield _gone(wallet, key)
        elif not _is_same(wallet, key, number, item):
            yield Change(kind=Kind.OTHER, about=item.kind, words=item.words)
    known = set(then["known"])
    for item in held.items:
        if known.isdisjoint((item.key, *item.older)):
            yield Change(kind=Kind.NEW, about=item.kind, words=item.words)


def _chosen_then(said: dict[str, Any]) -> Choice:
    return Choice(
        with_name=said["with_name"],
        with_birth_date=said["with_birth_date"],
        blood_group=said["blood_group"],
        items=tuple(said["items"]),
        contacts=tuple(Contact(**one) for one in said["contacts"]),
    )


def _of_choice(
    then: dict[str, Any], before: Choice, choice: Choice, held: Offers
) -> Iterator[Change]:
    pairs = (
        ("name", before.with_name, choice.with_name),
        ("born", before.with_birth_date, choice.with_birth_date),
        ("blood", before.blood_group, choice.blood_group),
        ("people", before.contacts, choice.contacts),
    )
    for about, was, chosen in pairs:
        if was != chosen:
            yield Change(kind=Kind.ADDED if chosen else Kind.TAKEN_OFF, about=about)
    known = set(then["known"])
    for item in held.items:
        if before.means(item) == choice.means(item):
            continue
        if not known.isdisjoint((item.key, *item.older)):  # else it is called new
            kind = Kind.ADDED if choice.means(item) else Kind.TAKEN_OFF
            yield Change(kind=kind, about=item.kind, words=item.words)


def _is_same(wallet: Session, key: str, number: int, item: Item) -> bool:
    """Whether the line on paper still says what the records say."""
    record = records.show(wallet.store, bytes.fromhex(key), person=wallet.person)
    held = {
        one.number: one.body
        for one in versions.of(wallet.store, record.record_id, person=wallet.person)
    }
    if number not in held or words_of(record, held[number]) != item.words:
        return False
    if key != item.key:
        return True
    before, after = parse_body(held[number]), parse_body(record.body)
    return all(before.get(name) == after.get(name) for name in _NAMED_BY)


def _head(wallet: Session, key: str) -> int:
    found = versions.of(wallet.store, bytes.fromhex(key), person=wallet.person)
    return next((one.number for one in found if one.holds), 0)


def _gone(wallet: Session, key: str) -> Change:
    """Of a record that was erased nothing is left to say."""
    try:
        name = bytes.fromhex(key)
        record = records.show(wallet.store, name, person=wallet.person)
    except UsageError:
        return Change(kind=Kind.GONE, about="")
    return Change(kind=Kind.GONE, about=record.category, words=record.title)
