"""What could stand on an emergency card: read from the records, not yet chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.exports.facts import facts
from wallet.exports.naming import parse_body
from wallet.records import labels
from wallet.vault import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.actions.patient.session import Session
    from wallet.records.record import Record

KINDS = ("allergy", "condition", "medicine")
_MOST_LOOKED_AT = 2_000
_OVER = frozenset(
    {"resolved", "inactive", "remission", "completed", "stopped", "cancelled"}
    | {"entered-in-error", "on-hold", "not-taken"}
)
_NOT_TAKEN = frozenset({"Medication", "MedicationKnowledge"})
_BLOOD_GROUPS = frozenset(
    f"http://loinc.org|{code}" for code in ("882-1", "883-9", "34530-6")
)
_MOST_LINE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record that could stand on the card; ``marks`` warn before it is chosen.

    ``older`` are earlier records of the same name: who chose one of them meant this.
    """

    key: str
    kind: str
    words: str
    marks: tuple[str, ...] = ()
    older: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Everything that could stand on the card, as the records say it."""

    name: str
    born: str
    blood_groups: tuple[str, ...]
    items: tuple[Item, ...]


def offers(wallet: Session) -> Offers:
    """Look through the records for what could stand on the card."""
    name, born = _person(wallet)
    found = [item for kind in KINDS for item in _items(wallet, kind)]
    groups = [
        record.value
        for record in _timeline(wallet, "test")
        if record.value and _BLOOD_GROUPS.intersection(record.codes)
    ]
    return Offers(
        name=name,
        born=born,
        blood_groups=tuple(dict.fromkeys(groups)),
        items=tuple(found),
    )


def _items(wallet: Session, kind: str) -> Iterator[Item]:
    """What goes on, the newest of each name."""
    found: dict[str, Item] = {}
    older: dict[str, list[str]] = {}
    for record in _timeline(wallet, kind):
        name = record.title.casefold()
        if name in found:
            older[name].append(record.scope_id)
        elif record.status not in _OVER and record.rtype not in _NOT_TAKEN:
            older[name] = []
            found[name] = Item(
                key=record.scope_id,
                kind=kind,
                words=_words(wallet, record),
                marks=tuple(
                    dict.fromkeys(labels.words(code) for code in record.sensitivity)
                ),
            )
    for name, item in found.items():
        yield replace(item, older=tuple(older[name]))


def _words(wallet: Session, record: Record) -> str:
    shown = records.show(wallet.store, record.record_id, person=wallet.person)
    return words_of(record, shown.body)


def words_of(record: Record, body: bytes) -> str:
    """The name, and for an allergy or a medicine what happens or how it is taken."""
    more = ""
    if record.category in ("allergy", "medicine"):
        read = facts(parse_body(body), title=record.title, place="")
        more = f" ({read.more})" if read.more else ""
    said = " ".join(f"{record.title}{more}".split())
    return said if len(said) <= _MOST_LINE else f"{said[: _MOST_LINE - 3]}..."


def _person(wallet: Session) -> tuple[str, str]:
    for record in _timeline(wallet, "person"):
        if record.rtype == "Patient":
            shown = records.show(wallet.store, record.record_id, person=wallet.person)
            born = parse_body(shown.body).get("birthDate")
            return record.title, born if isinstance(born, str) else ""
    return "", ""


def _timeline(wallet: Session, kind: str) -> Sequence[Record]:
    return records.timeline(
        wallet.store, person=wallet.person, category=kind, limit=_MOST_LOOKED_AT
    )
