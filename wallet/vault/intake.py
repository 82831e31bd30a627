"""Takes what a reader found into the vault: new, the same, or a newer version.

Raw bytes are kept by item, each sealed under a key of its own; a source lists its items
and the gaps between them, so the file can be put together again, and one item can go.
What was worked out from another format is an item beside them, of no file, that says
which original it came out of and who read it.
"""

from __future__ import annotations

import secrets
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.keys.record_cipher import item_id, new_key, seal
from wallet.records import labels as label_words
from wallet.records.found import PART
from wallet.records.receipt import Counts, Outcome
from wallet.vault import records, search, settings, sources
from wallet.vault.rows import Rows, columns, labels_text
from wallet.vault.search import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.records.fhir_facts import Facts
    from wallet.records.found import Found
    from wallet.records.reader import Late
    from wallet.records.record import Label
    from wallet.records.sameness import Sameness
    from wallet.store.connection import Store
    from wallet.vault.sources import Origin

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
_MAPPED, _DERIVED, _ORIGINAL = "mapped", "derived", "original"
_LEVEL = 1  # of zlib: smaller costs more time than it saves
_KEY = 16
# Any number of names in one value: a statement that is prepared once, with few values
# to hold (see the store's ``_STATEMENTS``).
_LOOK_UP = """
    WITH RECURSIVE cut (at) AS (
        SELECT 1 UNION ALL SELECT at + ?2 FROM cut WHERE at + ?2 < length(?1)
    )
    SELECT n.name, n.record_row, n.space, n.item_row
    FROM cut JOIN record_name AS n ON n.name = substr(?1, cut.at, ?2)
"""
_SEQUENCE, _ITEMS, _RECORDS = "sequence", "items", "records"


class _Known(NamedTuple):
    """A record that goes by a name, with the hashes of all its versions."""

    row: int
    space: bytes
    hashes: frozenset[bytes]
    updated: str
    by_number: bool


class _Original(NamedTuple):
    """The original that records come out of now: its first item and its parts."""

    row: int = 0
    name: bytes = b""
    parts: int = 0


