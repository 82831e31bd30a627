"""One sentence the page must say, with its mark; hidden while there is none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.row import RoundMark
from ui.widgets.text import Text

_ICONS = {
    Tone.GO: "check",
    Tone.STOP: "warning",
    Tone.WAIT: "hourglass",
    Tone.CALM: "info",
}


class Notice(Card):
    """A card with an edge in the tone of what it says, and maybe a button."""

    def __init__(self, button: str = "") -> None:
        """Stay hidden until there is something to say."""
        super().__init__()
        self.body.setContentsMargins(18, 12, 18, 12)
        line = QHBoxLayout()
        line.setSpacing(14)
        self._mark = RoundMark("info", tone=Tone.CALM, size=24, ground=False)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        self.words = Text()
        line.addWidget(self.words, 1)
        self.button = Button(button, kind=Kind.QUIET)
        if not button:
            self.button.hide()
        line.addWidget(self.button)
        self.body.addLayout(line)
        self.hide()

    def show_sentence(self, sentence: str, *, tone: Tone) -> None:
        """Say *sentence*, also aloud."""
        self.words.setText(sentence)
        self._mark.set_mark(_ICONS.get(tone, "info"), tone)
        self.set_tone(tone)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        announce(self, sentence)

    def clear(self) -> None:
        """Say nothing."""
        self.words.setText("")
        self.hide()


def announce(widget: QWidget, sentence: str) -> None:
    """Let a screen reader say *sentence* without moving the focus."""
    if sentence and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, sentence))
