"""Tables whose columns nobody has explained: what they hold, and taking the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.records.json_stream import FaultError
from wallet.records.tables import columns as mapping
from wallet.records.tables import rows as table
from wallet.records.tables.columns import KINDS, Columns
from wallet.vault import column_maps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wallet.actions.patient.session import Session

__all__ = ["KINDS", "ROLES", "Columns", "Head", "columns_of", "explain", "look_at"]
ROLES: dict[str, tuple[str, ...]] = {
    "test": (
        *("name", "value", "unit", "date", "range", "low", "high", "lab"),
        *("comment", "loinc", "person"),
    ),
    "vaccine": ("name", "date", "lab", "cvx", "comment", "person"),
    "medicine": ("name", "date", "end", "how", "lab", "rxnorm", "comment", "person"),
}
"""What a column may be, by what the rows are."""
_MOST_BYTES = 64 << 20
_SHOWN = 4
_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A table's columns: their names, their first cells, and what is known of them.

    ``dates_unclear`` and ``numbers_unclear`` say that the file itself does not tell
    how they are written, where a column of dates or values is known.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: int
    columns: Columns
    dates_unclear: bool
    numbers_unclear: bool


def look_at(wallet: Session, path: Path, columns: Columns | None = None) -> Head:
    """The columns of the table in *path*, as *columns* or what is remembered says.

    Raises:
        UsageError: it is no table, or too large.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise UsageError("this table is too large to be looked at")
    try:
        held = table.read_table(path.read_bytes())
    except FaultError:
        raise UsageError("this file is no table") from None
    said = columns or _known(wallet, held.head)
    first = held.rows[:_LOOKED_AT]
    dates = [*table.column(first, said.date), *table.column(first, said.end)]
    places = (said.value, said.low, said.high)
    numbers = [cell for at in places for cell in table.column(first, at)]
    return Head(
        names=held.head,
        cells=tuple(
            tuple(cell for cell in table.column(first, at) if cell)[:_SHOWN]
            for at in range(len(held.head))
        ),
        rows=len(held.rows),
        columns=said,
        dates_unclear=any(dates) and not table.date_order(dates),
        numbers_unclear=any(numbers)
        and not table.decimal_sign(numbers, separator=held.sign),
    )


def explain(
    wallet: Session,
    path: Path,
    *,
    kind: str,
    roles: Mapping[int, str],
    order: str = "",
    decimal: str = "",
) -> Columns:
    """Remember what the columns of the table in *path* are; answers them.

    Args:
        wallet: The open wallet.
        path: A table.
        kind: One of ``KINDS``: what a row is.
        roles: By the number of a column from 0, one of ``ROLES`` of that kind.
        order: ``dmy``, ``mdy`` or ``ymd`` where the dates do not tell.
        decimal: ``.`` or ``,`` where the numbers do not tell.

    Raises:
        UsageError: a role twice, or not enough for a record.
    """
    if len(set(roles.values())) != len(roles):
        raise UsageError("two columns are said to be the same")
    if not set(roles.values()) <= set(ROLES.get(kind, ())):
        raise UsageError("there is no such kind of column")
    columns = columns_of(kind=kind, roles=roles, order=order, decimal=decimal)
    if not columns.is_enough:
        raise UsageError("a name and, for results, a value are needed")
    head = look_at(wallet, path, columns).names
    with wallet.store.transaction():
        column_maps.keep(
            wallet.store, mapping.fingerprint(head), columns, person=wallet.person
        )
    return columns


def columns_of(
    *, kind: str, roles: Mapping[int, str], order: str = "", decimal: str = ""
) -> Columns:
    """What a person said, as columns; see `explain`."""
    places: dict[str, int] = {role: at for at, role in roles.items()}
    return Columns.from_json(
        json.dumps(
            {"kind": kind, "order": order, "decimal": decimal, **places}
        ).encode()
    )


def _known(wallet: Session, head: tuple[str, ...]) -> Columns:
    kept = column_maps.all_of(wallet.store, person=wallet.person)
    found = kept.get(mapping.fingerprint(head)) or mapping.guess(head)
    return found or mapping.likely(head)
