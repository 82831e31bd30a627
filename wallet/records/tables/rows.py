"""Delimited text as rows: which sign separates, which letters, what the dates mean.

RFC 4180 and what spreadsheets really write: commas, semicolons, tabs or bars; UTF-8,
UTF-16 or Windows letters; a decimal comma; days before months or after. What cannot be
told from the file is left open, never guessed: 03/04/2024 stays a text.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIGNS = "\t;,|"
MOST_ROWS = 500_000
_MOST_COLUMNS = 200
_FEWEST_COLUMNS = 3
_LOOKED_AT = 40
_MOST_DIGITS = 40
_LISTED = re.compile(r"[.,;][\s\u00a0]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_ISO = re.compile(r"(\d{4})-(\d\d?)(?:-(\d\d?))?(?:[T ](\d\d):(\d\d)(?::(\d\d))?.*)?")
_PARTS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})(?:[ ,T]+\d.*)?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_CENTURY = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; ``number`` is its line in the file, from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file of rows under one head."""

    sign: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


def text_of(data: bytes) -> str:
    """The letters of a file in one of the codes spreadsheets write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def separator_of(text: str) -> str | None:
    """The sign that cuts the first lines into the same number of cells; None if none.

    A line of a letter may have a comma; only three columns and two lines make a table.
    """
    for sign in SIGNS:
        counts = [len(row) for row in _cells(text, sign, most=_LOOKED_AT) if any(row)]
        if len(counts) > 1 and min(counts[:2]) >= _FEWEST_COLUMNS:
            usual, times = Counter(counts).most_common(1)[0]
            if usual == counts[0] and times * 10 >= len(counts) * 9:
                return sign
    return None


def read_table(data: bytes) -> Table:
    """Read *data* as a table with a head.

    Raises:
        FaultError: it is none, or it is too large.
    """
    text = text_of(data)
    sign = separator_of(text)
    if sign is None:
        raise FaultError(Cause.UNKNOWN_FORMAT)
    head: tuple[str, ...] = ()
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > _MOST_COLUMNS or len(rows) >= MOST_ROWS:
                raise FaultError(Cause.TOO_LARGE)
            held = tuple(cell.strip() for cell in cells)
            if head:
                rows.append(Row(number=reader.line_num, cells=held))
            else:
                head = held
    except csv.Error:
        raise FaultError(Cause.TOO_LARGE) from None
    return Table(sign=sign, head=head, rows=tuple(rows))


def _cells(text: str, sign: str, *, most: int) -> Iterable[list[str]]:
    reader = csv.reader(io.StringIO(text[: 1 << 16], newline=""), delimiter=sign)
    try:
        for _, row in zip(range(most), reader, strict=False):
            yield row
    except csv.Error:
        return


def folded(name: str) -> str:
    """A column's name without case, accents and signs: "Wert (neu)" is "wert neu"."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def decimal_sign(values: Iterable[str], *, separator: str) -> str:
    """``.`` or ``,`` by what the numbers show; empty where they do not tell.

    ``1,234`` may be a thousand or a little more than one.
    """
    seen: Counter[str] = Counter()
    unclear = False
    for value in values:
        found = _NUMBER.fullmatch(value.lstrip("<>=\u2264\u2265~ "))
        if found is None:
            continue
        signs = [c for c in value if c in ".,"]
        if not signs:
            continue
        last = signs[-1]
        after = len(value) - value.rindex(last) - 1
        if len(set(signs)) > 1:
            seen[last] += 1
        elif len(signs) > 1:
            seen["," if last == "." else "."] += 1
        elif after != 3:  # noqa: PLR2004 three digits may be thousands
            seen[last] += 1
        else:
            unclear = True
    if len(seen) == 1:
        return next(iter(seen))
    if len(seen) > 1:
        return ""
    if not unclear:
        return "."
    return "," if separator == ";" else ""


def number_of(written: str, *, decimal: str) -> Decimal | None:
    """A number as it is written, with *decimal* as its sign; None where it is none.

    "420, 420, 430" are three numbers, not one of 420 million.
    """
    if _LISTED.search(written.strip()):
        return None
    text = written.replace("\u00a0", "").replace(" ", "")
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return None
    marks = [c for c in text if c in ".,"]
    if marks and not decimal:
        return None
    other = "," if decimal == "." else "."
    text = text.replace(other, "").replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def date_order(values: Iterable[str]) -> str:
    """``ymd``, ``dmy`` or ``mdy``, as all dates of a column allow; empty if unclear."""
    orders = {"ymd", "dmy", "mdy"}
    for value in values:
        if not value or _ISO.fullmatch(value) or _COMPACT.fullmatch(value):
            continue
        found = _PARTS.fullmatch(value)
        if found is None:
            continue
        first, sign, second, third = found.groups()
        allowed = {"ymd"} if len(first) == 4 else {"dmy", "mdy"}  # noqa: PLR2004
        if sign == ".":
            allowed &= {"ymd", "dmy"}
        if int(first) > 12 or len(third) < 2:  # noqa: PLR2004 no month
            allowed -= {"mdy"}
        if int(second) > 12:  # noqa: PLR2004 no month
            allowed -= {"dmy"}
        orders &= allowed
    return next(iter(orders)) if len(orders) == 1 else "ymd" if len(orders) > 2 else ""  # noqa: PLR2004


def date_of(written: str, *, order: str) -> str:
    """A FHIR date of a cell, in *order*; empty where it is none or not clear.

    A time of day without a zone is no moment; the day is kept.
    """
    found = _ISO.fullmatch(written)
    if found:
        return _date(found[1], found[2], found[3] or "")
    if compact := _COMPACT.fullmatch(written):
        return _date(compact[1], compact[2], compact[3])
    parts = _PARTS.fullmatch(written)
    if parts is None or not order:
        return ""
    first, _, second, third = parts.groups()
    if len(first) == 4:  # noqa: PLR2004 a year
        return _date(first, second, third)
    year = third if len(third) == 4 else _century(third)  # noqa: PLR2004
    day, month = (first, second) if order == "dmy" else (second, first)
    return _date(year, month, day)


def _century(short: str) -> str:
    return f"{'20' if int(short) < _CENTURY else '19'}{short}"


def _date(year: str, month: str, day: str) -> str:
    if not 1 <= int(month) <= 12 or (day and not 1 <= int(day) <= 31):  # noqa: PLR2004
        return ""
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")


def column(rows: Sequence[Row], at: int | None) -> list[str]:
    """The cells of one column; empty where there is no such column."""
    if at is None:
        return []
    return [row.cells[at] for row in rows if at < len(row.cells)]
