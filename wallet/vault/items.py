"""The items of a file on its way in: its bytes, each sealed under a key of its own.

A source lists its items and the gaps between them, so the file can be put together
again, and one item can go. What was worked out from another format is an item beside
them, of no file, that says which original it came out of and who read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.keys.record_cipher import item_id, new_key, seal
from wallet.records.found import PART, smaller
from wallet.vault import settings
from wallet.vault.matching import Known, kept
from wallet.vault.rows import Rows

if TYPE_CHECKING:
    from wallet.records.found import Found
    from wallet.records.sameness import Sameness
    from wallet.store.connection import Store

_MAPPED, _DERIVED, _ORIGINAL = "mapped", "derived", "original"
_KEY = 16


class _Original(NamedTuple):
    """The original that records come out of now: its first item and its parts."""

    row: int = 0
    name: bytes = b""
    parts: int = 0


class Items:
    """The items one file brings; ``layout`` is the file as gaps and items.

    ``rows`` is what waits to be written, shared with whoever makes records of them.
    """

    def __init__(
        self, store: Store, *, salt: bytes, person: int, source_row: int
    ) -> None:
        self._store, self._salt = store, salt
        self._person, self._source_row = person, source_row
        # Never a number twice: a layout must not point at somebody else's item.
        self.next_row = settings.get_number(store, settings.ITEMS) + 1
        self.layout: list[tuple[bytes, int]] = []
        self.rows = Rows()
        self._original = _Original()

    def keep_raw(self, found: Found, known: dict[bytes, list[Known]]) -> None:
        """Keep what is no record; the same bytes once."""
        assert found.outcome is not None  # noqa: S101 a reader's promise
        if not found.raw:
            return  # its bytes are in the original
        name = item_id(self._salt, found.raw)[:_KEY]
        held = known.get(name)
        if held:
            self.place(found, held[0].row)
            return
        item_row = self._add_raw(found, found.outcome.value)
        self.place(found, item_row)
        self.rows.names.append((name, 0, self._person, b"", item_row))
        known[name] = [kept(item_row)]

    def keep_original(self, found: Found, known: dict[bytes, list[Known]]) -> None:
        """Keep a part of what the next records come out of; the same one once."""
        name = item_id(self._salt, found.raw)[:_KEY]
        # The first part of a large file may be that of another one too.
        alone = not found.goes_on and len(found.raw) < PART
        held = known.get(name) if alone else None
        if held and not held[0].hashes:
            self._original = _Original(held[0].row, name, 1)
            self.place(found, held[0].row)
            return
        item_row = self._add_raw(found, _ORIGINAL)
        self.place(found, item_row)
        if not found.goes_on:
            self._original = _Original(item_row, name)
        if alone:
            self.rows.names.append((name, 0, self._person, b"", item_row))
            known[name] = [kept(item_row)]
        first, _, number = self._original
        self.rows.originals.append(
            (
                first,
                number,
                self._person,
                item_row,
                found.form,
                int(found.packed),
            )
        )
        self._original = self._original._replace(parts=number + 1)

    def same_original(self, match: Known) -> None:
        """Note that this original holds a record too, so that erasing takes both."""
        row, name, _ = self._original
        if row:
            self.rows.names.append((name, match.row, self._person, b"", row))

    def same_item(self, found: Found, match: Known, same: Sameness) -> int:
        """The item that holds these bytes; another spelling becomes an item too."""
        name = item_id(self._salt, found.raw)
        held = self._store.one(
            "SELECT i.row FROM version AS v JOIN item AS i ON i.row = v.item_row "
            "WHERE v.record_row = ? AND v.body_hash = ? AND i.id = ?",
            (match.row, same.body_hash, name),
        )
        if held is not None:
            return int(held[0])
        again = self._store.one(
            "SELECT item_row FROM record_name WHERE name = ? AND item_row > 0",
            (name[:_KEY],),
        )
        if again is not None:
            return int(again[0])
        item_row = self._add_raw(found, _MAPPED)
        # Under its record, so that erasing the record takes this spelling with it.
        self.rows.names.append((name[:_KEY], match.row, self._person, b"", item_row))
        return item_row

    def body_of(self, found: Found) -> int:
        """The item a version's body is cut out of."""
        row = self._original.row
        if found.raw:
            row = self._add_raw(found, _MAPPED)
            self.place(found, row)
        if not found.derived:
            return row
        derived = found.derived
        body_row = self._add(derived, smaller(derived), found.place, _DERIVED)
        self.rows.derivations.append((body_row, self._person, row, found.reader))
        return body_row

    def _add_raw(self, found: Found, status: str) -> int:
        small = found.small or smaller(found.raw)
        return self._add(found.raw, small, found.place, status)

    def _add(self, data: bytes, small: bytes, place: str, status: str) -> int:
        """Seal one item; answers its row."""
        row, self.next_row = self.next_row, self.next_row + 1
        name, key = item_id(self._salt, data), new_key()
        sealed = seal(small, key=key, bound_to=name)
        self.rows.items.append(
            (row, self._person, name, self._source_row, place, status, sealed)
        )
        self.rows.keys.append((row, self._person, key))
        return row

    def place(self, found: Found, item_row: int) -> None:
        """Say that the file goes on with a gap and this item."""
        self.layout.append((found.gap, item_row))
