"""Results by what was measured: one test over all sources, its newest, its series.

What was measured is the first LOINC code of a record, else its title: an index over
that expression answers in a seek, whatever else the record is coded with. Names of our
own that several codes share are one test (`records.plain.names`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.plain.names import LOINC, codes_of, plain_name
from wallet.vault.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from wallet.store.connection import Row, Store

_BEHIND = len(LOINC) + 2
# The code behind "http://loinc.org|", up to the end of its line.
_CODE = (
    f"substr(codes, instr(codes, '{LOINC}|') + {_BEHIND - 1}, "
    f"instr(substr(codes, instr(codes, '{LOINC}|') + {_BEHIND - 1}) || char(10), "
    "char(10)) - 1)"
)
_WHAT = (
    f"CASE WHEN instr(codes, '{LOINC}|') > 0 THEN {_CODE} ELSE '=' || lower(title) END"
)
_MEASURED = "category IN ('test', 'vital') AND value <> ''"
SCHEMA = (
    f"""CREATE INDEX record_by_measure ON record (person_id, {_WHAT}, start)
        WHERE {_MEASURED}""",
)
_MOST = 5_000
_MOST_TESTS = 1_000


class Result(NamedTuple):
    """One result; ``low`` and ``high`` are the lab's own range that day, if any.

    The numbers are as they were written; ``written`` keeps the time zone of the place.
    """

    at: datetime
    written: str
    value: str
    low: str
    high: str
    unit: str = ""
    record_id: bytes = b""


class Newest(NamedTuple):
    """The row of a result and the lab's own range with it."""

    row: int
    low: str
    high: str


def series(store: Store, what: Sequence[str], *, person: int = 0) -> list[Result]:
    """The newest results of what goes by any of these names, oldest first."""
    found: list[Row] = []
    for one in what:
        found += store.all(
            "SELECT r.start, r.written, r.value, r.low, r.high, r.unit, r.id "  # noqa: S608 own text only
            "FROM record AS r INDEXED BY record_by_measure "
            f"WHERE r.person_id = ? AND {_WHAT} = ? AND {_MEASURED} "
            "AND r.start IS NOT NULL ORDER BY r.start DESC LIMIT ?",
            (person, one, _MOST),
        )
    found.sort(key=lambda row: row[0])
    return [_result(row) for row in found[-_MOST:]]


def names_like(codes: Sequence[str], title: str) -> tuple[str, ...]:
    """What a record's test goes by in the index: its own code and those of its name."""
    code = next((one for one in codes if one.startswith(f"{LOINC}|")), "")
    if not code:
        return (f"={_lower(title)}",)
    own = code.rpartition("|")[2]
    others = codes_of(plain_name([code]))
    return tuple(dict.fromkeys((own, *others)))


def everything(store: Store, *, person: int = 0) -> list[str]:
    """Everything that was ever measured, by its name in the index."""
    rows = store.all(
        "WITH RECURSIVE one (what) AS ("  # noqa: S608 own text only
        f"SELECT (SELECT {_WHAT} FROM record WHERE person_id = ?1 AND {_MEASURED} "
        f"ORDER BY {_WHAT} LIMIT 1) "
        f"UNION ALL SELECT (SELECT {_WHAT} FROM record WHERE person_id = ?1 "
        f"AND {_MEASURED} AND {_WHAT} > one.what ORDER BY {_WHAT} LIMIT 1) FROM one "
        "WHERE one.what IS NOT NULL) "
        "SELECT what FROM one WHERE what IS NOT NULL LIMIT ?2",
        (person, _MOST_TESTS),
    )
    return [what for (what,) in rows]


def newest(
    store: Store, what: Iterable[str], *, person: int = 0, most: int = 2
) -> list[Newest]:
    """The newest results of one test, newest first."""
    held: list[Row] = []
    for one in what:
        held += store.all(
            "SELECT coalesce(start, -1e300), row, low, high FROM record "  # noqa: S608 own text only
            "INDEXED BY record_by_measure "
            f"WHERE person_id = ? AND {_WHAT} = ? AND {_MEASURED} "
            "ORDER BY start DESC LIMIT ?",
            (person, one, most),
        )
    held.sort(reverse=True)
    return [Newest(*row[1:]) for row in held[:most]]


def had(store: Store, what: Iterable[str], *, person: int = 0) -> list[str]:
    """Those of these names that any result goes by."""
    rows = store.all(
        "SELECT j.value FROM json_each(?) AS j WHERE EXISTS ("  # noqa: S608 own text only
        "SELECT 1 FROM record INDEXED BY record_by_measure "
        f"WHERE person_id = ? AND {_WHAT} = j.value AND {_MEASURED})",
        (json.dumps(list(what)), person),
    )
    return [name for (name,) in rows]


def found(
    store: Store,
    code: str,
    where: str,
    values: Sequence[Any],
    *,
    person: int,
    limit: int,
    since: float | None = None,
) -> list[Row]:
    """Time and row of the newest results of one code under a condition over ``r``.

    *values* are those of the condition; with *since* none is older.
    """
    newer = "" if since is None else "AND r.start >= ? "
    return store.all(
        "SELECT coalesce(r.start, -1e300), r.row FROM record AS r "  # noqa: S608 own text only
        f"INDEXED BY record_by_measure WHERE r.person_id = ? AND {_WHAT} = ? "
        f"AND {_MEASURED} {newer}AND {where} ORDER BY r.start DESC LIMIT ?",
        (person, code, *(() if since is None else (since,)), *values, limit),
    )


def _lower(title: str) -> str:
    """As SQLite's own ``lower``: letters beyond ASCII stay."""
    return "".join(c.lower() if c.isascii() else c for c in title)


def _result(row: Row) -> Result:
    # In the order of its fields: of one test there are thousands.
    at, written, value, low, high, unit, record_id = row
    return Result(moment(at), written, value, low, high, unit, record_id)
