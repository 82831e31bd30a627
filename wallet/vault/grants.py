"""The permissions a patient has signed, the readers they went to, and what is undone.

A permission's row is its own outbox: every step that still has to happen shows as a
column that is still empty, so a crash resumes with the same bytes. PROTOCOL.md 7, 11.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.grants.issue import Issued
    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE next_number (
      person_id INTEGER NOT NULL, dev INTEGER NOT NULL, kind TEXT NOT NULL,
      number INTEGER NOT NULL, PRIMARY KEY (person_id, dev, kind)) STRICT""",
    """CREATE TABLE reader (
      person_id INTEGER NOT NULL, dev INTEGER NOT NULL, number INTEGER NOT NULL,
      reader_id BLOB NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
      card BLOB NOT NULL, since REAL NOT NULL,
      PRIMARY KEY (person_id, dev, number)) STRICT""",
    """CREATE TABLE permission (
      leaf BLOB PRIMARY KEY, person_id INTEGER NOT NULL, dev INTEGER NOT NULL,
      number INTEGER NOT NULL, reader_number INTEGER NOT NULL,
      origin TEXT NOT NULL, relay TEXT, made_at REAL NOT NULL,
      signed BLOB NOT NULL, entry BLOB NOT NULL, manifest BLOB NOT NULL,
      grant_file BLOB NOT NULL, put_order BLOB, package TEXT,
      entry_index INTEGER, deposited_at REAL, proof BLOB, refused TEXT,
      replaces BLOB, ending TEXT, notice BLOB, noticed_at REAL,
      end_entry BLOB, end_index INTEGER, ended_at REAL, cleared_at REAL) STRICT""",
    """CREATE TABLE release (
      leaf BLOB NOT NULL, place INTEGER NOT NULL, entry_index INTEGER NOT NULL,
      released_at INTEGER NOT NULL, PRIMARY KEY (leaf, place)) STRICT""",
)

# Version 2: what was shown, counted when it was shared, and the file for a stick.
KEPT = (
    "ALTER TABLE permission ADD COLUMN contents TEXT",
    "ALTER TABLE permission ADD COLUMN offline_file BLOB",
    "ALTER TABLE permission ADD COLUMN carried_at REAL",
)
# Version 4: until when it waits on purpose before anything of it is sent.
HELD = ("ALTER TABLE permission ADD COLUMN held_until REAL",)

Contents = tuple[tuple[str, int], ...]

_COLUMNS = (
    "leaf, number, reader_number, origin, relay, made_at, signed, entry, manifest, "
    "grant_file, put_order, package, entry_index, deposited_at, proof, refused, "
    "replaces, ending, notice, noticed_at, end_entry, end_index, ended_at, cleared_at, "
    "contents, offline_file, carried_at, held_until"
)


