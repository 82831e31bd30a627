"""The rows an import makes, gathered by table and written many at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wallet.records import labels as label_words
from wallet.vault import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.records.fhir.facts import Facts
    from wallet.records.found import Found
    from wallet.records.record import Label
    from wallet.store.connection import Store
    from wallet.vault.likeness import Fresh
    from wallet.vault.search import Text


@dataclass(slots=True)
class Rows:
    """What waits to be written, by table; an import writes by the hundred."""

    items: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    heads: list[tuple[Any, ...]] = field(default_factory=list)
    versions: list[tuple[Any, ...]] = field(default_factory=list)
    names: list[tuple[Any, ...]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    labels: list[tuple[Any, ...]] = field(default_factory=list)
    derivations: list[tuple[Any, ...]] = field(default_factory=list)
    originals: list[tuple[Any, ...]] = field(default_factory=list)
    sightings: list[tuple[Any, ...]] = field(default_factory=list)
    fresh: list[Fresh] = field(default_factory=list)
    """Records that may be the same as others; see `likeness.note`."""

    def write(self, store: Store) -> None:
        """Write every row, tables that others point into first."""
        for sql, waiting in (
            ("INSERT INTO item VALUES (?,?,?,?,?,?,?)", self.items),
            ("INSERT INTO item_key VALUES (?,?,?)", self.keys),
            (_INSERT_RECORD, self.heads),
            ("INSERT INTO version VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", self.versions),
            ("INSERT OR IGNORE INTO record_name VALUES (?,?,?,?,?)", self.names),
            ("INSERT OR IGNORE INTO label VALUES (?,?,?,?,?,?,?)", self.labels),
            ("INSERT INTO derivation VALUES (?,?,?,?)", self.derivations),
            ("INSERT INTO original VALUES (?,?,?,?,?,?)", self.originals),
            ("INSERT OR IGNORE INTO sighting VALUES (?,?,?,?)", self.sightings),
        ):
            if waiting:
                store.run_many(sql, waiting)
        if self.texts:
            search.add(store, self.texts)


_INSERT_RECORD = (
    "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def columns(facts: Facts, found: Found) -> tuple[Any, ...]:
    """The index columns of a record, as table ``record`` has them."""
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
        labels_text(found.labels),
    )


def labels_text(labels: Sequence[Label]) -> str:
    """Labels as column ``labels`` keeps them; empty where there are none."""
    if not labels:
        return ""
    return json.dumps(
        [
            {"code": label.code, "system": label.system, "basis": label.basis}
            for label in labels
        ]
    )
