"""Work under way: sentence, count, bar, time left, and what cancelling keeps."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import theme, wording
from ui.theme import Tone, Type
from ui.widgets.buttons import Button
from ui.widgets.layouts import FlowLayout
from ui.widgets.text import Text, small, strong

if TYPE_CHECKING:
    from ui.background import Step

_THICK = 12
_WORTH_TELLING = 2.0


class Bar(QProgressBar):
    """A flat bar with round ends."""

    def __init__(self, tone: Tone = Tone.ACCENT) -> None:
        """Fill in *tone*."""
        super().__init__()
        self._tone, self._ground = tone, "sunken"
        self.setTextVisible(False)
        self.setRange(0, 1000)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_tone(self, tone: Tone) -> None:
        """Fill in another tone."""
        self._tone = tone
        self.update()

    def set_ground(self, token: str) -> None:
        """Paint the track in another colour, where it lies on a sunken ground."""
        self._ground = token
        self.update()

    def sizeHint(self) -> QSize:
        """Be thin."""
        return QSize(200, _THICK)

    def minimumSizeHint(self) -> QSize:
        """Be thin."""
        return QSize(80, _THICK)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the track and how much of it is filled."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        half = self.height() / 2
        whole = QRectF(self.rect())
        painter.setBrush(look.color(self._ground))
        painter.drawRoundedRect(whole, half, half)
        span = max(1, self.maximum() - self.minimum())
        share = (self.value() - self.minimum()) / span
        if share <= 0:
            return
        width = max(whole.height(), whole.width() * share)
        left = whole.left()
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = whole.right() - width
        painter.setBrush(look.tone(self._tone))
        painter.drawRoundedRect(
            QRectF(left, whole.top(), width, whole.height()), half, half
        )


class ProgressPanel(QWidget):
    """The same panel for every long job."""

    cancelled = Signal()

    def __init__(self, *, keeps: str, parent: QWidget | None = None) -> None:
        """Say in *keeps* what cancelling keeps."""
        super().__init__(parent)
        self._began = monotonic()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        line = QHBoxLayout()
        self._what = strong()
        self._count = Text(kind=Type.TEXT, tone=Tone.MUTED).one_line()
        line.addWidget(self._what, 1)
        line.addWidget(self._count)
        column.addLayout(line)
        self._bar = Bar()
        column.addWidget(self._bar)
        self._left = small()
        column.addWidget(self._left)
        self._foot = QWidget()
        foot = FlowLayout(gap=14)
        self._foot.setLayout(foot)
        self.cancel = Button(self.tr("Cancel"), tall=True)
        self.cancel.clicked.connect(self._ask)
        foot.addWidget(self.cancel)
        self._keeps = small(keeps).flowing()
        foot.addWidget(self._keeps)
        column.addWidget(self._foot)

    def begin(self, what: str) -> None:
        """Start again from nothing with the sentence *what*."""
        self._began = monotonic()
        self._what.setText(what)
        self._bar.setAccessibleName(what)
        self._count.setText("")
        self._left.setText("")
        self._bar.setRange(0, 1000)
        self._bar.setValue(0)
        self.cancel.setEnabled(True)
        self._foot.show()

    def past_cancelling(self) -> None:
        """Offer no way back any more: what is left cannot be taken back."""
        self._foot.hide()

    def show_step(self, step: Step, *, unit: str = "") -> None:
        """Show how far it has come."""
        if step.what:
            self._what.setText(step.what)
            self._bar.setAccessibleName(step.what)
        if step.total <= 0:
            return
        self._bar.setValue(round(1000 * step.done / step.total))
        self._count.setText(
            step.said or wording.so_many_of(step.done, step.total, unit)
        )
        passed = monotonic() - self._began
        if step.done and passed > _WORTH_TELLING:
            rest = passed * (step.total - step.done) / step.done
            self._left.setText(wording.time_left(rest))

    def _ask(self) -> None:
        self.cancel.setEnabled(False)
        self._left.setText(self.tr("Stopping..."))
        self.cancelled.emit()
