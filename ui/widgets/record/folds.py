"""Buttons at the foot of a record's page, each of which opens something under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.buttons import Button, Kind
from ui.widgets.layouts import FlowLayout

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A button's words and what it opens."""

    name: str
    words: str
    body: QWidget
    kind: Kind = Kind.QUIET


class Folds(QWidget):
    """Everything begins closed."""

    def __init__(self, folds: Sequence[Fold]) -> None:
        """Put the buttons side by side while there is room."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        line = FlowLayout(gap=12)
        holder = QWidget()
        holder.setLayout(line)
        column.addWidget(holder)
        self.buttons: dict[str, Button] = {}
        for fold in folds:
            button = Button(fold.words, kind=fold.kind)
            button.setCheckable(True)
            button.toggled.connect(fold.body.setVisible)
            line.addWidget(button)
            self.buttons[fold.name] = button
            fold.body.hide()
            column.addWidget(fold.body)
