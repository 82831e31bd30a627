"""A button that opens a list of answers and shows the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from ui import theme, wording
from ui.theme import Type
from ui.widgets.buttons import Button

if TYPE_CHECKING:
    from collections.abc import Sequence


class MenuButton(Button):
    """One choice out of several; each answer is words and what they stand for."""

    chosen = Signal(object)

    def __init__(self, name: str, *, icon: str = "down") -> None:
        """Be called *name* while the first answer, which asks for nothing, stands."""
        super().__init__(name, icon=icon)
        self._name = name
        self._group: QActionGroup | None = None
        self._menu = QMenu(self)
        self._menu.setAccessibleName(name)
        self.value: object = None
        self.clicked.connect(self._open)

    def offer(self, answers: Sequence[tuple[str, object]]) -> None:
        """Offer *answers*; the first stands for nothing chosen."""
        self._menu.clear()
        self._group = QActionGroup(self._menu)
        for words, value in answers:
            action = QAction(words, self._menu)
            action.setCheckable(True)
            action.setData(value)
            action.setChecked(value == self.value)
            action.triggered.connect(
                lambda _on, words=words, value=value: self._choose(words, value)
            )
            self._group.addAction(action)
            self._menu.addAction(action)

    def show_value(self, value: object) -> None:
        """Stand on *value* without saying that a person chose it."""
        self.value = value
        said = "" if value is None else str(value)
        for action in self._menu.actions():
            found = value is not None and action.data() == value
            action.setChecked(found)
            said = action.text() if found else said
        self._say(said)

    def answers(self) -> tuple[str, ...]:
        """Give the words of every answer."""
        return tuple(action.text() for action in self._menu.actions())

    def choose(self, words: str) -> None:
        """Choose the answer that says *words*, as a press on it does."""
        next(one for one in self._menu.actions() if one.text() == words).trigger()

    def say(self, words: str) -> None:
        """Show *words* as what is chosen."""
        self._say(words)

    def _choose(self, words: str, value: object) -> None:
        self.value = value
        self._say("" if value is None else words)
        self.chosen.emit(value)

    def _say(self, words: str) -> None:
        said = self._name
        if words:
            said = wording.say("{what}: {answer}").format(what=self._name, answer=words)
        self.setText(said)
        self.setAccessibleName(said)
        self.updateGeometry()

    def _open(self) -> None:
        self._menu.setFont(theme.current().font(Type.TEXT))
        self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
