"""What holds now: the newest of a kind under each name, for the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.vault.records import by_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.records.record import Record
    from wallet.store.connection import Store

# What a source says of something that is over; anything else may still hold.
_OVER = (
    *("resolved", "inactive", "remission", "completed", "stopped", "cancelled"),
    *("entered-in-error", "not-done", "refuted", "not-taken", "draft"),
)
_NONE_KNOWN = "no known "
_MARKS = ",".join("?" * len(_OVER))
_LASTING = ("allergy", "condition", "medicine", "vaccine")
SCHEMA = (
    """CREATE INDEX record_by_title
        ON record (person_id, category, title, start, status)
        WHERE category IN ('allergy', 'condition', 'medicine', 'vaccine')""",
)
# A list of more than two makes SQLite build a table in memory for every record that
# comes in, which cost more than all other indexes together.
_IS_LASTING = "(" + " OR ".join(f"category = '{name}'" for name in _LASTING) + ")"
AGAIN = (
    "DROP INDEX record_by_title",
    f"""CREATE INDEX record_by_title
        ON record (person_id, category, title, start, status)
        WHERE {_IS_LASTING}""",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How many things of a kind there are, and the newest."""

    count: int
    newest: tuple[Record, ...]


def holding(store: Store, category: str, *, person: int = 0, most: int = 3) -> Kind:
    """Each title once, by its newest record, where that is not said to be over.

    That nothing of the kind is known is told only where nothing else is.
    """
    rows = store.all(
        "SELECT max(coalesce(start, -1e18)) AS newest, row, title, status FROM record "  # noqa: S608 own text only
        f"WHERE person_id = ? AND category = ? AND {_IS_LASTING} "
        f"GROUP BY title HAVING status NOT IN ({_MARKS})",
        (person, category, *_OVER),
    )
    known = [row for row in rows if not row[2].lower().startswith(_NONE_KNOWN)]
    return _kind(store, known or rows, most)


def newest(store: Store, category: str, *, person: int = 0, most: int = 3) -> Kind:
    """Each title once, by its newest record."""
    rows = store.all(
        "SELECT max(coalesce(start, -1e18)) AS newest, row FROM record "  # noqa: S608 own text only
        f"WHERE person_id = ? AND category = ? AND {_IS_LASTING} GROUP BY title",
        (person, category),
    )
    return _kind(store, rows, most)


def _kind(store: Store, rows: Sequence[Sequence[Any]], most: int) -> Kind:
    found = sorted(rows, key=lambda row: -row[0])
    return Kind(len(found), tuple(by_rows(store, [row[1] for row in found[:most]])))
