"""Narrows a list: where from, which years, how marked; and keeps a search by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui import wording
from ui.record_views import ALL, Among
from ui.source_words import say_choice
from ui.widgets.buttons import Button, Kind
from ui.widgets.layouts import FlowLayout
from ui.widgets.menu_button import MenuButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import Choices, Kept


class FilterBar(QWidget):
    """Buttons that open answers; what was kept stands under them."""

    changed = Signal()
    kept_chosen = Signal(object)
    keep_wanted = Signal(str)
    forget_wanted = Signal(str)

    def __init__(self) -> None:
        """Ask for nothing."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.source = MenuButton(wording.say("From which place"))
        self.first = MenuButton(wording.say("Since which year"))
        self.last = MenuButton(wording.say("Up to which year"))
        self.label = MenuButton(wording.say("Marked as private"))
        self.clear = Button(wording.say("Show all again"), kind=Kind.QUIET)
        self.clear.clicked.connect(self._show_all)
        line = _flow(self.source, self.first, self.last, self.label, self.clear)
        column.addWidget(line)
        self.name = QLineEdit()
        self.name.setAccessibleName(wording.say("A name for this search"))
        self.name.setPlaceholderText(wording.say("A name for this search"))
        self.name.setMinimumWidth(240)
        self.name.returnPressed.connect(self._keep)
        self.keep = Button(wording.say("Keep this search"))
        self.keep.clicked.connect(self._keep)
        column.addWidget(_flow(self.name, self.keep))
        self._kept = FlowLayout(gap=8)
        self._kept_holder = QWidget()
        self._kept_holder.setLayout(self._kept)
        self._kept_holder.hide()
        column.addWidget(self._kept_holder)
        for button in self._menus():
            button.chosen.connect(lambda _value: self.changed.emit())

    def offer(self, choices: Choices) -> None:
        """Offer what the records can be narrowed to."""
        anything = (wording.say("Any"), None)
        years = [(str(year), year) for year, _ in choices.years]
        self.first.offer([anything, *years])
        self.last.offer([anything, *years])
        self.source.offer(
            [anything, *((say_choice(name), name) for name in choices.sources)]
        )
        self.label.offer([anything, *((said, code) for code, said in choices.labels)])
        self.label.setVisible(bool(choices.labels))

    def among(self) -> Among:
        """Give what is asked for."""
        return Among(
            source=_text(self.source.value),
            first_year=_number(self.first.value),
            last_year=_number(self.last.value),
            label=_text(self.label.value),
        )

    def show_among(self, among: Among) -> None:
        """Stand on *among*."""
        for button, value in zip(
            self._menus(),
            (among.source, among.first_year, among.last_year, among.label),
            strict=True,
        ):
            button.show_value(value)

    def show_kept(self, kept: Sequence[Kept]) -> None:
        """Show the searches that are kept, each with a way to drop it."""
        while (item := self._kept.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for one in kept:
            button = Button(one.name, icon="search")
            button.clicked.connect(lambda _=False, one=one: self.kept_chosen.emit(one))
            self._kept.addWidget(button)
            words = wording.say("Forget \u201c{name}\u201d").format(name=one.name)
            forget = Button(words, kind=Kind.QUIET)
            forget.clicked.connect(
                lambda _=False, name=one.name: self.forget_wanted.emit(name)
            )
            self._kept.addWidget(forget)
        self._kept_holder.setVisible(bool(kept))

    def _menus(self) -> tuple[MenuButton, ...]:
        return (self.source, self.first, self.last, self.label)

    def _show_all(self) -> None:
        self.show_among(ALL)
        self.changed.emit()

    def _keep(self) -> None:
        name = self.name.text().strip()
        if name:
            self.name.clear()
            self.keep_wanted.emit(name)
        else:
            self.name.setFocus()


def _flow(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    line = FlowLayout(gap=8)
    for widget in widgets:
        line.addWidget(widget)
    holder.setLayout(line)
    return holder


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