class Ending(StrEnum):
    """Why a permission was ended by its patient."""

    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Step(StrEnum):
    """What a permission needs next, in this order.

    Of an end the ledger hears first: it answers within seconds or not at all, and a
    relay that takes its time must not hold up what counts everywhere.
    """

    SUBMIT = "submit"
    DEPOSIT = "deposit"
    COVER = "cover"
    SIGN_END = "sign_end"
    SUBMIT_END = "submit_end"
    NOTICE = "notice"
    COVER_END = "cover_end"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """A reader this wallet has a number for."""

    number: int
    reader_id: bytes
    name: str
    role: str
    card: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRow:
    """One permission with everything that has happened to it so far.

    ``contents`` says how many records of each class were shared; None where a
    program before version 2 of the vault did not count them. ``offline_file`` has
    both halves of the key; ``carried_at`` says when it first left this computer;
    ``package`` is kept beside the vault while the permission stands; ``held_until``
    is the moment before which nothing of it is sent, where it waits on purpose.
    """

    leaf: bytes
    number: int
    reader_number: int
    origin: str
    relay: str | None
    made_at: datetime
    signed: bytes = field(repr=False)
    entry: bytes = field(repr=False)
    manifest: bytes = field(repr=False)
    grant_file: bytes = field(repr=False)
    put_order: bytes | None = field(repr=False)
    package: str | None
    entry_index: int | None
    deposited_at: float | None
    proof: bytes | None = field(repr=False)
    refused: str | None
    replaces: bytes | None
    ending: Ending | None
    notice: bytes | None = field(repr=False)
    noticed_at: float | None
    end_entry: bytes | None = field(repr=False)
    end_index: int | None
    ended_at: float | None
    cleared_at: float | None
    contents: Contents | None
    offline_file: bytes | None = field(repr=False)
    carried_at: float | None
    held_until: float | None

    def steps(self) -> tuple[Step, ...]:
        """What is still to do, first things first; empty when all is done."""
        if self.refused is not None and self.ending is None:
            return ()  # nothing of it is in the ledger
        begun = {
            Step.SUBMIT: self.entry_index is None,
            Step.DEPOSIT: self.put_order is not None
            and self.deposited_at is None
            and self.ending is None,
            Step.COVER: self.proof is None and self.ending is None,
        }
        ended = {
            Step.SIGN_END: self.end_entry is None,
            Step.SUBMIT_END: self.end_index is None,
            Step.NOTICE: self.relay is not None and self.noticed_at is None,
            Step.COVER_END: self.ended_at is None,
            Step.CLEAR: self.relay is not None and self.cleared_at is None,
        }
        due = {**begun, **(ended if self.ending is not None else {})}
        return tuple(step for step, undone in due.items() if undone)


def take_number(store: Store, *, person: int, dev: int, kind: str) -> int:
    """Use up the next number of a kind; durable once the transaction is."""
    key = (person, dev, kind)
    asked = "SELECT number FROM next_number WHERE (person_id, dev, kind) = (?, ?, ?)"
    number = int(store.value(asked, key) or 0)
    store.run(
        "INSERT INTO next_number VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET number = excluded.number",
        (*key, number + 1),
    )
    return number


def reader_by_id(store: Store, *, person: int, reader_id: bytes) -> ReaderRow | None:
    """The reader with these keys, if this wallet has met it."""
    return _reader(
        store.one(
            "SELECT number, reader_id, name, role, card FROM reader "
            "WHERE person_id = ? AND reader_id = ?",
            (person, reader_id),
        )
    )


def reader_names(store: Store, *, person: int) -> list[str]:
    """What every reader this wallet has met is called."""
    rows = store.all("SELECT name FROM reader WHERE person_id = ?", (person,))
    return [name for (name,) in rows]


def reader_by_number(store: Store, *, person: int, number: int) -> ReaderRow:
    """The reader a permission row names."""
    found = _reader(
        store.one(
            "SELECT number, reader_id, name, role, card FROM reader "
            "WHERE person_id = ? AND number = ?",
            (person, number),
        )
    )
    if found is None:
        raise LookupError("a permission names a reader that is not there")
    return found


def add_reader(
    store: Store, reader: ReaderRow, *, person: int, dev: int, since: datetime
) -> None:
    """Keep a new reader under its number."""
    store.run(
        "INSERT INTO reader VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            person,
            dev,
            reader.number,
            reader.reader_id,
            reader.name,
            reader.role,
            reader.card,
            since.timestamp(),
        ),
    )


