"""Takes what a reader found into the vault: new, the same, or a newer version.

Raw bytes are kept by item, each sealed under a key of its own; a source lists its items
and the gaps between them, so the file can be put together again, and one item can go.
"""

from __future__ import annotations

import json
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.keys.record_cipher import item_id, new_key, seal
from wallet.records import labels as label_words
from wallet.records.receipt import Counts, Outcome
from wallet.vault import search, settings, sources
from wallet.vault.search import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.records.fhir_facts import Facts
    from wallet.records.fhir_r4 import Found
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
_MAPPED = "mapped"
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


@dataclass(slots=True)
class _Rows:
    """What waits to be written, by table."""

    items: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    versions: list[tuple[Any, ...]] = field(default_factory=list)
    names: list[tuple[Any, ...]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    labels: list[tuple[Any, ...]] = field(default_factory=list)


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
        self._rows = _Rows()
        self._layout: list[tuple[bytes, int]] = []
        self._tally = dict.fromkeys(Outcome, 0)
        self._orgs: set[str] = set()
        self._awaiting: list[tuple[int, str]] = []

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

    def label_late(self, labels: Sequence[Label]) -> None:
        """Pass on what the container said of itself only at its end."""
        rows = self._store.all(
            "SELECT DISTINCT v.record_row, r.labels FROM version AS v "
            "JOIN item AS i ON i.row = v.item_row JOIN record AS r "
            "ON r.row = v.record_row WHERE i.source_row = ?",
            (self._source_row,),
        )
        for row, held in rows:
            if held:
                continue
            self._store.run(
                "UPDATE record SET labels = ?, conf = ? WHERE row = ?",
                (_labels_text(labels), label_words.confidentiality(labels), row),
            )
            self._rows.labels += self._label_rows(row, labels)
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
            self._place(found, self._same_item(found, match, same))
        else:
            self._tally[Outcome.CHANGED] += 1
            self._change(found, facts, same, match, known)

    def _keep_raw(self, found: Found, known: dict[bytes, list[_Known]]) -> None:
        assert found.outcome is not None  # noqa: S101 a reader's promise
        if not found.goes_on:
            self._tally[found.outcome] += 1
        name = item_id(self._salt, found.raw)[:_KEY]
        held = known.get(name)
        if held:
            self._place(found, held[0].row)
            return
        item_row = self._add_item(found, found.outcome.value)
        self._place(found, item_row)
        self._rows.names.append((name, 0, self._origin.person, b"", item_row))
        known[name] = [_kept(item_row)]

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
        item_row = self._add_item(found, _MAPPED)
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
        self._tally[Outcome.NEW] += 1
        row, self._record_row = self._record_row, self._record_row + 1
        item_row = self._add_item(found, _MAPPED)
        self._place(found, item_row)
        version_id = secrets.token_bytes(16)
        self._rows.records.append(
            (
                row,
                self._origin.person,
                version_id,
                self._source_row,
                *_columns(facts, found),
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
        item_row = self._add_item(found, _MAPPED)
        self._place(found, item_row)
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
            (self._source_row, *_columns(facts, found), number, number, row),
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

    def _add_item(self, found: Found, status: str) -> int:
        row, self._item_row = self._item_row, self._item_row + 1
        name, key = item_id(self._salt, found.raw), new_key()
        sealed = seal(zlib.compress(found.raw, _LEVEL), key=key, bound_to=name)
        person = self._origin.person
        self._rows.items.append(
            (row, person, name, self._source_row, found.place, status, sealed)
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
        rows, self._rows = self._rows, _Rows()
        for sql, waiting in (
            ("INSERT INTO item VALUES (?,?,?,?,?,?,?)", rows.items),
            ("INSERT INTO item_key VALUES (?,?,?)", rows.keys),
            (_INSERT_RECORD, rows.records),
            ("INSERT INTO version VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows.versions),
            ("INSERT OR IGNORE INTO record_name VALUES (?,?,?,?,?)", rows.names),
            ("INSERT OR IGNORE INTO label VALUES (?,?,?,?,?,?,?)", rows.labels),
        ):
            if waiting:
                self._store.run_many(sql, waiting)
        if rows.texts:
            search.add(self._store, rows.texts)


_INSERT_RECORD = (
    "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


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


def _columns(facts: Facts, found: Found) -> tuple[Any, ...]:
    return (
        facts.rtype,
        facts.category,
        facts.title,
        found.words,
        facts.start,
        facts.precision,
        facts.written,
        facts.end,
        "\n".join(facts.codes),
        facts.value,
        facts.unit,
        facts.low,
        facts.high,
        facts.status,
        facts.provider,
        label_words.confidentiality(found.labels),
        _labels_text(found.labels),
    )


def _labels_text(labels: Sequence[Label]) -> str:
    if not labels:
        return ""
    return json.dumps(
        [
            {"code": label.code, "system": label.system, "basis": label.basis}
            for label in labels
        ]
    )
