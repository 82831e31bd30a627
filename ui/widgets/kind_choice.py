"""Which kind of record a list shows: a pill each, or one menu where it is low."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from ui import kinds, wording
from ui.widgets.chip import Pill
from ui.widgets.layouts import FlowLayout
from ui.widgets.menu_button import MenuButton

if TYPE_CHECKING:
    from collections.abc import Iterable


class KindChoice(QWidget):
    """Everything first, then the kinds there are; both forms say the same."""

    chosen = Signal(object)

    def __init__(self) -> None:
        """Stand on everything; other widgets may follow on the line."""
        super().__init__()
        self._line = FlowLayout()
        self.setLayout(self._line)
        self.pills: dict[str | None, Pill] = {}
        group = QButtonGroup(self)
        for kind in (None, *kinds.FILTERS):
            words = wording.say("Everything") if kind is None else kinds.many(kind)
            pill = Pill(words)
            pill.setChecked(kind is None)
            pill.clicked.connect(lambda _on, which=kind: self.chosen.emit(which))
            group.addButton(pill)
            self._line.addWidget(pill)
            self.pills[kind] = pill
        self.menu = MenuButton(wording.say("Which kind"))
        self.menu.chosen.connect(self.chosen)
        self.menu.hide()
        self._line.addWidget(self.menu)
        self._have: set[str | None] = {None}
        self._low = False

    def add(self, widget: QWidget) -> None:
        """Put *widget* behind the kinds."""
        self._line.addWidget(widget)

    def offer(self, have: Iterable[str]) -> None:
        """Offer the kinds there are records of."""
        self._have = {None, *have}
        self.menu.offer(
            [
                (pill.text(), kind)
                for kind, pill in self.pills.items()
                if kind in self._have
            ]
        )
        self._show()

    def stand_on(self, kind: str | None) -> None:
        """Show what is chosen; a kind without a pill counts as everything."""
        known = kind if kind in self.pills else None
        self.pills[known].setChecked(True)
        self.menu.show_value(known)

    def set_low(self, low: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Take one line instead of several where the height is needed."""
        if low != self._low:
            self._low = low
            self._show()

    def _show(self) -> None:
        for kind, pill in self.pills.items():
            pill.setVisible(not self._low and kind in self._have)
        self.menu.setVisible(self._low)
