"""What may stand on an emergency card, as boxes to tick, and the card they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from ui import kinds, wording
from ui.emergency_views import MOST_CALLS, MOST_NAME, MOST_PHONE, Call
from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.choice import TickRow
from ui.widgets.field import Field
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.record.original import Sheet
from ui.widgets.text import heading, second, small, strong

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ui.emergency_views import Draft, Line, Offer

_AT_FIRST = 12


class AboutYou(Card):
    """Name, date of birth and blood group, each off until it is ticked."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin with nothing to offer."""
        super().__init__()
        self.body.addWidget(heading(self.tr("About you")))
        self._none = second(
            self.tr("Your records do not say your name or when you were born.")
        )
        self.body.addWidget(self._none)
        self._column = QVBoxLayout()
        self.body.addLayout(self._column)
        self.ticks: dict[str, TickRow] = {}

    def show_offer(self, offer: Offer) -> None:
        """Offer what the records say of her."""
        _clear(self.ticks)
        if offer.name:
            self._add("name", offer.name, self.tr("Your name"), on=offer.wish.with_name)
        if offer.born:
            on = offer.wish.with_birth_date
            self._add("born", offer.born, self.tr("Your date of birth"), on=on)
        for group in offer.blood_groups:
            words = self.tr("Blood group {group}").format(group=group)
            on = group == offer.wish.blood_group
            self._add(f"blood {group}", words, self.tr("As your records say"), on=on)
        self._none.setVisible(not self.ticks)

    def has(self, key: str) -> bool:
        """Tell whether it is ticked."""
        tick = self.ticks.get(key)
        return tick is not None and tick.isChecked()

    def blood_group(self) -> str:
        """Give the one that is ticked."""
        for key in self.ticks:
            kind, _, group = key.partition(" ")
            if kind == "blood" and self.has(key):
                return group
        return ""

    def _add(self, key: str, words: str, note: str, *, on: bool) -> None:
        tick = TickRow(words, note)
        tick.setChecked(on)
        tick.toggled.connect(lambda is_on: self._toggled(key) if is_on else None)
        tick.toggled.connect(lambda _on: self.changed.emit())
        self.ticks[key] = tick
        self._column.addWidget(tick)

    def _toggled(self, key: str) -> None:
        """A person has one blood group."""
        if key.startswith("blood"):
            for other, tick in self.ticks.items():
                if other != key and other.startswith("blood"):
                    tick.setChecked(False)


class Lines(Card):
    """The records of one kind; those with a mark say to think twice."""

    changed = Signal()

    def __init__(self, kind: str, none: str) -> None:
        """Offer records of *kind*; say *none* where there are none."""
        super().__init__()
        self.kind = kind
        self.body.addWidget(heading(kinds.many(kind)))
        self._none = second(none)
        self.body.addWidget(self._none)
        self._column = QVBoxLayout()
        self.body.addLayout(self._column)
        self.more = Button("", kind=Kind.QUIET)
        self.more.clicked.connect(self._show_all)
        self.body.addWidget(self.more)
        self.ticks: dict[str, TickRow] = {}

    def show_lines(self, lines: Iterable[Line], chosen: frozenset[str]) -> None:
        """Offer *lines*; ticked ones are always in sight."""
        _clear(self.ticks)
        for line in lines:
            tick = TickRow(line.words, self._note(line))
            tick.setChecked(line.key in chosen)
            tick.toggled.connect(lambda _on: self.changed.emit())
            self.ticks[line.key] = tick
            self._column.addWidget(tick)
        hidden = [
            tick
            for tick in list(self.ticks.values())[_AT_FIRST:]
            if not tick.isChecked()
        ]
        for tick in hidden:
            tick.hide()
        self.more.setText(
            self.tr("Show all {n}").format(n=wording.number(len(self.ticks)))
        )
        self.more.setVisible(bool(hidden))
        self._none.setVisible(not self.ticks)

    def chosen(self) -> frozenset[str]:
        """Give the records that are ticked."""
        return frozenset(key for key, tick in self.ticks.items() if tick.isChecked())

    def _note(self, line: Line) -> str:
        if not line.marks:
            return ""
        words = self.tr("Sensitive: {marks}. Anyone who finds the card would read it.")
        return words.format(marks=", ".join(line.marks))

    def _show_all(self) -> None:
        for tick in self.ticks.values():
            tick.show()
        self.more.hide()
        next(iter(self.ticks.values())).setFocus()


