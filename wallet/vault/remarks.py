"""What a patient adds to a record for herself: notes, tags and files.

None of it is a record, so no scope can name it and no package holds it (PROTOCOL.md
12, field 24, has no word for it); it goes along only with her own copy of everything.
Files are kept like sources: sealed, in parts, each under a key of its own. All of it
is found by search with its record, and goes when the record is erased.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.keys.record_cipher import item_id, new_key, seal
from wallet.vault import records, search, settings
from wallet.vault.clusters import behind_of
from wallet.vault.moments import moment
from wallet.vault.sources import original_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE note (
        person_id INTEGER NOT NULL,
        record_row INTEGER NOT NULL,
        id BLOB NOT NULL,
        text TEXT NOT NULL,
        written_at INTEGER NOT NULL,
        PRIMARY KEY (record_row, id)
    ) WITHOUT ROWID""",
    """CREATE TABLE tag (
        person_id INTEGER NOT NULL,
        record_row INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (record_row, name)
    ) WITHOUT ROWID""",
    """CREATE TABLE attachment (
        person_id INTEGER NOT NULL,
        record_row INTEGER NOT NULL,
        id BLOB NOT NULL,
        first_row INTEGER NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        text TEXT NOT NULL,
        added_at INTEGER NOT NULL,
        PRIMARY KEY (record_row, id)
    ) WITHOUT ROWID""",
)
_ID = 8
_ITEMS = "items"
_OF_NO_FILE = 0
# Behind it stand the words of remarks; FTS takes it for a gap between words.
_BEHIND = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A few lines about a record."""

    note_id: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file beside a record; ``size`` in bytes."""

    attachment_id: str
    name: str
    media_type: str
    size: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Everything a patient added to one record."""

    notes: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.notes or self.tags or self.attachments)


def of(store: Store, record_id: bytes, *, person: int = 0) -> Remarks:
    """Everything that was added to a record, in the order it came."""
    row = records.row_of(store, record_id, person=person)
    notes = store.all(
        "SELECT id, text, written_at FROM note WHERE record_row = ? "
        "ORDER BY written_at, id",
        (row,),
    )
    tags = store.all("SELECT name FROM tag WHERE record_row = ? ORDER BY 1", (row,))
    files = store.all(
        "SELECT id, name, media_type, size, added_at FROM attachment "
        "WHERE record_row = ? ORDER BY added_at, id",
        (row,),
    )
    return Remarks(
        notes=tuple(
            Note(note_id=key.hex(), text=text, written_at=moment(at))
            for key, text, at in notes
        ),
        tags=tuple(name for (name,) in tags),
        attachments=tuple(
            Attachment(
                attachment_id=key.hex(),
                name=name,
                media_type=kind,
                size=size,
                added_at=moment(at),
            )
            for key, name, kind, size, at in files
        ),
    )


def having_any(store: Store, *, person: int = 0) -> list[bytes]:
    """The records that something was added to."""
    rows = store.all(
        "SELECT id FROM record WHERE person_id IN (?1, ?2) AND row IN ("
        "SELECT record_row FROM note UNION SELECT record_row FROM tag "
        "UNION SELECT record_row FROM attachment) ORDER BY row",
        (person, behind_of(person)),
    )
    return [record_id for (record_id,) in rows]


def add_note(
    store: Store, record_id: bytes, text: str, *, at: datetime, person: int = 0
) -> str:
    """Add a note; answers its id."""
    row, name = (
        records.row_of(store, record_id, person=person),
        secrets.token_bytes(_ID),
    )
    store.run(
        "INSERT INTO note VALUES (?, ?, ?, ?, ?)",
        (person, row, name, text, int(at.timestamp())),
    )
    index(store, row)
    return name.hex()


def remove_note(store: Store, record_id: bytes, note: bytes, *, person: int) -> None:
    """Take a note away for good.

    Raises:
        UsageError: this record has no such note.
    """
    row = records.row_of(store, record_id, person=person)
    if not store.run("DELETE FROM note WHERE record_row = ? AND id = ?", (row, note)):
        raise UsageError("this record has no such note")
    index(store, row)


def add_tag(store: Store, record_id: bytes, name: str, *, person: int) -> None:
    """Add a tag; one that is there stays."""
    row = records.row_of(store, record_id, person=person)
    store.run("INSERT OR IGNORE INTO tag VALUES (?, ?, ?)", (person, row, name))
    index(store, row)


def remove_tag(store: Store, record_id: bytes, name: str, *, person: int) -> None:
    """Take a tag away.

    Raises:
        UsageError: this record does not have it.
    """
    row = records.row_of(store, record_id, person=person)
    if not store.run("DELETE FROM tag WHERE record_row = ? AND name = ?", (row, name)):
        raise UsageError("this record has no such tag")
    index(store, row)


def attach(
    store: Store,
    record_id: bytes,
    parts: Iterable[bytes],
    *,
    name: str,
    media_type: str,
    text: str,
    at: datetime,
    person: int = 0,
) -> str:
    """Keep a file beside a record; answers its id.

    Args:
        store: In a transaction.
        record_id: The record.
        parts: The file, piece by piece; each is sealed by itself.
        name: What it is called, for eyes only.
        media_type: Such as ``application/pdf``.
        text: What search finds in it.
        at: When it was added.
        person: Whose record it is.
    """
    row, key = records.row_of(store, record_id, person=person), secrets.token_bytes(_ID)
    first, size = 0, 0
    for number, part in enumerate(parts):
        item = _keep(store, part, person)
        first, size = first or item, size + len(part)
        store.run(
            "INSERT INTO original VALUES (?, ?, ?, ?, ?, 0)",
            (first, number, person, item, media_type),
        )
    store.run(
        "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (person, row, key, first, name, media_type, size, text, int(at.timestamp())),
    )
    index(store, row)
    return key.hex()


def open_attachment(
    store: Store, record_id: bytes, attachment: bytes, *, person: int
) -> Iterator[bytes]:
    """The bytes of an attached file, part by part.

    Raises:
        UsageError: this record has no such file.
    """
    row = records.row_of(store, record_id, person=person)
    first = _first_part(store, row, attachment)
    return original_of(store, first, place="").pieces()


def detach(store: Store, record_id: bytes, attachment: bytes, *, person: int) -> None:
    """Take a file away for good: its bytes and its keys.

    Raises:
        UsageError: this record has no such file.
    """
    row = records.row_of(store, record_id, person=person)
    _drop_file(store, _first_part(store, row, attachment))
    store.run(
        "DELETE FROM attachment WHERE record_row = ? AND id = ?", (row, attachment)
    )
    index(store, row)


def drop(store: Store, row: int) -> None:
    """Everything added to a record goes with it; its words are forgotten already."""
    files = store.all("SELECT first_row FROM attachment WHERE record_row = ?", (row,))
    for (first,) in files:
        _drop_file(store, first)
    for sql in (
        "DELETE FROM attachment WHERE record_row = ?",
        "DELETE FROM note WHERE record_row = ?",
        "DELETE FROM tag WHERE record_row = ?",
    ):
        store.run(sql, (row,))


def index(store: Store, row: int) -> None:
    """Let search find a record by what was added to it, and no more by what was not."""
    said = [
        text
        for (text,) in store.all(
            "SELECT text FROM note WHERE record_row = ?1 UNION ALL "
            "SELECT name FROM tag WHERE record_row = ?1 UNION ALL "
            "SELECT name || ' ' || text FROM attachment WHERE record_row = ?1",
            (row,),
        )
    ]
    old = search.text_of(store, row)
    own = old.words.partition(_BEHIND)[0]
    words = _BEHIND.join((own, *said))
    if words == old.words:
        return
    search.forget(store, [old])
    store.run("UPDATE record SET words = ? WHERE row = ?", (words, row))
    search.add(store, [old._replace(words=words)])


def _keep(store: Store, part: bytes, person: int) -> int:
    row = settings.get_number(store, _ITEMS) + 1
    settings.put(store, _ITEMS, row)
    name, key = item_id(settings.vault_key(store), part), new_key()
    sealed = seal(zlib.compress(part, 1), key=key, bound_to=name)
    store.run(
        "INSERT INTO item VALUES (?,?,?,?,?,?,?)",
        (row, person, name, _OF_NO_FILE, "", "attached", sealed),
    )
    store.run("INSERT INTO item_key VALUES (?,?,?)", (row, person, key))
    return row


def _drop_file(store: Store, first: int) -> None:
    parts = store.all("SELECT item_row FROM original WHERE first_row = ?", (first,))
    for (item,) in parts:
        store.run("DELETE FROM item_key WHERE item_row = ?", (item,))
        store.run("DELETE FROM item WHERE row = ?", (item,))
    store.run("DELETE FROM original WHERE first_row = ?", (first,))


def _first_part(store: Store, row: int, attachment: bytes) -> int:
    first = store.value(
        "SELECT first_row FROM attachment WHERE record_row = ? AND id = ?",
        (row, attachment),
    )
    if first is None:
        raise UsageError("this record has no such file")
    return int(first)
