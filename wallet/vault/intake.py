"""Takes what a reader found into the vault: new, the same, or a newer version.

Its bytes are kept by `items`; here they become records, and newer versions of them.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from wallet.records import labels as label_words
from wallet.records.receipt import Counts, Outcome
from wallet.vault import likeness, records, remarks, search, settings, sources
from wallet.vault.items import Items
from wallet.vault.likeness import Fresh
from wallet.vault.matching import Known, look_up, record_of
from wallet.vault.rows import Rows, columns, labels_text
from wallet.vault.search import Text
from wallet.vault.sources import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.records.fhir.facts import Facts
    from wallet.records.found import Found
    from wallet.records.reader import Late
    from wallet.records.record import Label
    from wallet.records.sameness import Sameness
    from wallet.store.connection import Store
    from wallet.vault.sources import Origin

    Heard = Callable[[Found, Outcome, int], None]

SOURCE, PATIENT = "source", "patient"
"""Authors of a version."""


def unheard(_found: Found, _outcome: Outcome, _row: int) -> None:
    """Tell nobody."""


class Intake:
    """One file on its way in; the caller holds one transaction around all of it."""

    def __init__(self, store: Store, origin: Origin, *, heard: Heard = unheard) -> None:
        """*heard* hears each record, what it is here, and its row."""
        self._heard = heard
        self._store = store
        self._origin = origin
        self._salt = settings.vault_key(store)
        self._seconds = int(origin.at.timestamp())
        likeness.catch_up(store, salt=self._salt, person=origin.person)
        self._source_row = sources.next_row(store)
        self._items = Items(
            store, salt=self._salt, person=origin.person, source_row=self._source_row
        )
        self._record_row = settings.get_number(store, settings.RECORDS) + 1
        self._seq = settings.get_number(store, settings.SEQUENCE) + 1
        self._first_record = self._record_row
        self._alike = 0
        self._tally = dict.fromkeys(Outcome, 0)
        self._orgs: set[str] = set()
        self._awaiting: list[tuple[int, str]] = []
        self._met: list[tuple[int, str]] = []
        self._author = PATIENT if origin.kind == BY_HAND else SOURCE

    @property
    def salt(self) -> bytes:
        """The vault's key for names; readers need it."""
        return self._salt

    @property
    def newest(self) -> bytes:
        """The id of the record that came in last."""
        found = self._store.value("SELECT id FROM record ORDER BY row DESC LIMIT 1")
        assert found is not None  # noqa: S101 the caller has taken one in
        return bytes(found)

    @property
    def counts(self) -> Counts:
        """What has come in so far."""
        return Counts(**{name.value: count for name, count in self._tally.items()})

    def questions(self) -> int:
        """How many pairs of records this file made worth a question, at its end."""
        self._alike -= likeness.settle(
            self._store, source_row=self._source_row, before=self._first_record
        )
        return max(self._alike, 0)

    def asked_about(self) -> frozenset[int]:
        """The rows of the records that came in and are worth a question."""
        return likeness.asked_about(self._store, since=self._first_record)

    def take(self, batch: Sequence[Found]) -> None:
        """Take a batch in, deciding for each piece what it is here."""
        known = look_up(self._store, batch, salt=self._salt, person=self._origin.person)
        for found in batch:
            self._take(found, known)
        self._write()

    def correct(self, row: int, found: Found, *, author: str) -> None:
        """Put the patient's word for a record at the head of its chain.

        It stays there when its source speaks again: only she takes it back.
        """
        facts, same = found.facts, found.same
        assert facts is not None  # noqa: S101 a record has both
        assert same is not None  # noqa: S101
        held = Known(row, b"", frozenset(), "", by_number=False)
        self._author = author
        self._tally[Outcome.CHANGED] += 1
        self._change(found, facts, same, held, {})

    def finish(self, *, tail: bytes, format_name: str, answer: str) -> None:
        """Write the source itself; *answer* is what the import said of it, as JSON."""
        self._items.layout.append((tail, 0))
        org = next(iter(self._orgs)) if len(self._orgs) == 1 else None
        sources.add(
            self._store,
            self._origin,
            row=self._source_row,
            seq=self._seq,
            org=org,
            format_name=format_name,
            layout=self._items.layout,
            answer=answer,
        )
        settings.put(self._store, settings.SEQUENCE, self._seq)
        settings.put(self._store, settings.ITEMS, self._items.next_row - 1)
        settings.put(self._store, settings.RECORDS, self._record_row - 1)

    def name_late(self, name_of: Callable[[str], str]) -> None:
        """Give records their title whose name stood further on in the file."""
        for row, reference in self._awaiting:
            title = name_of(reference)
            if title:
                likeness.forget(self._store, row, salt=self._salt)
                old = search.text_of(self._store, row)
                search.forget(self._store, [old])
                new = Text(row, title, f"{title} {old.words}")
                self._store.run(
                    "UPDATE record SET title = ?, words = ? WHERE row = ?",
                    (new.title, new.words, row),
                )
                search.add(self._store, [new])
                self._items.rows.fresh += likeness.again(self._store, row)
        self._write()

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

    def _take(self, found: Found, known: dict[bytes, list[Known]]) -> None:
        if found.facts is None or found.same is None:
            if found.outcome is None:
                self._items.keep_original(found, known)
            else:
                self._tally[found.outcome] += not found.goes_on
                self._items.keep_raw(found, known)
            return
        facts, same = found.facts, found.same
        if facts.rtype == "Organization":
            self._orgs.add(facts.title)
        match = record_of(same, known)
        if match is None:
            self._add(found, facts, same, known)
        elif same.body_hash in match.hashes:
            self._tally[Outcome.SAME] += 1
            self._heard(found, Outcome.SAME, match.row)
            self._met.append((match.row, found.place))
            self._sighted(match.row, found)
            if found.raw:
                self._items.place(found, self._items.same_item(found, match, same))
            else:
                self._items.same_original(match)
            if found.labels:
                self._more_labels(match.row, found.labels)
        else:
            self._tally[Outcome.CHANGED] += 1
            self._heard(found, Outcome.CHANGED, match.row)
            self._sighted(match.row, found)
            self._change(found, facts, same, match, known)

    def _sighted(self, row: int, found: Found) -> None:
        self._items.rows.sightings.append(
            (row, self._source_row, self._origin.person, found.place)
        )

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
        self._items.rows.labels += self._label_rows(row, fresh)

    def _add(
        self,
        found: Found,
        facts: Facts,
        same: Sameness,
        known: dict[bytes, list[Known]],
    ) -> None:
        self._tally[found.outcome or Outcome.NEW] += 1
        row, self._record_row = self._record_row, self._record_row + 1
        self._heard(found, found.outcome or Outcome.NEW, row)
        item_row = self._items.body_of(found)
        version_id = secrets.token_bytes(16)
        self._items.rows.heads.append(
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
        self._items.rows.texts.append(Text(row, facts.title, found.words))
        self._items.rows.fresh.append(Fresh(row, likeness.seen_of(facts)))
        self._items.rows.labels += self._label_rows(row, found.labels)
        self._version(found, same, (row, 1, version_id, None, item_row))
        self._name(same, row, known)
        if facts.awaits:
            self._awaiting.append((row, facts.awaits))

    def _change(
        self,
        found: Found,
        facts: Facts,
        same: Sameness,
        match: Known,
        known: dict[bytes, list[Known]],
    ) -> None:
        self._write()  # the record may still wait in this very batch
        held = self._store.one(
            "SELECT r.versions, v.id, v.author FROM record AS r JOIN version AS v "
            "ON v.record_row = r.row AND v.number = r.head WHERE r.row = ?",
            (match.row,),
        )
        assert held is not None  # noqa: S101 a name always has its record
        number = held[0] + 1
        item_row = self._items.body_of(found)
        place = (match.row, number, secrets.token_bytes(16), held[1], item_row)
        self._version(found, same, place)
        # An older version that arrives late joins the chain but is not the newest.
        newest = not (same.updated and match.updated and same.updated < match.updated)
        by_hand = self._origin.kind == BY_HAND
        if by_hand or (newest and held[2] != PATIENT):
            self._replace_facts(match.row, number, facts, found)
        else:
            self._store.run(
                "UPDATE record SET versions = ? WHERE row = ?", (number, match.row)
            )
            self._more_labels(match.row, found.labels)
        self._write()
        self._name(same, match.row, known)
        remarks.index(self._store, match.row)

    def _replace_facts(self, row: int, number: int, facts: Facts, found: Found) -> None:
        search.forget(self._store, [search.text_of(self._store, row)])
        if self._origin.kind == BY_HAND:  # what she said of two records still holds
            likeness.unkey(self._store, row, salt=self._salt)
        else:
            likeness.forget(self._store, row, salt=self._salt)
        self._items.rows.fresh.append(Fresh(row, likeness.seen_of(facts)))
        found, source_row = self._over(row, found)
        self._store.run(
            "UPDATE record SET source_row = ?, rtype = ?, category = ?, title = ?, "
            "words = ?, start = ?, precision = ?, written = ?, end = ?, codes = ?, "
            "value = ?, unit = ?, low = ?, high = ?, status = ?, provider = ?, "
            "conf = ?, labels = ?, versions = ?, head = ? WHERE row = ?",
            (source_row, *columns(facts, found), number, number, row),
        )
        self._store.run("DELETE FROM label WHERE record_row = ?", (row,))
        self._items.rows.labels += self._label_rows(row, found.labels)
        self._items.rows.texts.append(Text(row, facts.title, found.words))

    def _over(self, row: int, found: Found) -> tuple[Found, int]:
        """A newer version with the labels that stay, and whose record it remains.

        What she marked stays marked; what she corrects stays where it came from, with
        every mark of its source.
        """
        held = records.labels_of(self._store, row)
        if self._origin.kind != BY_HAND:
            hers = tuple(one for one in held if one.basis == label_words.PATIENT)
            return found._replace(labels=(*found.labels, *hers)), self._source_row
        source_row = self._store.value(
            "SELECT source_row FROM record WHERE row = ?", (row,)
        )
        stated = tuple(one for one in held if one.basis != label_words.RULE)
        labels = label_words.with_rules(stated, found.labels)
        return found._replace(labels=labels), int(source_row)

    def _name(self, same: Sameness, row: int, known: dict[bytes, list[Known]]) -> None:
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
                self._items.rows.names.append((name, row, person, same.space, 0))
            others.append(Known(row, same.space, frozenset(hashes), updated, by_number))

    def _version(
        self,
        found: Found,
        same: Sameness,
        place: tuple[int, int, bytes, bytes | None, int],
    ) -> None:
        row, number, version_id, previous, item_row = place
        self._items.rows.versions.append(
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
                self._author,
            )
        )
        self._seq += 1

    def _label_rows(self, row: int, labels: Sequence[Label]) -> list[tuple[Any, ...]]:
        person = self._origin.person
        return [
            (person, row, label.code, label.system, label.basis, "import", "")
            for label in labels
        ]

    def _write(self) -> None:
        rows, self._items.rows = self._items.rows, Rows()
        rows.write(self._store)
        self._alike += likeness.note(
            self._store,
            rows.fresh,
            salt=self._salt,
            person=self._origin.person,
            before=self._first_record,
        )