class People(Card):
    """Whom to call: a name and a number each."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin with one empty line."""
        super().__init__()
        self.body.addWidget(heading(self.tr("People to call")))
        self.body.addWidget(
            second(self.tr("Ask them first: their number stands on the card."))
        )
        self.fields: list[tuple[Field, Field]] = []
        self._rows: list[QWidget] = []
        for number in range(1, MOST_CALLS + 1):
            self._add(number)
        self.more = Button(self.tr("Add another person"), kind=Kind.QUIET, icon="plus")
        self.more.clicked.connect(self._show_next)
        self.body.addWidget(self.more)

    def show_calls(self, calls: Sequence[Call]) -> None:
        """Fill the lines in."""
        for number, (name, phone) in enumerate(self.fields):
            one = calls[number] if number < len(calls) else Call()
            name.line.setText(one.name)
            phone.line.setText(one.phone)
            self._rows[number].setVisible(number < max(1, len(calls)))
        self._fit()

    def calls(self) -> tuple[Call, ...]:
        """Give the lines that say something."""
        said = (
            Call(name=name.text().strip(), phone=phone.text().strip())
            for name, phone in self.fields
        )
        return tuple(one for one in said if one.name or one.phone)

    def _add(self, number: int) -> None:
        name, phone = Field(self.tr("Name")), Field(self.tr("Phone number"))
        name.line.setMaxLength(MOST_NAME)
        phone.line.setMaxLength(MOST_PHONE)
        for field, words in (
            (name, self.tr("Person {n} to call: name")),
            (phone, self.tr("Person {n} to call: phone number")),
        ):
            field.line.setAccessibleName(words.format(n=number))
            field.line.textEdited.connect(lambda _text: self.changed.emit())
        row = QWidget()
        columns = ColumnsLayout(wide=360, gap=16, line_gap=8)
        columns.add(name, 1)
        columns.add(phone, 1)
        row.setLayout(columns)
        self.fields.append((name, phone))
        self._rows.append(row)
        self.body.addWidget(row)

    def _show_next(self) -> None:
        for row, (name, _) in zip(self._rows, self.fields, strict=True):
            if row.isHidden():
                row.show()
                name.setFocus()
                break
        self._fit()

    def _fit(self) -> None:
        self.more.setVisible(any(row.isHidden() for row in self._rows))


class PreviewCard(Card):
    """The card as it will be printed, and the words in its code."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.body.setSpacing(12)
        self.body.addWidget(heading(self.tr("As it will be printed")))
        flow = FlowLayout(gap=10)
        group = QButtonGroup(self)
        self.pills: dict[str, Pill] = {}
        for sheet, words in (
            ("a4", self.tr("Large, on a sheet (A4)")),
            ("card", self.tr("Only the small card")),
        ):
            pill = Pill(words, tall=True)
            pill.clicked.connect(lambda _on: self.changed.emit())
            group.addButton(pill)
            flow.addWidget(pill)
            self.pills[sheet] = pill
        self.pills["a4"].setChecked(True)
        self.body.addLayout(flow)
        self._said = second()
        self.body.addWidget(self._said)
        self._pages = QVBoxLayout()
        self._pages.setSpacing(12)
        self.body.addLayout(self._pages)
        self._sheets: list[Sheet] = []
        self.code = self._make_code()
        self.body.addWidget(self.code)
        self.body.addStretch(1)
        self.show_nothing()

    def sheet(self) -> str:
        """Give the paper that is chosen."""
        return next(sheet for sheet, pill in self.pills.items() if pill.isChecked())

    def show_nothing(self) -> None:
        """Say that the card is empty."""
        self._replace(())
        self.code.hide()
        self._said.setText(
            self.tr("Nothing is on it yet. Tick what a stranger who helps should know.")
        )
        self._said.show()

    def show_draft(self, draft: Draft) -> None:
        """Show both sides."""
        self._replace([Sheet(page) for page in draft.pages])
        words = ""
        if draft.missing:
            words = wording.counted(
                draft.missing,
                self.tr("One letter cannot be printed; the code has it."),
                self.tr("{n} letters cannot be printed; the code has them."),
            )
        elif not draft.pages:
            words = self.tr("The card cannot be shown here; save it to look at it.")
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._words.setText("\n".join(map(wording.breakable, draft.text.splitlines())))
        self._part.setVisible(not draft.whole)
        self.code.show()

    def _replace(self, sheets: Sequence[Sheet]) -> None:
        for old in self._sheets:
            old.hide()
            old.deleteLater()
        self._sheets = list(sheets)
        for sheet in sheets:
            self._pages.addWidget(sheet)

    def _make_code(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addWidget(strong(self.tr("What the square code says")))
        column.addWidget(
            small(
                self.tr(
                    "Any phone shows exactly these words. It needs no internet, and "
                    "nobody hears of it."
                )
            )
        )
        self._part = small(
            self.tr(
                "Not everything fits in the code; it says how much is missing. Untick "
                "what matters least."
            ),
            tone=Tone.WAIT,
        )
        column.addWidget(self._part)
        self._words = small(tone=Tone.INK)
        column.addWidget(self._words)
        return holder


def _clear(ticks: dict[str, TickRow]) -> None:
    for tick in ticks.values():
        tick.hide()
        tick.deleteLater()
    ticks.clear()
