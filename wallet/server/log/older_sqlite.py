"""What an older database of a log lacks, added when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import SHAPES, Entry
from wallet.ledger.tiles import WIDTH, decode_bundle
from wallet.server.log import statements
from wallet.statement import Name, parse

if TYPE_CHECKING:
    import sqlite3

# Every leaf below `head.listed` stands in the table of leaves; those from there on may.
LISTED = "SELECT listed, size FROM head"
LIST = "UPDATE head SET listed = ?"


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Add the columns that *db* lacks, within a transaction of the caller's.

    Raises:
        StoreDamagedError: a logged change has no entry to take its number from.
    """
    if not _has(db, "change", "seq"):
        db.execute("ALTER TABLE change ADD COLUMN seq INTEGER NOT NULL DEFAULT 0")
        _number_changes(db)
    if not _has(db, "head", "listed"):
        db.execute("ALTER TABLE head ADD COLUMN listed INTEGER NOT NULL DEFAULT 0")
        db.execute("UPDATE head SET listed = size")  # every leaf was, with its entry


def _has(db: sqlite3.Connection, table: str, column: str) -> bool:
    names = db.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return (column,) in names.fetchall()


def _number_changes(db: sqlite3.Connection) -> None:
    """Give the changes of an older database their numbers, from the entries."""
    for (at,) in db.execute("SELECT idx FROM change").fetchall():
        row = db.execute(statements.BUNDLE, (at // WIDTH,)).fetchone()
        data = decode_bundle(row[0] if row else b"")[at % WIDTH : at % WIDTH + 1]
        if not data:
            raise StoreDamagedError("a logged change is missing")
        read = parse(data[0], name=Name.STATUS, fields=SHAPES[Name.STATUS])
        number = Entry(read).change.seq
        db.execute("UPDATE change SET seq=? WHERE idx=?", (number, at))
