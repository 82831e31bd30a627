"""Full text over external content, so that erasure leaves no word; see `finding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.store.connection import Store

# Prefix indexes of one and two letters answer the first key strokes; secure-delete
# takes an erased word out of the index itself, not only out of its results.
SCHEMA = (
    """CREATE VIRTUAL TABLE record_text USING fts5 (
        title, words, content = 'record', content_rowid = 'row',
        tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2'
    )""",
    "INSERT INTO record_text (record_text, rank) VALUES ('secure-delete', 1)",
)


class Text(NamedTuple):
    """What is looked for in one record."""

    row: int
    title: str
    words: str


def add(store: Store, texts: Iterable[Text]) -> None:
    """Make records findable that have just got their row."""
    store.run_many(
        "INSERT INTO record_text (rowid, title, words) VALUES (?, ?, ?)", texts
    )


def forget(store: Store, texts: Iterable[Text]) -> None:
    """Take words out again; they must be exactly those that were added."""
    store.run_many(
        "INSERT INTO record_text (record_text, rowid, title, words) "
        "VALUES ('delete', ?, ?, ?)",
        texts,
    )


def text_of(store: Store, row: int) -> Text:
    """What a record is found by at present."""
    found = store.one("SELECT row, title, words FROM record WHERE row = ?", (row,))
    return Text(*found) if found else Text(row, "", "")
