"""A place to drop files on, with the same thing as a button for the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.theme import Tone
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import RoundMark
from ui.widgets.text import heading, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

    from ui.widgets.buttons import Button


class DropArea(QFrame):
    """Takes files and folders; gives their paths."""

    dropped = Signal(list)

    def __init__(
        self,
        title: str,
        *,
        icon: str = "download",
        note: str = "",
        buttons: Sequence[Button] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Say in *title* what may be dropped; *buttons* do it without a mouse."""
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._over = False
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 28, 24, 28)
        column.setSpacing(14)
        column.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        mark = RoundMark(icon, tone=Tone.ACCENT, size=44, ground=False)
        column.addWidget(mark, 0, middle)
        column.addWidget(heading(title).centred())
        line = FlowLayout(gap=12)
        for button in buttons:
            line.put(button, middle)
        column.addLayout(line)
        if note:
            column.addWidget(small(note).centred())
        column.addStretch(1)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed().changed.connect(self.update)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Light up when what is dragged are files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._over = True
            self.update()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Go out again."""
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Give the paths."""
        self._over = False
        self.update()
        urls = event.mimeData().urls()
        paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            self.dropped.emit(paths)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dashed edge."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = look.tone(Tone.ACCENT) if self._over else look.color("strong")
        pen = QPen(color, 2)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(
            look.soft(Tone.ACCENT) if self._over else Qt.BrushStyle.NoBrush
        )
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, theme.CARD_RADIUS, theme.CARD_RADIUS)
