"""Results that are read together, such as a blood count, in the order they are read."""

from __future__ import annotations

from functools import cache

from wallet.records.plain.tables import rows


@cache
def panels() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each panel's title and the plain names of its results."""
    return tuple((title, tuple(names.split("; "))) for title, names in rows("panels"))
