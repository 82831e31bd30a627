"""Which record of the vault a resource is: by its names, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.keys.record_cipher import item_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.records.found import Found
    from wallet.records.sameness import Sameness
    from wallet.store.connection import Store

SCHEMA = (
    # By what a resource is called, and, for what no record came of, by its bytes.
    """CREATE TABLE record_name (
        name BLOB NOT NULL,
        record_row INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        space BLOB NOT NULL,
        item_row INTEGER NOT NULL,
        PRIMARY KEY (name, record_row, item_row)
    ) WITHOUT ROWID""",
    """CREATE INDEX record_name_by_row ON record_name (record_row)""",
)
_KEY = 16
# Any number of names in one value: a statement that is prepared once, with few values
# to hold (see the store's ``_STATEMENTS``).
_LOOK_UP = """
    WITH RECURSIVE cut (at) AS (
        SELECT 1 UNION ALL SELECT at + ?2 FROM cut WHERE at + ?2 < length(?1)
    )
    SELECT n.name, n.record_row, n.space, n.item_row
    FROM cut JOIN record_name AS n ON n.name = substr(?1, cut.at, ?2)
    WHERE n.person_id = ?3
"""


class Known(NamedTuple):
    """A record that goes by a name, with the hashes of all its versions."""

    row: int
    space: bytes
    hashes: frozenset[bytes]
    updated: str
    by_number: bool


def look_up(
    store: Store, batch: Sequence[Found], *, salt: bytes, person: int
) -> dict[bytes, list[Known]]:
    """Every record of *person* that goes by a name in *batch*, by that name."""
    names: dict[bytes, bool] = {}
    for found in batch:
        same = found.same
        if same is None:
            names[item_id(salt, found.raw)[:_KEY]] = False
        else:
            names.update(dict.fromkeys(same.by_number, True))
            names[same.key] = False
    known: dict[bytes, list[Known]] = {}
    rows = store.all(_LOOK_UP, (b"".join(names), _KEY, person))
    for name, record_row, space, item_row in rows:
        held = (
            _known(store, record_row, space, by_number=names[name])
            if record_row
            else kept(item_row)
        )
        known.setdefault(name, []).append(held)
    return known


def _known(store: Store, row: int, space: bytes, *, by_number: bool) -> Known:
    held = store.all(
        "SELECT body_hash, updated FROM version WHERE record_row = ?", (row,)
    )
    hashes = frozenset(digest for digest, _ in held)
    updated = max((when for _, when in held), default="")
    return Known(row, space, hashes, updated, by_number)


def kept(item_row: int) -> Known:
    """An item that no record came of."""
    return Known(item_row, b"", frozenset(), "", by_number=False)


def record_of(same: Sameness, known: dict[bytes, list[Known]]) -> Known | None:
    """The record this resource is, by the first rule that applies."""
    for held in known.get(same.key, ()):
        if same.body_hash in held.hashes or held.space == same.space:
            return held
    for name in same.by_number:
        for held in known.get(name, ()):
            # Within one space the id decides; a shared number is two records there.
            if held.by_number and held.space != same.space:
                return held
    return None
