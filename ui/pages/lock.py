"""The lock screen: one field, one button, and no name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.faults import sentence_for
from ui.store_thread import Lane
from ui.widgets.buttons import Button, Kind
from ui.widgets.field import PassphraseField
from ui.widgets.mark import Mark
from ui.widgets.notice import announce
from ui.widgets.page import Page
from ui.widgets.text import second, small, title

if TYPE_CHECKING:
    from ui.background import Background
    from ui.desk import Desk

_COLUMN = 420


class LockPage(Page):
    """Asks for the passphrase and nothing else; shows nothing from the vault."""

    unlocked = Signal(tuple)  # of the 24 words, while they are still due

    def __init__(self, *, desk: Desk, bridge: Background) -> None:
        """Wait for the passphrase."""
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self.header.hide()
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QWidget()
        column.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._column = column
        lines = QVBoxLayout(column)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(12)
        lines.addWidget(Mark(106), 0, middle)
        lines.addSpacing(24)
        self.title = title(self.tr("Welcome back")).centred()
        lines.addWidget(self.title)
        self._why = second(self.tr("Your records are locked on this computer."))
        lines.addWidget(self._why.centred())
        lines.addSpacing(18)
        self.field = PassphraseField(self.tr("Passphrase"))
        self.field.entered.connect(self._unlock)
        lines.addWidget(self.field)
        self.button = Button(self.tr("Unlock"), kind=Kind.ACCENT).wide()
        self.button.clicked.connect(self._unlock)
        lines.addWidget(self.button)
        lines.addSpacing(24)
        foot = small(self.tr("No company can open this, not even us."))
        lines.addWidget(foot.centred())
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(column)
        line.addStretch(1)
        self.body.addStretch(1)
        self.body.addLayout(line)
        self.body.addStretch(1)
        self._fit()
        theme.changed().changed.connect(self._fit)

    def opened(self) -> None:
        """Be ready to type."""
        self.field.clear()
        self.field.setFocus()

    def say_why(self, sentence: str) -> None:
        """Say why it is locked, such as after a time without use."""
        self._why.setText(sentence)

    def _fit(self) -> None:
        look = theme.current()
        self._column.setFixedWidth(min(look.px(_COLUMN), 720))

    def _unlock(self) -> None:
        passphrase = self.field.text()
        if not passphrase:
            self.field.complain(self.tr("Type your passphrase first."))
            self.field.setFocus()
            return
        self._working(self.tr("Unlocking..."))
        self._bridge.run(
            lambda job: self._desk.unlock(passphrase, cancelled=job.cancelled),
            owner=self,
            done=self._opened,
            failed=self._failed,
            lane=Lane.TURN,
        )

    def _working(self, words: str) -> None:
        self.button.setText(words)
        self.button.setEnabled(False)
        self.field.line.setReadOnly(True)

    def _rest(self) -> None:
        self.button.setText(self.tr("Unlock"))
        self.button.setEnabled(True)
        self.field.line.setReadOnly(False)

    def _opened(self, words: tuple[str, ...]) -> None:
        self._rest()
        self.field.clear()
        self.unlocked.emit(words)

    def _failed(self, error: Exception) -> None:
        self._rest()
        sentence = sentence_for(error)
        self.field.complain(sentence)
        announce(self.field.line, sentence)
        self.field.line.selectAll()
        self.field.setFocus()