class Intake:
    """One file on its way in; the caller holds one transaction around all of it."""

    def __init__(self, store: Store, origin: Origin) -> None:
        self._store = store
        self._origin = origin
        self._salt = settings.vault_key(store)
        self._seconds = int(origin.at.timestamp())
        self._source_row = sources.next_row(store)
        # Never a number twice: a layout must not point at somebody else's item.
        self._item_row = settings.get_number(store, _ITEMS) + 1
        self._record_row = settings.get_number(store, _RECORDS) + 1
        self._seq = settings.get_number(store, _SEQUENCE) + 1
        self._rows = Rows()
        self._layout: list[tuple[bytes, int]] = []
        self._tally = dict.fromkeys(Outcome, 0)
        self._orgs: set[str] = set()
        self._awaiting: list[tuple[int, str]] = []
        self._original = _Original()
        self._met: list[tuple[int, str]] = []

    @property
    def salt(self) -> bytes:
        """The vault's key for names; readers need it."""
        return self._salt

    @property
    def counts(self) -> Counts:
        """What has come in so far."""
        return Counts(**{name.value: count for name, count in self._tally.items()})

    def take(self, batch: Sequence[Found]) -> None:
        """Take a batch in, deciding for each piece what it is here."""
        known = self._look_up(batch)
        for found in batch:
            self._take(found, known)
        self._write()

    def finish(self, *, tail: bytes, format_name: str, answer: str) -> None:
        """Write the source itself; *answer* is what the import said of it, as JSON."""
        self._layout.append((tail, 0))
        org = next(iter(self._orgs)) if len(self._orgs) == 1 else None
        sources.add(
            self._store,
            self._origin,
            row=self._source_row,
            seq=self._seq,
            org=org,
            format_name=format_name,
            layout=self._layout,
            answer=answer,
        )
        settings.put(self._store, _SEQUENCE, self._seq)
        settings.put(self._store, _ITEMS, self._item_row - 1)
        settings.put(self._store, _RECORDS, self._record_row - 1)

    def name_late(self, name_of: Callable[[str], str]) -> None:
        """Give records their title whose name stood further on in the file."""
        for row, reference in self._awaiting:
            title = name_of(reference)
            if title:
                old = search.text_of(self._store, row)
                search.forget(self._store, [old])
                new = Text(row, title, f"{title} {old.words}")
                self._store.run(
                    "UPDATE record SET title = ?, words = ? WHERE row = ?",
                    (new.title, new.words, row),
                )
                search.add(self._store, [new])

    def label_late(self, lates: Sequence[Late]) -> None:
        """Pass on what containers said of themselves only at their ends."""
        by_place = {late.place: late.labels for late in lates}
        sizes = sorted({len(place) for place in by_place}, reverse=True)
        rows = self._store.all(
            "SELECT DISTINCT v.record_row, i.place FROM version AS v JOIN item AS i "
            "ON i.row = v.item_row WHERE i.source_row = ?",
            (self._source_row,),
        )
        # What was here already lies in an older source, and is marked all the same.
        for row, place in (*rows, *self._met):
            held = marked = records.labels_of(self._store, row)
            for size in sizes:  # the innermost container first
                around = by_place.get(place[:size], ())
                marked = label_words.beside(marked, around)
            if marked != held:
                self._label(row, marked, [one for one in marked if one not in held])
        self._write()

    def _look_up(self, batch: Sequence[Found]) -> dict[bytes, list[_Known]]:
        """Every record of the vault that goes by a name in *batch*."""
        names: dict[bytes, bool] = {}
        for found in batch:
            same = found.same
            if same is None:
                names[item_id(self._salt, found.raw)[:_KEY]] = False
            else:
                names.update(dict.fromkeys(same.by_number, True))
                names[same.key] = False
        known: dict[bytes, list[_Known]] = {}
        rows = self._store.all(_LOOK_UP, (b"".join(names), _KEY))
        for name, record_row, space, item_row in rows:
            held = self._known(record_row, space, by_number=names[name])
            known.setdefault(name, []).append(held if record_row else _kept(item_row))
        return known

    def _known(self, row: int, space: bytes, *, by_number: bool) -> _Known:
        held = self._store.all(
            "SELECT body_hash, updated FROM version WHERE record_row = ?", (row,)
        )
        hashes = frozenset(digest for digest, _ in held)
        updated = max((when for _, when in held), default="")
        return _Known(row, space, hashes, updated, by_number)

    def _take(self, found: Found, known: dict[bytes, list[_Known]]) -> None:
        if found.facts is None or found.same is None:
            if found.outcome is None:
                self._keep_original(found, known)
            else:
                self._keep_raw(found, known)
            return
        facts, same = found.facts, found.same
        if facts.rtype == "Organization":
            self._orgs.add(facts.title)
        match = _match(same, known)
        if match is None:
            self._add(found, facts, same, known)
        elif same.body_hash in match.hashes:
            self._tally[Outcome.SAME] += 1
            self._met.append((match.row, found.place))
            if found.raw:
                self._place(found, self._same_item(found, match, same))
            else:
                self._same_original(match)
            if found.labels:
                self._more_labels(match.row, found.labels)
        else:
            self._tally[Outcome.CHANGED] += 1
            self._change(found, facts, same, match, known)

    def _keep_raw(self, found: Found, known: dict[bytes, list[_Known]]) -> None:
        assert found.outcome is not None  # noqa: S101 a reader's promise
        if not found.goes_on:
            self._tally[found.outcome] += 1
        if not found.raw:
            return  # its bytes are in the original
        name = item_id(self._salt, found.raw)[:_KEY]
        held = known.get(name)
        if held:
            self._place(found, held[0].row)
            return
        item_row = self._add_item(found.raw, found.place, found.outcome.value)
        self._place(found, item_row)
        self._rows.names.append((name, 0, self._origin.person, b"", item_row))
        known[name] = [_kept(item_row)]

    def _keep_original(self, found: Found, known: dict[bytes, list[_Known]]) -> None:
        """Keep a part of what the next records come out of; the same one once."""
        name = item_id(self._salt, found.raw)[:_KEY]
        # The first part of a large file may be that of another one too.
        alone = not found.goes_on and len(found.raw) < PART
        held = known.get(name) if alone else None
        if held and not held[0].hashes:
            self._original = _Original(held[0].row, name, 1)
            self._place(found, held[0].row)
            return
        item_row = self._add_item(found.raw, found.place, _ORIGINAL)
        self._place(found, item_row)
        if not found.goes_on:
            self._original = _Original(item_row, name)
        if alone:
            self._rows.names.append((name, 0, self._origin.person, b"", item_row))
            known[name] = [_kept(item_row)]
        first, _, number = self._original
        self._rows.originals.append(
            (
                first,
                number,
                self._origin.person,
                item_row,
                found.form,
                int(found.packed),
            )
        )
        self._original = self._original._replace(parts=number + 1)

    def _same_original(self, match: _Known) -> None:
        """Note that this original holds a record too, so that erasing takes both."""
        row, name, _ = self._original
        if row:
            self._rows.names.append((name, match.row, self._origin.person, b"", row))

    def _more_labels(self, row: int, labels: Sequence[Label]) -> None:
        """A record that came again, marked where it was not: the marks stay."""
        self._write()  # the record may still wait in this very batch
        held = records.labels_of(self._store, row)
        known = {(label.system, label.code) for label in held}
        fresh = [one for one in labels if (one.system, one.code) not in known]
        if fresh:
            self._label(row, (*held, *fresh), fresh)

    def _label(self, row: int, labels: Sequence[Label], fresh: Sequence[Label]) -> None:
        self._store.run(
            "UPDATE record SET labels = ?, conf = ? WHERE row = ?",
            (labels_text(labels), label_words.confidentiality(labels), row),
        )
        self._rows.labels += self._label_rows(row, fresh)

    def _same_item(self, found: Found, match: _Known, same: Sameness) -> int:
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
        item_row = self._add_item(found.raw, found.place, _MAPPED)
        # Under its record, so that erasing the record takes this spelling with it.
        self._rows.names.append(
            (name[:_KEY], match.row, self._origin.person, b"", item_row)
        )
        return item_row

    def _add(
        self,
        found: Found,
        facts: Facts,
        same: Sameness,
        known: dict[bytes, list[_Known]],
    ) -> None:
        self._tally[found.outcome or Outcome.NEW] += 1
        row, self._record_row = self._record_row, self._record_row + 1
        item_row = self._body_item(found)
        version_id = secrets.token_bytes(16)
        self._rows.heads.append(
            (
                row,
                self._origin.person,
                version_id,
                self._source_row,
                *columns(facts, found),
                1,
                1,
            )
        )
        self._rows.texts.append(Text(row, facts.title, found.words))
        self._rows.labels += self._label_rows(row, found.labels)
        self._version(found, same, (row, 1, version_id, None, item_row))
        self._name(same, row, known)
        if facts.awaits:
            self._awaiting.append((row, facts.awaits))

    def _change(
        self,
        found: Found,
        facts: Facts,
        same: Sameness,
        match: _Known,
        known: dict[bytes, list[_Known]],
    ) -> None:
        self._write()  # the record may still wait in this very batch
        held = self._store.one(
            "SELECT r.versions, v.id FROM record AS r JOIN version AS v "
            "ON v.record_row = r.row AND v.number = r.head WHERE r.row = ?",
            (match.row,),
        )
        assert held is not None  # noqa: S101 a name always has its record
        number = held[0] + 1
        item_row = self._body_item(found)
        place = (match.row, number, secrets.token_bytes(16), held[1], item_row)
        self._version(found, same, place)
        # An older version that arrives late joins the chain but is not the newest.
        newest = not (same.updated and match.updated and same.updated < match.updated)
        if newest:
            self._replace_facts(match.row, number, facts, found)
        else:
            self._store.run(
                "UPDATE record SET versions = ? WHERE row = ?", (number, match.row)
            )
        self._write()
        self._name(same, match.row, known)

    def _replace_facts(self, row: int, number: int, facts: Facts, found: Found) -> None:
        search.forget(self._store, [search.text_of(self._store, row)])
        self._store.run(
            "UPDATE record SET source_row = ?, rtype = ?, category = ?, title = ?, "
            "words = ?, start = ?, precision = ?, written = ?, end = ?, codes = ?, "
            "value = ?, unit = ?, low = ?, high = ?, status = ?, provider = ?, "
            "conf = ?, labels = ?, versions = ?, head = ? WHERE row = ?",
            (self._source_row, *columns(facts, found), number, number, row),
        )
        self._store.run("DELETE FROM label WHERE record_row = ?", (row,))
        self._rows.labels += self._label_rows(row, found.labels)
        self._rows.texts.append(Text(row, facts.title, found.words))

    def _name(self, same: Sameness, row: int, known: dict[bytes, list[_Known]]) -> None:
        person = self._origin.person
        for name, by_number in (
            (same.key, False),
            *((name, True) for name in same.by_number),
        ):
            others = known.setdefault(name, [])
            old = next((one for one in others if one.row == row), None)
            hashes = {same.body_hash, *(old.hashes if old else ())}
            updated = max(same.updated, old.updated if old else "")
            if old:
                others.remove(old)
            else:
                self._rows.names.append((name, row, person, same.space, 0))
            others.append(
                _Known(row, same.space, frozenset(hashes), updated, by_number)
            )

    def _version(
        self,
        found: Found,
        same: Sameness,
        place: tuple[int, int, bytes, bytes | None, int],
    ) -> None:
        row, number, version_id, previous, item_row = place
        self._rows.versions.append(
            (
                row,
                number,
                self._origin.person,
                version_id,
                previous,
                self._origin.dev,
                self._seq,
                item_row,
                *found.body,
                same.body_hash,
                same.updated,
                self._seconds,
                "source",
            )
        )
        self._seq += 1

    def _body_item(self, found: Found) -> int:
        """The item a version's body is cut out of."""
        row = self._original.row
        if found.raw:
            row = self._add_item(found.raw, found.place, _MAPPED)
            self._place(found, row)
        if not found.derived:
            return row
        body_row = self._add_item(found.derived, found.place, _DERIVED)
        self._rows.derivations.append(
            (body_row, self._origin.person, row, found.reader)
        )
        return body_row

    def _add_item(self, data: bytes, place: str, status: str) -> int:
        row, self._item_row = self._item_row, self._item_row + 1
        name, key = item_id(self._salt, data), new_key()
        sealed = seal(zlib.compress(data, _LEVEL), key=key, bound_to=name)
        person = self._origin.person
        self._rows.items.append(
            (row, person, name, self._source_row, place, status, sealed)
        )
        self._rows.keys.append((row, person, key))
        return row

    def _place(self, found: Found, item_row: int) -> None:
        self._layout.append((found.gap, item_row))

    def _label_rows(self, row: int, labels: Sequence[Label]) -> list[tuple[Any, ...]]:
        person = self._origin.person
        return [
            (person, row, label.code, label.system, label.basis, "import", "")
            for label in labels
        ]

    def _write(self) -> None:
        rows, self._rows = self._rows, Rows()
        rows.write(self._store)


def _kept(item_row: int) -> _Known:
    return _Known(item_row, b"", frozenset(), "", by_number=False)


def _match(same: Sameness, known: dict[bytes, list[_Known]]) -> _Known | None:
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
