"""Erases a record for good: its bytes, its words, its key, and says that it was.

The key goes first in importance: without it every copy in a backup, a package or an old
page is noise. The list of what was erased is replayed after a restore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.vault import likeness, remarks, search, settings
from wallet.vault.clusters import rows_behind
from wallet.vault.sources import BY_HAND

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE erasure (
        person_id INTEGER NOT NULL,
        record_id BLOB NOT NULL,
        erased_at INTEGER NOT NULL,
        PRIMARY KEY (person_id, record_id)
    ) WITHOUT ROWID""",
)


def erase(store: Store, record_id: bytes, *, at: datetime, person: int = 0) -> None:
    """Erase every version of a record, and bring the erasure onto the disk.

    Raises:
        UsageError: there is no such record.
    """
    row = store.value(
        "SELECT row FROM record WHERE id = ? AND person_id = ?", (record_id, person)
    )
    if row is None:
        raise UsageError("there is no such record")
    with store.transaction():
        # What a person said is the same record goes with it.
        for kin in (row, *rows_behind(store, row)):
            likeness.forget(store, kin, salt=settings.vault_key(store))
            _drop(store, kin)
        store.run(
            "INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)",
            (person, record_id, int(at.timestamp())),
        )
    # Until the log is cut, the main file still holds every old page.
    store.checkpoint()


def _drop(store: Store, row: int) -> None:
    items = [
        item
        for (item,) in store.all(
            "SELECT item_row FROM version WHERE record_row = ? "
            "UNION SELECT item_row FROM record_name "
            "WHERE record_row = ? AND item_row > 0",
            (row, row),
        )
    ]
    originals, written = _originals(store, items), _by_hand(store, row)
    search.forget(store, [search.text_of(store, row)])
    remarks.drop(store, row)
    for sql in (
        "DELETE FROM version WHERE record_row = ?",
        "DELETE FROM record_name WHERE record_row = ?",
        "DELETE FROM label WHERE record_row = ?",
        "DELETE FROM link WHERE record_row = ?",
        "DELETE FROM sighting WHERE record_row = ?",
        "DELETE FROM record WHERE row = ?",
    ):
        store.run(sql, (row,))
    for item in items:
        shared = store.value("SELECT 1 FROM version WHERE item_row = ?", (item,))
        if not shared:
            _drop_item(store, item)
    # What else came out of the same original has its own bytes and stays.
    for item in originals:
        _drop_item(store, item)
    for source in written:
        store.run("DELETE FROM source WHERE row = ?", (source,))


def _by_hand(store: Store, row: int) -> list[int]:
    """Sources that are nothing but what the patient wrote of this record."""
    rows = store.all(
        "SELECT s.row FROM version AS v JOIN item AS i ON i.row = v.item_row "
        "JOIN source AS s ON s.row = i.source_row "
        "WHERE v.record_row = ? AND s.kind = ?",
        (row, BY_HAND),
    )
    return [source for (source,) in rows]


def _originals(store: Store, items: list[int]) -> set[int]:
    """Every item of every original these items are, or came out of."""
    found: set[int] = set()
    for item in items:
        found.update(
            row
            for (row,) in store.all(
                "SELECT origin_row FROM derivation WHERE item_row = ?1 UNION "
                "SELECT o.item_row FROM original AS o LEFT JOIN derivation AS d "
                "ON d.item_row = ?1 WHERE o.first_row IN (?1, d.origin_row)",
                (item,),
            )
        )
    return found


def _drop_item(store: Store, item: int) -> None:
    name = store.value("SELECT substr(id, 1, 16) FROM item WHERE row = ?", (item,))
    # Else the same bytes, brought in again, would be taken for kept.
    store.run("DELETE FROM record_name WHERE name = ? AND item_row = ?", (name, item))
    store.run("DELETE FROM derivation WHERE item_row = ?", (item,))
    store.run("DELETE FROM original WHERE item_row = ?", (item,))
    store.run("DELETE FROM item_key WHERE item_row = ?", (item,))
    store.run("DELETE FROM item WHERE row = ?", (item,))
