"""Where records came from: every file that was taken in, item by item, byte by byte."""

from __future__ import annotations

import json
import secrets
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.keys.record_cipher import new_key, open_sealed, seal
from wallet.vault import sightings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE source (
        row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        id BLOB NOT NULL UNIQUE,
        dev INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        format TEXT NOT NULL,
        name TEXT NOT NULL,
        org TEXT,
        imported_at INTEGER NOT NULL,
        tool_version TEXT NOT NULL,
        sha256 BLOB NOT NULL,
        size INTEGER NOT NULL,
        key BLOB NOT NULL,
        layout BLOB NOT NULL,
        answer TEXT NOT NULL,
        signature_state TEXT NOT NULL,
        issuer TEXT
    )""",
    """CREATE INDEX source_by_digest ON source (sha256)""",
    """CREATE TABLE item (
        row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        id BLOB NOT NULL,
        source_row INTEGER NOT NULL,
        place TEXT NOT NULL,
        status TEXT NOT NULL,
        sealed BLOB NOT NULL
    )""",
    """CREATE TABLE item_key (
        item_row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        key BLOB NOT NULL
    )""",
)
DERIVED = (
    # A record worked out from another format: its own item is the R4 resource, which
    # lies in no file; ``origin_row`` is the (first) item it came out of.
    """CREATE TABLE derivation (
        item_row INTEGER PRIMARY KEY,
        person_id INTEGER NOT NULL,
        origin_row INTEGER NOT NULL,
        reader TEXT NOT NULL
    )""",
    """CREATE INDEX derivation_by_origin ON derivation (origin_row)""",
    # The items that together are one original, and what they are.
    """CREATE TABLE original (
        first_row INTEGER NOT NULL,
        number INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        item_row INTEGER NOT NULL,
        format TEXT NOT NULL,
        packed INTEGER NOT NULL,
        PRIMARY KEY (first_row, number)
    ) WITHOUT ROWID""",
)
BY_HAND = "by_hand"
"""The kind of a source that is no file: what the patient wrote."""
_PIECE = 1 << 20
_TOGETHER = 4_096  # items of a layout
_ABSENT = 0  # stands for the item behind the last gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a file came from and when; ``name`` is shown, ``dev`` is ours."""

    name: str
    sha256: bytes
    size: int
    at: datetime
    dev: int
    person: int = 0
    kind: str = "file"
    tool_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that was taken in."""

    row: int
    name: str
    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a record came out of.

    ``reader`` says who worked the record out of it ("c-cda 1"), empty where the
    record lies in it as it is. ``whole`` is false where it went with another record
    that was erased; then ``pieces`` gives nothing.
    """

    form: str
    place: str
    reader: str
    whole: bool
    pieces: Callable[[], Iterator[bytes]]


def owned_by(origin: Origin, person: int) -> Origin:
    """The same file, in the list of *person*."""
    return replace(origin, person=person)


def next_row(store: Store) -> int:
    """The row the next source gets."""
    return int(store.value("SELECT coalesce(max(row), 0) + 1 FROM source"))


def add(
    store: Store,
    origin: Origin,
    *,
    row: int,
    seq: int,
    org: str | None,
    format_name: str,
    layout: Iterable[tuple[bytes, int]],
    answer: str,
    source_id: bytes = b"",
) -> None:
    """Write a source; *layout* is each gap and the item behind it, 0 at the end."""
    key, source_id = new_key(), source_id or secrets.token_bytes(16)
    packed = b"".join(_packed(layout))
    store.run(
        "INSERT INTO source VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            row,
            origin.person,
            source_id,
            origin.dev,
            seq,
            origin.kind,
            format_name,
            origin.name,
            org,
            int(origin.at.timestamp()),
            origin.tool_version,
            origin.sha256,
            origin.size,
            key,
            seal(packed, key=key, bound_to=source_id),
            answer,
            "unsigned",
            None,
        ),
    )


def _packed(layout: Iterable[tuple[bytes, int]]) -> Iterator[bytes]:
    """A layout as compressed JSON, some thousand items at a time, never all of it."""
    press, joint = zlib.compressobj(6), b"["
    places = ([gap.decode("latin-1"), item] for gap, item in layout)
    while part := list(islice(places, _TOGETHER)):
        yield press.compress(joint + json.dumps(part)[1:-1].encode())
        joint = b", "
    yield press.compress(b"[]" if joint == b"[" else b"]")
    yield press.flush()


def answer_of(store: Store, sha256: bytes, *, person: int = 0) -> str | None:
    """What an import said of this very file, if every item of it is still here."""
    for row, answer in store.all(
        "SELECT row, answer FROM source WHERE sha256 = ? AND person_id = ?",
        (sha256, person),
    ):
        if _is_whole(store, layout_of(store, row)):
            return str(answer)
    return None


def forget_older(store: Store, sha256: bytes, *, person: int = 0) -> None:
    """Drop what an earlier reading of a file kept, once a later one reads more of it.

    Only the newest source of the file stays; items that it shares with an older one
    stay with it, and a source that records came of stays as it is.
    """
    rows = [
        row
        for (row,) in store.all(
            "SELECT row FROM source WHERE sha256 = ? AND person_id = ? ORDER BY row",
            (sha256, person),
        )
    ]
    held = {item for _, item in layout_of(store, rows[-1])} if rows else set()
    for row in rows[:-1]:
        items = {item for _, item in layout_of(store, row)} - held - {_ABSENT}
        used = store.one("SELECT 1 FROM record WHERE source_row = ? LIMIT 1", (row,))
        if used or any(_is_used(store, item) for item in items):
            continue
        for item in items:
            for sql in _FORGOTTEN:
                store.run(sql, (item,))
        sightings.forget(store, source_row=row)
        store.run("DELETE FROM source WHERE row = ?", (row,))


