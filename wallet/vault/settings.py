"""Small facts of the vault by name: the generation of its slots, counters, its key."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE setting (
        person_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (person_id, name)
    ) WITHOUT ROWID""",
    "INSERT INTO setting VALUES (0, 'generation', 1)",
)

GENERATION = "generation"
# 1 until the patient has shown that the 24 words are on paper.
WORDS_DUE = "words_due"
# Seconds within which what can wait is sent, at a random moment; 0 is at once.
DELAY = "delay"
# The last number given to a version or source, an item, a record: none comes twice.
SEQUENCE, ITEMS, RECORDS = "sequence", "items", "records"
_VAULT_KEY = "vault_key"


def get_number(store: Store, name: str, *, person: int = 0) -> int:
    """The number kept under *name*; 0 where there is none."""
    found = _get(store, name, person)
    return found if isinstance(found, int) else 0


def get_bytes(store: Store, name: str, *, person: int = 0) -> bytes | None:
    """The bytes kept under *name*; None where there are none."""
    found = _get(store, name, person)
    return found if isinstance(found, bytes) else None


def put(store: Store, name: str, value: bytes | int, *, person: int = 0) -> None:
    """Keep *value* under *name*."""
    store.run("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (person, name, value))


def vault_key(store: Store) -> bytes:
    """The key that names items and records in this vault only; drawn when first asked.

    The caller has a transaction open.
    """
    found = _get(store, _VAULT_KEY, 0)
    if isinstance(found, bytes):
        return found
    drawn = secrets.token_bytes(32)
    put(store, _VAULT_KEY, drawn)
    return drawn


def _get(store: Store, name: str, person: int) -> object:
    return store.value(
        "SELECT value FROM setting WHERE person_id = ? AND name = ?", (person, name)
    )
