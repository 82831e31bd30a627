"""The results of one kind, as a chart or, one press away, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.widgets.chart import Chart
from ui.widgets.row import FactRow, Rows
from ui.widgets.text import small

if TYPE_CHECKING:
    from ui.views import RecordSheet

_MOST_ROWS = 200


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
        self.list = QWidget()
        rows = Rows()
        self.list.setLayout(rows)
        for point in sheet.series[: -_MOST_ROWS - 1 : -1]:
            value = f"{point.written} {sheet.unit}".strip()
            if point.outside:
                value = wording.say("{value}, outside the range").format(value=value)
            rows.add(FactRow(wording.plain_day(point.day), value))
        self.list.hide()
        column.addWidget(self.list)

    def show_list(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        """Show the list instead of the chart, or the chart again."""
        self.chart.setVisible(not on)
        self.list.setVisible(on)


def _caption(sheet: RecordSheet) -> str:
    points = sheet.series
    first, last = str(points[0].day.year), str(points[-1].day.year)
    if first == last:
        first = wording.plain_day(points[0].day)
        last = wording.plain_day(points[-1].day)
    words = wording.say("{n} results, {first} to {last}.").format(
        n=wording.number(len(points)), first=first, last=last
    )
    if any(point.outside for point in points):
        words = (
            wording.say("Open rings lie outside the range the lab printed that day.")
            + f" {words}"
        )
    return words
