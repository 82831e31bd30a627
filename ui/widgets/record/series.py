"""The results of one kind, as a chart or, one press away, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.widgets.buttons import Button, Kind
from ui.widgets.chart import Chart
from ui.widgets.row import FactRow, Rows
from ui.widgets.text import small

if TYPE_CHECKING:
    from ui.views import Point, RecordSheet
    from ui.widgets.record.acts import Acts

_AT_ONCE = 200  # rows of the list


class SeriesView(QWidget):
    """Both say the same; the list says it in words."""

    def __init__(self, sheet: RecordSheet) -> None:
        """Begin with the chart."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.chart = Chart(sheet.series, unit=sheet.unit, name=sheet.title)
        column.addWidget(self.chart)
        column.addWidget(small(_caption(sheet)))
        self._unit, self._left = sheet.unit, list(sheet.series)
        self.list = QWidget()
        self._rows = Rows()
        self.list.setLayout(self._rows)
        self.list.hide()
        column.addWidget(self.list)
        self.earlier = Button(wording.say("See earlier results"), kind=Kind.QUIET)
        self.earlier.clicked.connect(self._add_rows)
        self.earlier.hide()
        column.addWidget(self.earlier)
        self.as_list = Button(wording.say("See as a list"), kind=Kind.QUIET)
        self.as_list.setCheckable(True)
        self.as_list.toggled.connect(self.show_list)
        column.addWidget(self.as_list)

    def show_list(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        """Show the list instead of the chart, or the chart again."""
        if on and not self._rows.count():
            self._add_rows()
        words = wording.say("See as a chart") if on else wording.say("See as a list")
        self.as_list.setText(words)
        self.chart.setVisible(not on)
        self.list.setVisible(on)
        self.earlier.setVisible(on and bool(self._left))

    def _add_rows(self) -> None:
        """Add the newest results that are not in the list yet."""
        part = self._left[-_AT_ONCE:]
        del self._left[-_AT_ONCE:]
        for point in reversed(part):
            self._rows.add(FactRow(wording.plain_day(point.day), self._said(point)))
        self.earlier.setVisible(bool(self._left))

    def _said(self, point: Point) -> str:
        value = f"{point.written} {self._unit}".strip()
        if point.original:
            said = wording.say("{value} (written as {original})")
            value = said.format(value=value, original=point.original)
        if point.outside:
            value = wording.say("{value}, outside the range").format(value=value)
        return value


def series_part(sheet: RecordSheet, _acts: Acts) -> SeriesView | None:
    """Only a result among others of its kind has one."""
    return SeriesView(sheet) if sheet.series else None


def _caption(sheet: RecordSheet) -> str:
    points = sheet.series
    first, last = str(points[0].day.year), str(points[-1].day.year)
    if first == last:
        first = wording.plain_day(points[0].day)
        last = wording.plain_day(points[-1].day)
    words = wording.say("{n} results, {first} to {last}.").format(
        n=wording.number(len(points)), first=first, last=last
    )
    if first == last:
        words = wording.say("{n} results, all on {day}.").format(
            n=wording.number(len(points)), day=first
        )
    if any(point.low is not None or point.high is not None for point in points):
        words = wording.say("Green is the lab's usual range.") + f" {words}"
    if any(point.outside for point in points):
        words = (
            wording.say("Open rings lie outside the range the lab printed that day.")
            + f" {words}"
        )
    if any(point.sign for point in points):
        words += " " + wording.say(
            "Triangles are results of which the lab gave only a limit."
        )
    if any(point.original for point in points):
        said = wording.say(
            "Results in another unit were turned into {unit}; the list shows both."
        )
        words += " " + said.format(unit=sheet.unit)
    return words
