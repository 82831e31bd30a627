"""The vault's tables in the order they came; a step, once released, never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.vault import grants, receipts

if TYPE_CHECKING:
    from wallet.store.connection import Store

_ABOUT = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
    "INSERT INTO about VALUES ('generation', 1)",
)
STEPS = ((*_ABOUT, *grants.SCHEMA, *receipts.SCHEMA),)


def generation(store: Store) -> int:
    """How often the passphrase was set: slots that are older are refused."""
    return int(store.value("SELECT value FROM about WHERE name = 'generation'"))


def note_generation(store: Store, number: int) -> None:
    """Remember the generation of the slots beside this vault."""
    with store.transaction():
        store.run("UPDATE about SET value = ? WHERE name = 'generation'", (number,))
