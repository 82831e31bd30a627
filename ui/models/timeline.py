"""The records timeline as a list model: month headings, records, fetched by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from ui import wording
from ui.views import RecordLine

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW = 60
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Month:
    """A heading between records."""

    words: str


class TimelineModel(QAbstractListModel):
    """Holds what was fetched so far and asks for the next window when scrolled to."""

    wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin empty."""
        super().__init__(parent)
        self._rows: list[Month | RecordLine] = []
        self._last = ""
        self._more = False
        self._asking = False

    def reset(self) -> None:
        """Forget everything; the next window is the first."""
        self.beginResetModel()
        self._rows, self._last = [], ""
        self._more, self._asking = False, False
        self.endResetModel()

    def add(self, lines: Sequence[RecordLine], *, more: bool) -> None:
        """Append one window of records with the headings they need."""
        self._asking = False
        self._more = more
        self._last = next(
            (line.key for line in reversed(lines) if not line.under), self._last
        )
        rows = self._with_headings(lines)
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows.extend(rows)
        self.endInsertRows()

    def line(self, index: _Index) -> RecordLine | None:
        """Give the record at *index*, or nothing for a heading."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, RecordLine) else None

    def heading_at(self, row: int) -> str:
        """Give the month *row* belongs to."""
        for place in range(min(row, len(self._rows) - 1), -1, -1):
            found = self._rows[place]
            if isinstance(found, Month):
                return found.words
        return ""

    def is_heading(self, row: int) -> bool:
        """Tell whether *row* is a heading."""
        return 0 <= row < len(self._rows) and isinstance(self._rows[row], Month)

    def first_record(self) -> QModelIndex:
        """Give the first row that is a record."""
        for place, row in enumerate(self._rows):
            if isinstance(row, RecordLine):
                return self.index(place)
        return QModelIndex()

    def rowCount(self, parent: _Index | None = None) -> int:
        """Count headings and records fetched so far."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give a row as words, and whole under ``ROW_ROLE``."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.words if isinstance(row, Month) else row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.words if isinstance(row, Month) else _spoken(row)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let the keyboard step over headings."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.is_heading(index.row()):
            return Qt.ItemFlag.ItemNeverHasChildren
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def canFetchMore(self, parent: _Index) -> bool:
        """Tell whether there is another window."""
        return not parent.isValid() and self._more and not self._asking

    def fetchMore(self, parent: _Index) -> None:
        """Ask for the next window; it arrives later through ``add``."""
        if self.canFetchMore(parent):
            self._asking = True
            self.wanted.emit(self._last)

    def _with_headings(self, lines: Sequence[RecordLine]) -> list[Month | RecordLine]:
        last = self.heading_at(len(self._rows) - 1) if self._rows else ""
        rows: list[Month | RecordLine] = []
        for line in lines:
            words = last if line.under else _heading(line)
            if words != last:
                rows.append(Month(words))
                last = words
            rows.append(line)
        return rows


def day_words(line: RecordLine) -> str:
    """Say the day as precisely as the record does."""
    if line.day is None or line.precision in ("year", "month"):
        return ""
    return wording.short_day(line.day)


def _heading(line: RecordLine) -> str:
    if line.day is None:
        return _tr("Without a date")
    if line.precision == "year":
        return str(line.day.year)
    return wording.month(line.day.year, line.day.month)


def _spoken(line: RecordLine) -> str:
    when = _tr("without a date") if line.day is None else wording.plain_day(line.day)
    return ". ".join(part for part in (line.title, line.note, when) if part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("timeline", text)
