"""What a person said the columns of a table are, by the fingerprint of their head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.tables.columns import Columns
from wallet.vault import settings

if TYPE_CHECKING:
    from wallet.store.connection import Store

_PREFIX = "columns:"


def keep(store: Store, fingerprint: str, columns: Columns, *, person: int) -> None:
    """Remember *columns*; the last word counts."""
    name = f"{_PREFIX}{fingerprint}"
    settings.put(store, name, columns.to_json(), person=person)


def all_of(store: Store, *, person: int) -> dict[str, Columns]:
    """Every head that was ever explained."""
    rows = store.all(
        "SELECT name, value FROM setting WHERE person_id = ? AND name LIKE ?",
        (person, f"{_PREFIX}%"),
    )
    return {
        name.removeprefix(_PREFIX): Columns.from_json(bytes(value))
        for name, value in rows
    }
