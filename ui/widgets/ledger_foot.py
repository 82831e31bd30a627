"""What the ledger says, at the foot of the rail; how far a long reading of it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui import theme
from ui.theme import Tone, Type
from ui.widgets.progress import Bar
from ui.widgets.rail_item import RailItem
from ui.widgets.row import RoundMark
from ui.widgets.text import Text

_MARK = 17


class LedgerFoot(QWidget):
    """A sentence with its mark; while a long reading runs, a bar and a way to stop.

    Stopped, it offers to go on: what was read is kept.
    """

    stop = Signal()
    go_on = Signal()

    def __init__(self) -> None:
        """Say nothing yet."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._line = QHBoxLayout()
        self._line.setSpacing(9)
        self._mark = RoundMark("check", tone=Tone.GO, size=_MARK, ground=False)
        self.words = Text(kind=Type.SMALL, tone=Tone.MUTED)
        near = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading
        self._line.addWidget(self._mark, 0, near)
        self._line.addWidget(self.words, 1)
        column.addLayout(self._line)
        self._under = QHBoxLayout()
        self.bar = Bar(Tone.CALM)
        self.bar.set_ground("line")
        self._under.addWidget(self.bar)
        column.addLayout(self._under)
        self.stopping = RailItem(self.tr("Stop reading"), "cross", page=False)
        self.stopping.clicked.connect(self._stop)
        column.addWidget(self.stopping)
        self.going_on = RailItem(self.tr("Read on"), "sync", page=False)
        self.going_on.clicked.connect(self.go_on)
        column.addWidget(self.going_on)
        self.hide()

    def show_sentence(self, words: str, *, tone: Tone, icon: str) -> None:
        """Say what the ledger says."""
        self._say(words, tone=tone, icon=icon)
        for part in (self.bar, self.stopping, self.going_on):
            part.hide()

    def show_reading(self, words: str, *, done: int, total: int) -> None:
        """Say how far a long reading has come."""
        self._say(words, tone=Tone.CALM, icon="sync")
        self.bar.setAccessibleName(words)
        self.bar.setValue(round(1000 * done / total))
        self.bar.show()
        self.going_on.hide()
        if self.stopping.isHidden():
            self.stopping.setEnabled(True)
            self.stopping.show()

    def show_stopped(self, words: str) -> None:
        """Say that the person stopped it; the bar stays where it was."""
        self._say(words, tone=Tone.WAIT, icon="bars")
        self.stopping.hide()
        self.going_on.show()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Show marks only; the words stay as tool tip."""
        look = theme.current()
        self.words.setVisible(not narrow)
        side = 44 + 24 * (look.scale - 1) - look.control(_MARK)
        left = round(side / 2) if narrow else 12
        self._line.setContentsMargins(left, 0, 0 if narrow else 8, 0)
        edge = 2 if narrow else 12
        self._under.setContentsMargins(edge, 0, edge, 0)
        for item in (self.stopping, self.going_on):
            item.set_narrow(narrow)
            item.updateGeometry()

    def _say(self, words: str, *, tone: Tone, icon: str) -> None:
        self.words.setText(words)
        self._mark.set_mark(icon, tone)
        self.setToolTip(words)
        self.setVisible(bool(words))

    def _stop(self) -> None:
        self.stopping.setEnabled(False)
        self.stop.emit()
