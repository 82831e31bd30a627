"""The frame of every page: title, one sentence that is true now, one action."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import theme
from ui.widgets.card import Hairline
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.text import second, title

_NARROW = 560


class Header(QWidget):
    """Title and sentence, with actions at the far edge while there is room."""

    def __init__(self, words: str, sentence: str = "", *, wide: int = _NARROW) -> None:
        """Show *words* large and *sentence* under it, actions beside from *wide*."""
        super().__init__()
        self._columns = ColumnsLayout(wide=wide, line_gap=12)
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
        self._actions: FlowLayout | None = None

    def say(self, words: str, sentence: str) -> None:
        """Change both."""
        self.title.setText(words)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def add_action(self, widget: QWidget) -> None:
        """Put *widget* at the far edge, or under the words beside the other actions."""
        if self._actions is None:
            holder = QWidget()
            self._actions = FlowLayout(gap=theme.GAP)
            holder.setLayout(self._actions)
            self._columns.add(holder, 0)
        self._actions.put(widget, Qt.AlignmentFlag.AlignTop)


def scrolling_column(area: QScrollArea) -> QVBoxLayout:
    """Give the column of a page that scrolls up and down in *area*."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    content = QWidget()
    content.setObjectName("page-content")
    column = QVBoxLayout(content)
    area.setWidget(content)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return column


class Filling(QStackedWidget):
    """What takes the height left in a scrolling column, but not less than its least.

    What is hidden in it keeps the height it had in another look, and is not asked.
    """

    def hasHeightForWidth(self) -> bool:
        """Take the same height whatever the width."""
        return False

    def sizeHint(self) -> QSize:
        """Ask for the least; the column gives the rest."""
        return QSize(super().sizeHint().width(), self.minimumHeight())


class Page(QWidget):
    """A page that scrolls as a whole, with an optional line of buttons at the foot."""

    def __init__(self, words: str = "", sentence: str = "") -> None:
        """Begin with header and an empty body."""
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.area = QScrollArea()
        self.body = scrolling_column(self.area)
        self.body.setContentsMargins(
            theme.MARGIN_X, theme.MARGIN_Y, theme.MARGIN_X, theme.MARGIN_Y
        )
        self.body.setSpacing(theme.GAP)
        self.header = Header(words, sentence)
        self.body.addWidget(self.header)
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