def add_permission(
    store: Store,
    issued: Issued,
    *,
    person: int,
    dev: int,
    number: int,
    reader_number: int,
    package: str | None,
    grant_file: bytes,
    contents: Contents,
    made_at: datetime,
    replaces: bytes | None,
    held_until: datetime | None = None,
) -> None:
    """Keep every byte of a Share, and with it everything that has to be sent."""
    row = {
        "leaf": issued.leaf,
        "person_id": person,
        "dev": dev,
        "number": number,
        "reader_number": reader_number,
        "origin": issued.permission.origin,
        "relay": issued.permission.relay,
        "made_at": made_at.timestamp(),
        "signed": issued.signed,
        "entry": issued.entry,
        "manifest": issued.manifest,
        "grant_file": grant_file,
        "put_order": issued.order,
        "package": package,
        "replaces": replaces,
        "contents": json.dumps(contents),
        "offline_file": issued.offline_file,
        "carried_at": None if issued.order else made_at.timestamp(),
        "held_until": None if held_until is None else held_until.timestamp(),
    }
    marks = ", ".join("?" for _ in row)
    # The names are this function's own, so nothing of the outside enters the SQL.
    sql = f"INSERT INTO permission ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 own text only
    store.run(sql, tuple(row.values()))


def permissions(store: Store, *, person: int) -> list[PermissionRow]:
    """Every permission, newest first."""
    sql = (
        f"SELECT {_COLUMNS} FROM permission WHERE person_id = ? "  # noqa: S608 fixed
        "ORDER BY made_at DESC, number DESC"
    )
    return [_permission(row) for row in store.all(sql, (person,))]


def permission(store: Store, *, leaf: bytes) -> PermissionRow | None:
    """One permission by its leaf hash."""
    sql = f"SELECT {_COLUMNS} FROM permission WHERE leaf = ?"  # noqa: S608 fixed
    row = store.one(sql, (leaf,))
    return None if row is None else _permission(row)


def undone(store: Store, *, person: int) -> list[PermissionRow]:
    """Permissions with steps left, oldest first."""
    rows = reversed(permissions(store, person=person))
    return [row for row in rows if row.steps()]


_SETTABLE = frozenset(
    {
        "entry_index",
        "deposited_at",
        "proof",
        "refused",
        "ending",
        "notice",
        "noticed_at",
        "end_entry",
        "end_index",
        "ended_at",
        "cleared_at",
        "package",
        "carried_at",
        "held_until",
    }
)


def note(store: Store, leaf: bytes, **done: object) -> None:
    """Write down what has happened to a permission.

    Raises:
        ValueError: a column that never changes once it is signed.
    """
    if not done.keys() <= _SETTABLE:
        raise ValueError("signed bytes do not change")
    sets = ", ".join(f"{column} = ?" for column in done)
    sql = f"UPDATE permission SET {sets} WHERE leaf = ?"  # noqa: S608 names from above
    store.run(sql, (*done.values(), leaf))


def add_releases(
    store: Store, leaf: bytes, releases: Iterable[tuple[int, int, int]]
) -> None:
    """Keep what a relay says it released: place, receipt index, POSIX time."""
    store.run_many(
        "INSERT OR IGNORE INTO release VALUES (?, ?, ?, ?)",
        [(leaf, *release) for release in releases],
    )


def releases(store: Store, leaf: bytes) -> list[tuple[int, int, int]]:
    """Every release known of a permission, by time."""
    sql = (
        "SELECT place, entry_index, released_at FROM release WHERE leaf = ? "
        "ORDER BY released_at, place"
    )
    return [(int(a), int(b), int(c)) for a, b, c in store.all(sql, (leaf,))]


def _reader(row: tuple[Any, ...] | None) -> ReaderRow | None:
    if row is None:
        return None
    number, reader_id, name, role, card = row
    return ReaderRow(
        number=number, reader_id=reader_id, name=name, role=role, card=card
    )


def _permission(row: tuple[Any, ...]) -> PermissionRow:
    names = [name.strip() for name in _COLUMNS.split(",")]
    values = dict(zip(names, row, strict=True))
    made_at = datetime.fromtimestamp(values.pop("made_at"), tz=UTC)
    ending = values.pop("ending")
    contents = values.pop("contents")
    return PermissionRow(
        **values,
        made_at=made_at,
        contents=None
        if contents is None
        else tuple((name, count) for name, count in json.loads(contents)),
        ending=None if ending is None else Ending(ending),
    )
