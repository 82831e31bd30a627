"""Receipts in the ledger that only this vault can recognise, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE receipt_key (
      public BLOB PRIMARY KEY, person_id INTEGER NOT NULL,
      leaf BLOB NOT NULL, place INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE receipt (
      leaf BLOB NOT NULL, place INTEGER NOT NULL, person_id INTEGER NOT NULL,
      entry_index INTEGER NOT NULL, commitment BLOB NOT NULL, public BLOB NOT NULL,
      logged_by REAL NOT NULL, sealed BLOB, who TEXT, staff TEXT, purpose TEXT,
      asked_at INTEGER, manner INTEGER, PRIMARY KEY (leaf, place)) STRICT""",
    """CREATE TABLE scanned (
      origin TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT""",
)
# Version 2: the relay was asked for the details and had none.
ANSWERED = ("ALTER TABLE receipt ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0",)
# Version 4: the moment before which its details are not asked for, on purpose.
HELD = ("ALTER TABLE receipt ADD COLUMN held_until REAL",)
_COLUMNS = (
    "leaf, place, entry_index, commitment, public, logged_by, sealed, who, staff, "
    "purpose, asked_at, manner, unanswered, held_until"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One opening: certain from the ledger; who it was, once details are confirmed.

    ``unanswered`` says that the relay was asked and holds no details: it has not
    released anything against this receipt so far.
    """

    leaf: bytes
    place: int
    entry_index: int
    commitment: bytes
    public: bytes
    logged_by: float
    sealed: bytes | None = field(default=None, repr=False)
    who: str | None = None
    staff: str | None = None
    purpose: str | None = None
    asked_at: int | None = None
    manner: int | None = None
    unanswered: bool = False
    held_until: float | None = None

    @property
    def confirmed(self) -> bool:
        """Whether the grant's own reader signed who opened it."""
        return self.who is not None


def add_keys(
    store: Store, keys: Iterable[bytes], *, person: int, leaf: bytes, first: int
) -> None:
    """Remember the public receipt keys of a permission from place *first* on."""
    store.run_many(
        "INSERT OR IGNORE INTO receipt_key VALUES (?, ?, ?, ?)",
        [(key, person, leaf, first + n) for n, key in enumerate(keys)],
    )


def owner(store: Store, public: bytes) -> tuple[int, bytes, int] | None:
    """Person, leaf and place of a receipt key; None where it is not ours."""
    row = store.one(
        "SELECT person_id, leaf, place FROM receipt_key WHERE public = ?", (public,)
    )
    return None if row is None else (row[0], row[1], row[2])


def add(store: Store, row: ReceiptRow, *, person: int) -> None:
    """Keep a receipt; only the first entry under a key counts."""
    store.run(
        "INSERT OR IGNORE INTO receipt (leaf, place, person_id, entry_index, "
        "commitment, public, logged_by, held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.leaf,
            row.place,
            person,
            row.entry_index,
            row.commitment,
            row.public,
            row.logged_by,
            row.held_until,
        ),
    )


def receipts(store: Store, *, person: int) -> list[ReceiptRow]:
    """Every receipt of a person, in the ledger's order."""
    sql = (
        f"SELECT {_COLUMNS} FROM receipt WHERE person_id = ? "  # noqa: S608 fixed
        "ORDER BY entry_index"
    )
    return [_row(row) for row in store.all(sql, (person,))]


def explain(
    store: Store,
    row: ReceiptRow,
    *,
    sealed: bytes,
    who: str | None = None,
    staff: str | None = None,
    purpose: str | None = None,
    asked_at: int | None = None,
    manner: int | None = None,
) -> None:
    """Keep the details of a receipt; without *who* they stay unconfirmed."""
    store.run(
        "UPDATE receipt SET sealed = ?, who = ?, staff = ?, purpose = ?, "
        "asked_at = ?, manner = ? WHERE leaf = ? AND place = ?",
        (sealed, who, staff, purpose, asked_at, manner, row.leaf, row.place),
    )


def mark_unanswered(store: Store, row: ReceiptRow) -> None:
    """Remember that the relay holds no details of a receipt."""
    store.run(
        "UPDATE receipt SET unanswered = 1 WHERE leaf = ? AND place = ?",
        (row.leaf, row.place),
    )


def scanned(store: Store, origin: str) -> int:
    """How many entries of a ledger have been searched for receipts."""
    return int(store.value("SELECT size FROM scanned WHERE origin = ?", (origin,)) or 0)


def mark_scanned(store: Store, origin: str, size: int) -> None:
    """Remember how far the search came."""
    store.run(
        "INSERT INTO scanned VALUES (?, ?) "
        "ON CONFLICT DO UPDATE SET size = excluded.size",
        (origin, size),
    )


def _row(row: tuple[Any, ...]) -> ReceiptRow:
    names = [name.strip() for name in _COLUMNS.split(",")]
    values = dict(zip(names, row, strict=True))
    return ReceiptRow(**{**values, "unanswered": bool(values["unanswered"])})
