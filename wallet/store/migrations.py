"""Brings a store to the schema this program knows, one whole step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError, StoreDamagedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.store.connection import Store

    Step = Sequence[str]


def version(store: Store) -> int:
    """Answer which schema the store has; 0 before the first step.

    Raises:
        StoreDamagedError: the store does not say.
    """
    rows = store.all("SELECT version FROM schema_version")
    if len(rows) > 1 or (rows and type(rows[0][0]) is not int):
        raise StoreDamagedError("the store does not say its version")
    return int(rows[0][0]) if rows else 0


def bring_up(store: Store, steps: Sequence[Step]) -> int:
    """Run the steps the store has not seen; step 1 is ``steps[0]``.

    Each step and its version number are one transaction, so a crash between two
    leaves a store that an older program may still open.

    Raises:
        RefusedError: ``unknown_version``: a newer program wrote this store.
    """
    seen = version(store)
    if seen > len(steps):
        raise RefusedError(Reason.UNKNOWN_VERSION, "store schema")
    for number, step in enumerate(steps[seen:], start=seen + 1):
        with store.transaction():
            for statement in step:
                store.run(statement)
            store.run("DELETE FROM schema_version")
            store.run("INSERT INTO schema_version VALUES (?)", (number,))
    return len(steps)
