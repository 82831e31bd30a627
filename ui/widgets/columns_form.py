"""Asks which column of a table is what; the answer holds for every such table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from ui import wording
from ui.record_views import ColumnsAnswer
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.menu_button import MenuButton
from ui.widgets.row import Rows
from ui.widgets.text import Text, heading, second, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import Column, TableSheet

_KINDS = (("test", "Results"), ("vaccine", "Vaccines"), ("medicine", "Medicines"))
_ORDERS = (
    ("dmy", "Day first: 31/12/2024"),
    ("mdy", "Month first: 12/31/2024"),
)
_SIGNS = (
    (",", "Comma: 4,1"),
    (".", "Point: 4.1"),
)
_NAMES = {"test": "Name of the test", "vaccine": "Vaccine", "medicine": "Medicine"}
_ROLES = {
    "value": "Result",
    "unit": "Unit",
    "date": "Day",
    "end": "Last day",
    "how": "How to take it",
    "range": "Usual range",
    "low": "Lowest usual value",
    "high": "Highest usual value",
    "lab": "Laboratory or place",
    "comment": "Remark",
    "loinc": "Code of the test (LOINC)",
    "cvx": "Code of the vaccine (CVX)",
    "rxnorm": "Code of the medicine (RxNorm)",
    "person": "Whose it is",
}
_WIDE = 520


class ColumnsForm(Card):
    """A row for each column: what stands in it, and a button that says what it is."""

    answered = Signal(object)
    left = Signal()

    def __init__(self, sheet: TableSheet) -> None:
        """Ask about *sheet*."""
        super().__init__()
        self._sheet, self._kind = sheet, sheet.kind
        self.body.setSpacing(10)
        self.body.addWidget(heading(wording.say("Which column is which?")))
        said = wording.say(
            "{file} has {n} rows. Say once what its columns are; we remember it for "
            "every file with the same columns."
        ).format(file=wording.breakable(sheet.file), n=wording.number(sheet.rows))
        self.body.addWidget(second(said))
        self.body.addWidget(_strong(wording.say("What does each row tell of?")))
        self.kinds = _Choice(_KINDS, chosen=sheet.kind)
        self.kinds.changed.connect(self._show_kind)
        self.body.addWidget(self.kinds)
        rows = Rows()
        self.roles: list[MenuButton] = []
        for column in sheet.columns:
            rows.add(self._row(column))
        self.body.addLayout(rows)
        self.orders = _Choice(_ORDERS, chosen=sheet.order)
        self.signs = _Choice(_SIGNS, chosen=sheet.decimal)
        for asked, words, choice in (
            (sheet.asks_order, wording.say("How are the dates written?"), self.orders),
            (
                sheet.asks_decimal,
                wording.say("Which sign stands before the fraction?"),
                self.signs,
            ),
        ):
            if asked:
                self.body.addWidget(_strong(words))
                self.body.addWidget(choice)
        self._note = small("", tone=Tone.STOP)
        self._note.hide()
        self.body.addWidget(self._note)
        self.bring = Button(wording.say("Bring in these rows"), kind=Kind.ACCENT)
        self.bring.clicked.connect(self._answer)
        leave = Button(wording.say("Leave it as it is"), kind=Kind.QUIET)
        leave.clicked.connect(self.left)
        self.body.addWidget(_flow((self.bring, leave)))
        self._show_kind()

    def first(self) -> QWidget:
        """Give what the keyboard goes to first."""
        return self.kinds.first()

    def complain(self, sentence: str) -> None:
        """Say what is still missing."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def _row(self, column: Column) -> QWidget:
        row = QWidget()
        columns = ColumnsLayout(wide=_WIDE, gap=16, line_gap=4)
        row.setLayout(columns)
        words = QWidget()
        lines = QVBoxLayout(words)
        lines.setContentsMargins(0, 8, 0, 8)
        lines.setSpacing(2)
        head = column.head or wording.say("A column without a name")
        lines.addWidget(Text(wording.breakable(head), kind=Type.STRONG))
        cells = " \u00b7 ".join(column.cells) or wording.say("empty")
        lines.addWidget(small(wording.breakable(cells)))
        columns.add(words, 1)
        button = MenuButton(wording.say("Not needed"))
        button.value = column.role or None
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 8, 0, 8)
        line.addWidget(button)
        line.addStretch(1)
        columns.add(holder, 1)
        self.roles.append(button)
        return row

    def _show_kind(self) -> None:
        self._kind = self.kinds.value() or "test"
        offered = dict(self._sheet.roles).get(self._kind, ())
        nothing = wording.say("Not needed")
        for button, column in zip(self.roles, self._sheet.columns, strict=True):
            if button.value not in offered:
                button.value = None
            answers = [(role_words(role, self._kind), role) for role in offered]
            button.offer([(nothing, None), *answers])
            said = nothing
            if isinstance(button.value, str):
                said = role_words(button.value, self._kind)
            button.setText(said)
            button.setAccessibleName(f"{column.head}: {said}")

    def _answer(self) -> None:
        roles = {
            at: button.value
            for at, button in enumerate(self.roles)
            if isinstance(button.value, str)
        }
        self.answered.emit(
            ColumnsAnswer(
                kind=self._kind,
                roles=tuple(roles.items()),
                order=self.orders.value(),
                decimal=self.signs.value(),
            )
        )


class _Choice(QWidget):
    """Pills of which one stands."""

    changed = Signal()

    def __init__(self, answers: Sequence[tuple[str, str]], *, chosen: str) -> None:
        super().__init__()
        line = FlowLayout(gap=8)
        self.setLayout(line)
        group = QButtonGroup(self)
        self._pills: list[tuple[str, Pill]] = []
        for value, words in answers:
            pill = Pill(wording.say(words), tall=True)
            pill.setChecked(value == chosen)
            pill.clicked.connect(lambda _=False: self.changed.emit())
            group.addButton(pill)
            line.addWidget(pill)
            self._pills.append((value, pill))

    def first(self) -> QWidget:
        """Give the first pill."""
        return self._pills[0][1]

    def value(self) -> str:
        """Give what is chosen; empty where nothing is."""
        return next((value for value, pill in self._pills if pill.isChecked()), "")


def role_words(role: str, kind: str) -> str:
    """Say what a column is."""
    return wording.say(_NAMES[kind] if role == "name" else _ROLES[role])


def _strong(words: str) -> Text:
    return Text(words, kind=Type.STRONG)


def _flow(widgets: Sequence[QWidget]) -> QWidget:
    holder = QWidget()
    line = FlowLayout(gap=12)
    for widget in widgets:
        line.addWidget(widget)
    holder.setLayout(line)
    return holder
