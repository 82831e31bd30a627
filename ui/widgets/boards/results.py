"""The newest of everything that was measured, by what is read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.theme import Tone, Type
from ui.views import Flag
from ui.widgets.chip import StateChip
from ui.widgets.row import RowButton, RowFace, Rows
from ui.widgets.text import Text, heading, second, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import ResultLine, ResultPanel

_FLAGS = {
    Flag.INSIDE: ("In the usual range", "check", Tone.GO),
    Flag.ABOVE: ("Above the usual range", "up", Tone.WAIT),
    Flag.BELOW: ("Below the usual range", "down", Tone.WAIT),
}


class ResultsBoard(QWidget):
    """A row for each test: its value, the range, and what changed since last time."""

    opened = Signal(str)

    def __init__(self, panels: Sequence[ResultPanel]) -> None:
        """Show *panels* in their order."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(4)
        column.addWidget(heading(wording.say("Your latest results")))
        column.addWidget(
            second(wording.say("Each beside the result before it, from any place."))
        )
        for panel in panels:
            column.addSpacing(16)
            column.addWidget(Text(panel.title, kind=Type.CARD))
            rows = Rows()
            for line in panel.lines:
                rows.add(self._row(line))
            column.addLayout(rows)
            if panel.missing:
                words = wording.say("Not found in your records: {names}.")
                names = ", ".join(panel.missing)
                column.addWidget(small(words.format(names=names)))

    def _row(self, line: ResultLine) -> RowButton:
        value = f"{line.value} {line.unit}".strip()
        # A long answer in words stands under the name, a number at the far edge.
        short = len(value) <= _SHORT
        right: list[QWidget] = []
        if short:
            right.append(Text(value, kind=Type.STRONG).one_line().right())
        if line.flag in _FLAGS:
            words, icon, tone = _FLAGS[line.flag]
            right.append(StateChip(wording.say(words), icon=icon, tone=tone))
        note = [] if short else [value]
        note.append(line.when)
        if line.change and line.earlier:
            said = wording.say("{change} than {earlier}")
            if line.change not in {wording.say(one) for one in _COMPARED}:
                said = wording.say("{change}: {earlier}")
            note.append(said.format(change=line.change, earlier=line.earlier))
        elif line.change:
            note.append(line.change)
        elif line.earlier:
            note.append(wording.say("before: {earlier}").format(earlier=line.earlier))
        face = RowFace(
            first=line.name,
            second=" \u00b7 ".join(part for part in note if part),
            right=right,
        )
        face.setContentsMargins(8, 10, 8, 10)
        row = RowButton(face)
        row.clicked.connect(lambda _=False, key=line.key: self.opened.emit(key))
        return row


_SHORT = 24
_COMPARED = frozenset({"higher", "lower"})
