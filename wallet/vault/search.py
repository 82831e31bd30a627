"""Full text as you type, over external content so that erasure leaves no word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wallet.vault.records import by_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.records.record import Record
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
_WORD = re.compile(r"\w+")
_MOST_WORDS = 8
_MOST_LETTERS = 40


class Text(NamedTuple):
    """What is looked for in one record."""

    row: int
    title: str
    words: str


def search(
    store: Store,
    text: str,
    *,
    person: int = 0,
    category: str | None = None,
    limit: int = 50,
) -> list[Record]:
    """The newest records that hold every word of *text*, the last one as a beginning.

    Empty or unspeakable *text* finds nothing.
    """
    asked = _query(text)
    if not asked:
        return []
    rows = store.all(
        "SELECT r.row FROM record_text AS t JOIN record AS r ON r.row = t.rowid "
        "WHERE record_text MATCH ? AND r.person_id = ? "
        "AND (? IS NULL OR r.category = ?) ORDER BY r.start DESC LIMIT ?",
        (asked, person, category, category, limit),
    )
    return by_rows(store, [row[0] for row in rows])


def how_many(
    store: Store, text: str, *, person: int = 0, category: str | None = None
) -> int:
    """The number of records `search` would find without a limit."""
    asked = _query(text)
    if not asked:
        return 0
    found = store.value(
        "SELECT count(*) FROM record_text AS t JOIN record AS r ON r.row = t.rowid "
        "WHERE record_text MATCH ? AND r.person_id = ? "
        "AND (? IS NULL OR r.category = ?)",
        (asked, person, category, category),
    )
    return int(found)


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


def _query(text: str) -> str:
    """Quote every word, so that nothing typed is understood as an operator."""
    words = [word[:_MOST_LETTERS] for word in _WORD.findall(text)[:_MOST_WORDS]]
    # A word joined by "_" would be split again inside the quotes: that is a phrase.
    return " ".join(f'"{word}"*' for word in words)
