"""Which files say a record: those its versions came of, and those that repeat it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.vault.moments import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.store.connection import Store

SCHEMA = (
    """CREATE TABLE sighting (
        record_row INTEGER NOT NULL,
        source_row INTEGER NOT NULL,
        person_id INTEGER NOT NULL,
        place TEXT NOT NULL,
        PRIMARY KEY (record_row, source_row)
    ) WITHOUT ROWID""",
    """CREATE INDEX sighting_by_source ON sighting (source_row)""",
)
# A record and those behind it, each under the row of the one in front.
_KIN = """WITH kin (lead, row) AS (
    SELECT j.value, j.value FROM json_each(?1) AS j
    UNION ALL
    SELECT b.lead_row, b.record_row FROM json_each(?1) AS j
    JOIN behind AS b ON b.lead_row = j.value
), met (lead, row, source_row, place) AS (
    SELECT k.lead, k.row, i.source_row, i.place FROM kin AS k
    JOIN version AS v ON v.record_row = k.row JOIN item AS i ON i.row = v.item_row
    UNION ALL
    SELECT k.lead, k.row, s.source_row, s.place FROM kin AS k
    JOIN sighting AS s ON s.record_row = k.row
) """
_COUNTED = f"""{_KIN}
SELECT m.lead, count(DISTINCT m.source_row) AS n FROM met AS m
JOIN source AS s ON s.row = m.source_row AND s.kind <> 'by_hand'
GROUP BY m.lead HAVING n > 1
"""  # noqa: S608 own text only
_LISTED = f"""{_KIN}
SELECT s.name, s.org, s.format, s.imported_at, m.place, r.id FROM met AS m
JOIN source AS s ON s.row = m.source_row AND s.kind <> 'by_hand'
JOIN record AS r ON r.row = m.row
GROUP BY m.source_row, m.row ORDER BY s.row, m.row
"""  # noqa: S608 own text only


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One file that says this record, and the record's id there."""

    name: str
    org: str
    format: str
    arrived: datetime
    place: str
    record_id: bytes


def counts(store: Store, rows: Sequence[int]) -> dict[int, int]:
    """For each record of *rows* that more than one file says, how many do."""
    return dict(store.all(_COUNTED, (json.dumps(list(rows)),)))


def of(store: Store, row: int) -> list[Sighting]:
    """Every file that says a record, or one that stands behind it, oldest first."""
    found = store.all(_LISTED, (json.dumps([row]),))
    return [
        Sighting(
            name=name,
            org=org or "",
            format=form,
            arrived=moment(at),
            place=place,
            record_id=record_id,
        )
        for name, org, form, at, place, record_id in found
    ]


def forget(store: Store, *, source_row: int) -> None:
    """Forget a file that is dropped: its number may be given again."""
    store.run("DELETE FROM sighting WHERE source_row = ?", (source_row,))
