"""Searches a person wants again, by the name they gave them; kept in the vault."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wallet.vault import settings
from wallet.vault.filters import Filters

if TYPE_CHECKING:
    from wallet.store.connection import Store

_PREFIX = "search:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """What is looked for, under a name."""

    name: str
    text: str
    filters: Filters


def keep(store: Store, search: SavedSearch, *, person: int = 0) -> None:
    """Keep a search; one of the same name is replaced. Needs a transaction."""
    held = {"text": search.text, "filters": asdict(search.filters)}
    data = json.dumps(held, sort_keys=True).encode()
    settings.put(store, f"{_PREFIX}{search.name}", data, person=person)


def forget(store: Store, name: str, *, person: int = 0) -> None:
    """Drop a search; the records stay. Needs a transaction."""
    store.run(
        "DELETE FROM setting WHERE person_id = ? AND name = ?",
        (person, f"{_PREFIX}{name}"),
    )


def all_of(store: Store, *, person: int = 0) -> tuple[SavedSearch, ...]:
    """Every search that is kept, by name."""
    rows = store.all(
        "SELECT name, value FROM setting WHERE person_id = ? AND substr(name, 1, ?) = ?"
        " ORDER BY name",
        (person, len(_PREFIX), _PREFIX),
    )
    return tuple(
        _read(name.removeprefix(_PREFIX), bytes(value)) for name, value in rows
    )


def _read(name: str, data: bytes) -> SavedSearch:
    held = json.loads(data)
    return SavedSearch(name=name, text=held["text"], filters=Filters(**held["filters"]))