_FORGOTTEN = (
    "DELETE FROM record_name WHERE item_row = ?",
    "DELETE FROM original WHERE item_row = ?",
    "DELETE FROM item_key WHERE item_row = ?",
    "DELETE FROM item WHERE row = ?",
)


def _is_used(store: Store, item: int) -> bool:
    return any(
        store.one(sql, (item,))
        for sql in (
            "SELECT 1 FROM version WHERE item_row = ? LIMIT 1",
            "SELECT 1 FROM derivation WHERE origin_row = ? LIMIT 1",
        )
    )


def whole_sources(store: Store, *, person: int = 0) -> list[Source]:
    """Every file that can still be given back byte for byte."""
    rows = store.all(
        "SELECT row, name, sha256, size FROM source "
        "WHERE person_id = ? AND kind <> ? ORDER BY row",
        (person, BY_HAND),
    )
    return [
        Source(row=row, name=name, sha256=sha256, size=size)
        for row, name, sha256, size in rows
        if _is_whole(store, layout_of(store, row))
    ]


def of_format(store: Store, format_name: str, *, person: int = 0) -> list[Source]:
    """Every whole file of one format."""
    rows = {
        row
        for (row,) in store.all(
            "SELECT row FROM source WHERE person_id = ? AND format = ?",
            (person, format_name),
        )
    }
    if not rows:
        return []
    return [one for one in whole_sources(store, person=person) if one.row in rows]


def original(store: Store, source: Source) -> Iterator[bytes]:
    """The bytes of a file as it was taken in.

    Raises:
        StoreDamagedError: an item of it is gone.
    """
    for gap, item in layout_of(store, source.row):
        yield gap
        if item != _ABSENT:
            yield open_item(store, item)


def open_item(store: Store, item_row: int) -> bytes:
    """The exact bytes of one item of a source.

    Raises:
        StoreDamagedError: its key is gone or it does not open.
    """
    row = store.one(
        "SELECT i.id, i.sealed, k.key FROM item AS i "
        "JOIN item_key AS k ON k.item_row = i.row WHERE i.row = ?",
        (item_row,),
    )
    if row is None:
        raise StoreDamagedError("a record is missing its bytes")
    item_id, sealed, key = row
    try:
        return zlib.decompress(open_sealed(sealed, key=key, bound_to=item_id))
    except zlib.error:
        raise StoreDamagedError("a record does not open; it is damaged") from None


def original_of(store: Store, item_row: int, *, place: str) -> Original:
    """The original behind the item that a version's body is cut out of."""
    origin = store.one(
        "SELECT origin_row, reader FROM derivation WHERE item_row = ?", (item_row,)
    )
    first, reader = origin or (item_row, "")
    parts = store.all(
        "SELECT item_row, format, packed FROM original WHERE first_row = ? "
        "ORDER BY number",
        (first,),
    )
    rows = [row for row, _, _ in parts] or [first]
    # A part of a document that records were worked out of is in that document's form.
    own = reader.partition(" ")[0] or "fhir-json"
    form, packed = parts[0][1:] if parts else (own, 0)

    def pieces() -> Iterator[bytes]:
        opened = (open_item(store, row) for row in rows)
        return _unpacked(opened) if packed else opened

    return Original(
        form=form,
        place=place,
        reader=reader,
        whole=_is_whole(store, [(b"", row) for row in rows]),
        pieces=pieces,
    )


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """What was deflated in a zip file, piece by piece: it may be large."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for part in parts:
            yield inflating.decompress(part, _PIECE)
            while inflating.unconsumed_tail:
                yield inflating.decompress(inflating.unconsumed_tail, _PIECE)
        yield inflating.flush()
    except zlib.error:
        raise StoreDamagedError("an original does not open; it is damaged") from None


def _is_whole(store: Store, layout: Iterable[tuple[bytes, int]]) -> bool:
    items = (item for _, item in layout if item != _ABSENT)
    while part := sorted(set(islice(items, _TOGETHER))):
        here = store.value(
            "SELECT count(*) FROM json_each(?) AS j "
            "JOIN item_key AS k ON k.item_row = j.value",
            (json.dumps(part),),
        )
        if here != len(part):
            return False
    return True


def layout_of(store: Store, row: int) -> Iterator[tuple[bytes, int]]:
    """Each gap of a file and the item behind it, 0 at the end."""
    found = store.one("SELECT id, key, layout FROM source WHERE row = ?", (row,))
    if found is None:
        return
    packed = open_sealed(found[2], key=found[1], bound_to=found[0])
    for gap, item in _places(packed):
        yield gap.encode("latin-1"), item


def _places(packed: bytes) -> Iterator[tuple[str, int]]:
    """What `_packed` made, one by one: of a large file there are millions."""
    decode = json.JSONDecoder().raw_decode
    text, at = "", 1  # behind the bracket that opens the list
    for piece in _inflated(packed):
        text += piece.decode("ascii")
        while (start := text.find("[", at)) >= 0:
            try:
                (gap, item), at = decode(text, start)
            except ValueError:  # cut off here: the rest of it is in the next piece
                at = start
                break
            yield gap, item
        text, at = text[at:], 0


def _inflated(packed: bytes) -> Iterator[bytes]:
    inflating, rest = zlib.decompressobj(), packed
    while rest:
        yield inflating.decompress(rest, _PIECE)
        rest = inflating.unconsumed_tail
    yield inflating.flush()
