"""What the pages of records show beside single records, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.views import Flag, RecordLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Which records a list keeps to, beside their kind; None asks for nothing.

    Of the last year all of it, or up to *last_month*, from 1.
    """

    source: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    last_month: int | None = None
    label: str | None = None
    undated: bool = False

    @property
    def asks(self) -> bool:
        """Tell whether anything is asked for."""
        return self != ALL


ALL = Among()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a list can be narrowed to: years with counts, places, labels as words."""

    years: tuple[tuple[int, int], ...] = ()
    sources: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A search that is kept under a name."""

    name: str
    text: str = ""
    category: str | None = None
    among: Among = ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryCard:
    """What holds now of one kind: how much, and the newest of it."""

    category: str
    count: int
    newest: tuple[RecordLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """The newest result of one test, and what changed since the one before."""

    key: str
    name: str
    value: str
    unit: str
    when: str
    flag: Flag
    change: str = ""
    earlier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPanel:
    """Results that are read together; *missing* names those without any."""

    title: str
    lines: tuple[ResultLine, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccineLine:
    """One vaccine and every day it was given, newest first."""

    name: str
    doses: tuple[RecordLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture, decoded: *pixels* are rows of red, green and blue bytes.

    *text* is what a page says, to be found in it.
    """

    width: int
    height: int
    pixels: bytes = field(repr=False)
    words: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a record came out of, ready to be looked at.

    *name* is what a copy would be called; *pictures* are its pages or itself, *text*
    what it says where that can be shown, *left_out* counts pages that are not here.
    """

    name: str
    words: str
    size: int
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: its head, some cells, and what it is taken for."""

    head: str
    cells: tuple[str, ...]
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSheet:
    """A table whose columns nobody has explained yet.

    *roles* are what a column may be, by what the rows are.
    """

    file: str
    columns: tuple[Column, ...]
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    kind: str = "test"
    order: str = ""
    decimal: str = ""
    rows: int = 0
    asks_order: bool = False
    asks_decimal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsAnswer:
    """What a person said of the columns of a table, by their number from 0."""

    kind: str
    roles: tuple[tuple[int, str], ...]
    order: str = ""
    decimal: str = ""
