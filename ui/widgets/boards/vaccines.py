"""Every vaccine once, with the days it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.theme import Tone, Type
from ui.widgets.row import RoundMark, RowButton, RowFace, Rows
from ui.widgets.text import Text, heading, second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import VaccineLine

_MOST_DAYS = 6


class VaccinesBoard(QWidget):
    """A row for each vaccine; a press opens the newest record of it."""

    opened = Signal(str)

    def __init__(self, lines: Sequence[VaccineLine]) -> None:
        """Show *lines* in their order."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(4)
        column.addWidget(heading(wording.say("Your vaccines")))
        said = wording.say("Each with the days it was given, as your records say.")
        column.addWidget(second(said))
        rows = Rows()
        for line in lines:
            rows.add(self._row(line))
        column.addSpacing(8)
        column.addLayout(rows)

    def _row(self, line: VaccineLine) -> RowButton:
        days = [
            wording.plain_day(dose.day)
            if dose.day is not None
            else wording.say("without a date")
            for dose in line.doses
        ]
        said = "; ".join(days[:_MOST_DAYS])
        if len(days) > _MOST_DAYS:
            rest = wording.say("and {n} more").format(n=len(days) - _MOST_DAYS)
            said = f"{said} {rest}"
        times = wording.counted(
            len(days), wording.say("once"), wording.say("{n} times")
        )
        face = RowFace(
            first=line.name,
            second=said,
            lead=RoundMark("shield", tone=Tone.CALM),
            right=(Text(times, kind=Type.SMALL, tone=Tone.MUTED).one_line(),),
        )
        row = RowButton(face)
        newest = line.doses[0].key
        row.clicked.connect(lambda _=False: self.opened.emit(newest))
        return row
