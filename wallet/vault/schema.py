"""The vault's tables in the order they came; a step, once released, never changes.

Each module of this room owns its tables and lists them as ``SCHEMA``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.vault import (
    erasure,
    grants,
    held,
    likeness,
    matching,
    measures,
    receipts,
    records,
    remarks,
    search,
    settings,
    sightings,
    sources,
    standing,
    visits,
)

if TYPE_CHECKING:
    from wallet.store.connection import Store

STEPS = (
    (
        *settings.SCHEMA,
        *sources.SCHEMA,
        *matching.SCHEMA,
        *records.SCHEMA,
        *search.SCHEMA,
        *erasure.SCHEMA,
        *grants.SCHEMA,
        *receipts.SCHEMA,
    ),
    (*grants.KEPT, *receipts.ANSWERED),
    sources.DERIVED,
    (*grants.HELD, *receipts.HELD),
    (*likeness.SCHEMA, *sightings.SCHEMA),
    remarks.SCHEMA,
    held.SCHEMA,
    (*measures.SCHEMA, *standing.SCHEMA, *visits.SCHEMA),
    records.BRIEF,
    standing.AGAIN,
)


def generation(store: Store) -> int:
    """How often the passphrase was set: slots that are older are refused."""
    return settings.get_number(store, settings.GENERATION)


def note_generation(store: Store, number: int) -> None:
    """Remember the generation of the slots beside this vault."""
    with store.transaction():
        settings.put(store, settings.GENERATION, number)
