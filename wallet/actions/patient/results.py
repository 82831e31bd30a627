"""Results over time: one test in one unit, and what is read together, with changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.patient import written_id
from wallet.records.plain.conversion import Conversion, conversion
from wallet.records.plain.names import codes_of, plain_name
from wallet.records.plain.panels import panels
from wallet.vault import measures
from wallet.vault import records as held_records
from wallet.vault.measures import Newest, Result

if TYPE_CHECKING:
    from wallet.actions.patient.session import Session
    from wallet.records.record import Record

__all__ = ["Likeness", "Line", "Panel", "Result", "like", "overview"]
_WINDOW = 200


class Likeness(NamedTuple):
    """One result of the same test, and how it goes into the unit that is asked for.

    ``same`` is false where its own unit is another one.
    """

    result: Result
    into: Conversion
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The newest result of one test, the lab's range with it, and the one before."""

    name: str
    newest: Record
    before: Record | None
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Tests that are read together; ``missing`` has no result at all."""

    title: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...] = ()


def like(wallet: Session, record_id: str) -> tuple[Likeness, ...]:
    """The results of the same test as one record, oldest first, itself among them.

    Only those whose unit is the same or goes safely into it; others are another series.

    Raises:
        UsageError: this names no record.
    """
    name = written_id.record_id(record_id)
    row = held_records.row_of(wallet.store, name, person=wallet.person)
    (record,) = held_records.by_rows(wallet.store, [row])  # its body is not needed
    if not record.value or record.category not in ("test", "vital"):
        return ()
    keys = measures.names_like(record.codes, record.title)
    what = plain_name(record.codes)
    found: list[Likeness] = []
    for result in measures.series(wallet.store, keys, person=wallet.person):
        same = result.unit == record.unit
        into = Conversion() if same else conversion(what, result.unit, record.unit)
        if into is not None:
            found.append(Likeness(result, into, same))
    return tuple(found)


def overview(wallet: Session) -> tuple[Panel, ...]:
    """Everything that was measured, by what is read together, the rest at the end."""
    known = set(measures.everything(wallet.store, person=wallet.person))
    plans: list[tuple[str, list[_Plan], list[str]]] = []
    used: set[str] = set()
    for title, names in panels():
        held = {
            name: [code for code in codes_of(name) if code in known] for name in names
        }
        plans.append(
            (
                title,
                [_plan(wallet, name, codes) for name, codes in held.items() if codes],
                [name for name, codes in held.items() if not codes],
            )
        )
        used.update(code for codes in held.values() for code in codes)
    rest = [_plan(wallet, "", [what]) for what in sorted(known - used)]
    plans.append(("", rest, []))
    rows = {one.row for _, lines, _ in plans for plan in lines for one in plan.newest}
    by_row = _records(wallet, sorted(rows))
    made = []
    for title, lines, missing in plans:
        told = [line for plan in lines if (line := _line(plan, by_row)) is not None]
        if not title:
            told.sort(key=lambda line: line.newest.title.lower())
        if told:
            made.append(Panel(title=title, lines=tuple(told), missing=tuple(missing)))
    return tuple(made)


class _Plan(NamedTuple):
    """One test of a panel and the rows of its newest results."""

    name: str
    newest: list[Newest]


def _plan(wallet: Session, name: str, what: list[str]) -> _Plan:
    return _Plan(name, measures.newest(wallet.store, what, person=wallet.person))


def _records(wallet: Session, rows: list[int]) -> dict[int, Record]:
    found: dict[int, Record] = {}
    for first in range(0, len(rows), _WINDOW):
        part = rows[first : first + _WINDOW]
        told = held_records.by_rows(wallet.store, part)
        found |= dict(zip(part, told, strict=True))
    return found


def _line(plan: _Plan, by_row: dict[int, Record]) -> Line | None:
    if not plan.newest:
        return None
    newest = plan.newest[0]
    before = plan.newest[1] if plan.newest[1:] else None
    return Line(
        name=plan.name,
        newest=by_row[newest.row],
        before=None if before is None else by_row[before.row],
        low=newest.low,
        high=newest.high,
    )
