"""Files about somebody else, held apart: their bytes are kept, no record is made.

Such a file belongs to nobody's list, so no timeline, search, scope or export can reach
it. It is read only if the patient says that it is theirs after all.
"""

from __future__ import annotations

import io
import json
import secrets
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from wallet.errors import UsageError
from wallet.keys.record_cipher import item_id, new_key, seal
from wallet.records.found import PART
from wallet.records.person import Demographics
from wallet.records.record import Label
from wallet.vault import settings, sources
from wallet.vault.moments import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from wallet.store.connection import Store
    from wallet.vault.sources import Origin

SCHEMA = (
    """CREATE TABLE held (
        source_row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        state TEXT NOT NULL,
        people TEXT NOT NULL,
        medium TEXT NOT NULL
    )""",
)
_LEVEL = 1
_STATUS = "held"


class State(StrEnum):
    """What the patient said of a file about somebody else."""

    OPEN = "open"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """What the medium of a file said of it: needed where it is read after all."""

    name: str = ""
    title: str = ""
    labels: tuple[Label, ...] = ()

    def to_json(self) -> str:
        """The words, to be kept."""
        held = [[one.code, one.system, one.basis] for one in self.labels]
        return json.dumps([self.name, self.title, held])

    @staticmethod
    def from_json(text: str) -> Medium:
        """The other way round."""
        name, title, held = json.loads(text)
        marked = tuple(Label(code=c, system=s, basis=b) for c, s, b in held)
        return Medium(name=name, title=title, labels=marked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One file held apart; ``key`` names it in questions and answers."""

    row: int
    key: str
    name: str
    state: State
    people: tuple[Demographics, ...]
    medium: Medium
    sha256: bytes
    size: int
    arrived: datetime
    answer: str


def nobodys(person: int) -> int:
    """Whose list a file is in that may be about somebody else than *person*."""
    return -1 - person


def hold(
    store: Store,
    origin: Origin,
    file: BinaryIO,
    *,
    people: Sequence[Demographics],
    medium: Medium,
    state: State,
    format_name: str,
    answer: str,
) -> str:
    """Keep every byte of *file*, apart; answers its key. Within a transaction."""
    row, salt = sources.next_row(store), settings.vault_key(store)
    apart = nobodys(origin.person)
    item = settings.get_number(store, settings.ITEMS)
    layout: list[tuple[bytes, int]] = []
    while part := file.read(PART):
        item += 1
        name, key = item_id(salt, part), new_key()
        packed = seal(zlib.compress(part, _LEVEL), key=key, bound_to=name)
        store.run(
            "INSERT INTO item VALUES (?,?,?,?,?,?,?)",
            (item, apart, name, row, f"part {len(layout) + 1}", _STATUS, packed),
        )
        store.run("INSERT INTO item_key VALUES (?,?,?)", (item, apart, key))
        layout.append((b"", item))
    settings.put(store, settings.ITEMS, item)
    sequence = settings.get_number(store, settings.SEQUENCE) + 1
    settings.put(store, settings.SEQUENCE, sequence)
    key = secrets.token_bytes(16)
    sources.add(
        store,
        sources.owned_by(origin, apart),
        row=row,
        seq=sequence,
        org=None,
        format_name=format_name,
        layout=layout,
        answer=answer,
        source_id=key,
    )
    store.run(
        "INSERT INTO held VALUES (?, ?, ?, ?, ?)",
        (
            row,
            origin.person,
            state.value,
            json.dumps([one.as_json() for one in people]),
            medium.to_json(),
        ),
    )
    return key.hex()


def files(store: Store, *, person: int) -> list[Held]:
    """Every file held apart, newest first."""
    rows = store.all(f"{_ASKED} WHERE h.person_id = ? ORDER BY s.row DESC", (person,))
    return [_held(row) for row in rows]


def by_digest(store: Store, sha256: bytes, *, person: int) -> Held | None:
    """The file with these bytes, if it is held apart."""
    row = store.one(
        f"{_ASKED} WHERE s.sha256 = ? AND h.person_id = ?", (sha256, person)
    )
    return None if row is None else _held(row)


def find(store: Store, key: str, *, person: int) -> Held:
    """The file that goes by *key*.

    Raises:
        UsageError: there is none.
    """
    for one in files(store, person=person):
        if one.key == key:
            return one
    raise UsageError("there is no such file held apart")


def answer(store: Store, one: Held, state: State) -> None:
    """Keep what the patient said of a file that stays apart."""
    store.run("UPDATE held SET state = ? WHERE source_row = ?", (state.value, one.row))


def opened(store: Store, one: Held) -> BinaryIO:
    """The file, read from the vault part by part: it never lies on the disk."""
    rows = [item for _, item in sources.layout_of(store, one.row)]
    return io.BufferedReader(_Parts(store, rows, one.size), buffer_size=1 << 20)


def drop(store: Store, one: Held) -> None:
    """Let go of the bytes here: they have been taken in as records."""
    for _, item in sources.layout_of(store, one.row):
        store.run("DELETE FROM item_key WHERE item_row = ?", (item,))
        store.run("DELETE FROM item WHERE row = ?", (item,))
    store.run("DELETE FROM held WHERE source_row = ?", (one.row,))
    store.run("DELETE FROM source WHERE row = ?", (one.row,))


class _Parts(io.RawIOBase):
    """The items of a file as one seekable stream; the last one opened is kept."""

    def __init__(self, store: Store, rows: Sequence[int], size: int) -> None:
        super().__init__()
        self._store, self._rows, self._size = store, rows, size
        self._at = 0
        self._number, self._part = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}
        self._at = max(0, start[whence] + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 any writable buffer
        number, start = divmod(self._at, PART)
        if self._at >= self._size:
            return 0
        if number != self._number:
            self._part = sources.open_item(self._store, self._rows[number])
            self._number = number
        piece = self._part[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


_ASKED = (
    "SELECT s.row, s.id, s.name, h.state, h.people, h.medium, s.sha256, s.size, "
    "s.imported_at, s.answer FROM held AS h JOIN source AS s ON s.row = h.source_row"
)


def _held(row: Sequence[Any]) -> Held:
    number, key, name, state, people, medium, sha256, size, at, said = row
    return Held(
        row=number,
        key=key.hex(),
        name=name,
        state=State(state),
        people=tuple(Demographics.from_json(one) for one in json.loads(people)),
        medium=Medium.from_json(medium),
        sha256=sha256,
        size=size,
        arrived=moment(at),
        answer=said,
    )
