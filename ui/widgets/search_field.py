"""The search line, with a glass that grows with the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from ui import icons, theme
from ui.theme import Tone
from ui.widgets.buttons import IconButton

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_GLASS, _LEFT = 20, 18


class SearchField(QLineEdit):
    """One line to search with; its cross empties it."""

    def __init__(self, name: str, hint: str) -> None:
        """Be called *name* and show *hint* while empty."""
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.cross = IconButton("cross", name=self.tr("Empty the search"), parent=self)
        self.cross.clicked.connect(self.clear)
        self.cross.hide()
        self.textChanged.connect(lambda text: self.cross.setVisible(bool(text)))
        self._fit()
        theme.changed().changed.connect(self._fit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line, then the glass."""
        super().paintEvent(event)
        look = theme.current()
        size = look.px(_GLASS)
        left = _LEFT
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = self.width() - _LEFT - size
        box = QRectF(left, (self.height() - size) / 2, size, size)
        icons.paint(QPainter(self), "search", rect=box, color=look.tone(Tone.INK))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cross inside the line."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window to the other side."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit()

    def _fit(self) -> None:
        glass, cross = theme.current().px(_GLASS) + _LEFT, self.cross.sizeHint()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left, right = (cross.width(), glass) if mirrored else (glass, cross.width())
        self.setTextMargins(left, 0, right, 0)
        x = 4 if mirrored else self.width() - cross.width() - 4
        top = (self.height() - cross.height()) // 2
        self.cross.setGeometry(x, top, cross.width(), cross.height())
