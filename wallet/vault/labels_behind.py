"""The labels of records that stand behind others, for the one in front.

What leads shows what the others say as well, so it is as private as they are.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from wallet.records import labels as label_words
from wallet.records.record import Label, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wallet.store.connection import Row, Store


def of_all(store: Store, person: int) -> dict[int, tuple[Label, ...]]:
    """For every record with others behind it, by its row, their labels."""
    return _by_lead(
        store.rows(
            "SELECT b.lead_row, r.labels FROM behind AS b "
            "JOIN record AS r ON r.row = b.record_row "
            "WHERE b.person_id = ? AND r.labels <> ''",
            (person,),
        )
    )


def of_window(store: Store, rows: Sequence[int]) -> dict[int, tuple[Label, ...]]:
    """The same for these records alone."""
    return _by_lead(
        store.rows(
            "SELECT b.lead_row, r.labels FROM json_each(?) AS j "
            "CROSS JOIN behind AS b ON b.lead_row = j.value "
            "JOIN record AS r ON r.row = b.record_row WHERE r.labels <> ''",
            (json.dumps(list(rows)),),
        )
    )


def of_one(store: Store, row: int) -> tuple[Label, ...]:
    """Every label of one record and of those behind it, each with its basis."""
    marked = store.all(
        "SELECT DISTINCT code, system, basis FROM label WHERE record_row = ?1 OR "
        "record_row IN (SELECT record_row FROM behind WHERE lead_row = ?1)",
        (row,),
    )
    return tuple(Label(code=code, system=sys, basis=why) for code, sys, why in marked)


def added_to(record: Record, more: Sequence[Label]) -> Record:
    """The record with these labels beside its own."""
    if not more:
        return record
    marked = tuple(dict.fromkeys((*record.labels, *more)))
    return replace(
        record,
        labels=marked,
        confidentiality=label_words.confidentiality(marked),
        sensitivity=label_words.sensitivity(marked),
    )


def _by_lead(rows: Iterable[Row]) -> dict[int, tuple[Label, ...]]:
    found: dict[int, tuple[Label, ...]] = {}
    for row, text in rows:
        held = tuple(Label(**one) for one in json.loads(text))
        found[row] = (*found.get(row, ()), *held)
    return found
