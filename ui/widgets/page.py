"""The frame of every page: title, one sentence that is true now, one action."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui import theme
from ui.widgets.card import Hairline
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.text import second, title

_NARROW = 560


class Header(QWidget):
    """Title and sentence, with actions at the far edge while there is room."""

    def __init__(self, words: str, sentence: str = "") -> None:
        """Show *words* large and *sentence* under it."""
        super().__init__()
        self._columns = ColumnsLayout(wide=_NARROW, line_gap=12)
        self.setLayout(self._columns)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.title = title(words)
        self.sentence = second(sentence)
        if not sentence:
            self.sentence.hide()
        column.addWidget(self.title)
        column.addWidget(self.sentence)
        column.addStretch(1)
        self._columns.add(holder, 1)

    def say(self, words: str, sentence: str) -> None:
        """Change both."""
        self.title.setText(words)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def add_action(self, widget: QWidget) -> None:
        """Put *widget* at the far edge."""
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        line.addStretch(1)
        self._columns.add(holder, 0)


class Page(QWidget):
    """A page that scrolls as a whole, with an optional line of buttons at the foot."""

    def __init__(self, words: str = "", sentence: str = "") -> None:
        """Begin with header and an empty body."""
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        content.setObjectName("page-content")
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(
            theme.MARGIN_X, theme.MARGIN_Y, theme.MARGIN_X, theme.MARGIN_Y
        )
        self.body.setSpacing(theme.GAP)
        self.header = Header(words, sentence)
        self.body.addWidget(self.header)
        self.area.setWidget(content)
        self.area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        outer.addWidget(self.area, 1)
        self._outer = outer

    def add_foot(self, widget: QWidget) -> None:
        """Keep *widget* in sight under whatever scrolls."""
        foot = QWidget()
        line = QVBoxLayout(foot)
        line.setContentsMargins(theme.MARGIN_X, 16, theme.MARGIN_X, 24)
        line.addWidget(widget)
        self._outer.addWidget(Hairline())
        self._outer.addWidget(foot)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper."""
        QPainter(self).fillRect(self.rect(), theme.current().color("paper"))
