"""Choices: cards of which one is chosen, and boxes to tick."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import icons, theme
from ui.theme import Theme, Tone, Type
from ui.widgets.text import Text

_MARK, _GAP, _BOX = 20, 10, 22
_SHORT = 24


class ChoiceCard(QRadioButton):
    """One of several answers, with a line that says what it means."""

    def __init__(self, name: str, note: str, parent: QWidget | None = None) -> None:
        """Show *name* in bold and *note* under it."""
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 14, 14)
        column.setSpacing(6)
        self._first = QHBoxLayout()
        self._first.addWidget(Text(name, kind=Type.STRONG), 1)
        column.addLayout(self._first)
        self._note = Text(note, kind=Type.SMALL, tone=Tone.MUTED)
        column.addWidget(self._note)
        column.addStretch(1)
        _prepare(self, f"{name}. {note}")
        self._name = name
        self._indent()
        theme.changed().changed.connect(self._indent)

    def set_note(self, note: str) -> None:
        """Change the line under the name."""
        self._note.setText(note)
        self.setAccessibleName(f"{self._name}. {note}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window to the other side."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._indent()

    def _indent(self) -> None:
        """Keep the words clear of the mark."""
        side = theme.current().px(_MARK) + _GAP
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._first.setContentsMargins(
            0 if mirrored else side, 0, side if mirrored else 0, 0
        )

    def sizeHint(self) -> QSize:
        """Follow the words."""
        layout = self.layout()
        return layout.totalSizeHint() if layout else QSize()

    def minimumSizeHint(self) -> QSize:
        """Follow the words."""
        layout = self.layout()
        return layout.totalMinimumSize() if layout else QSize()

    def hitButton(self, pos: QPoint) -> bool:
        """Be pressed anywhere."""
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card and its round mark."""
        look = theme.current()
        painter = QPainter(self)
        chosen = self.isChecked()
        edge = look.tone(Tone.ACCENT) if chosen else look.color("strong")
        fill = look.soft(Tone.ACCENT) if chosen else None
        if not chosen and self.underMouse():
            fill = look.color("surface")
        theme.rounded(
            painter,
            self,
            fill=fill,
            edge=edge,
            width=2 if chosen else 1,
            radius=10,
        )
        size = look.px(_MARK)
        height = look.font(Type.STRONG).pixelSize() * 1.3
        box = QRectF(18, 14 + (height - size) / 2, size - 2, size - 2)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            box.moveRight(self.width() - 18)
        painter.setPen(QPen(edge, 2))
        painter.setBrush(look.tone(Tone.ACCENT) if chosen else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("on_accent"))
            painter.drawEllipse(box.center(), box.width() / 5, box.width() / 5)


class TickRow(QCheckBox):
    """A box to tick, what it does in bold, and a note."""

    def __init__(
        self, name: str, note: str = "", parent: QWidget | None = None
    ) -> None:
        """Show *note* under or behind the name, as there is room."""
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(2)
        words = Text(name, kind=Type.STRONG)
        small = Text(note, kind=Type.SMALL, tone=Tone.MUTED)
        if not note:
            column.addWidget(words)
        elif len(note) > _SHORT:
            column.addWidget(words)
            column.addWidget(small)
        else:
            line = QHBoxLayout()
            line.setSpacing(10)
            line.addWidget(words.flowing())
            line.addWidget(small, 1)
            column.addLayout(line)
        _prepare(self, f"{name}. {note}" if note else name)
        self._indent()
        theme.changed().changed.connect(self._indent)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window to the other side."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._indent()

    def sizeHint(self) -> QSize:
        """Follow the words."""
        layout = self.layout()
        return layout.totalSizeHint() if layout else QSize()

    def minimumSizeHint(self) -> QSize:
        """Follow the words."""
        layout = self.layout()
        return layout.totalMinimumSize() if layout else QSize()

    def hitButton(self, pos: QPoint) -> bool:
        """Be pressed anywhere."""
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = look.px(_BOX)
        box = QRectF(1, (self.height() - size) / 2, size - 2, size - 2)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            box.moveRight(self.width() - 1)
        self._paint_box(painter, look, box)

    def _indent(self) -> None:
        """Keep the words clear of the box."""
        layout = self.layout()
        if layout is None:
            return
        side = theme.current().px(_BOX) + 16
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        layout.setContentsMargins(
            0 if mirrored else side, 7, side if mirrored else 0, 7
        )

    def _paint_box(self, painter: QPainter, look: Theme, box: QRectF) -> None:
        ticked = self.isChecked()
        edge = look.tone(Tone.ACCENT) if ticked else look.color("strong")
        painter.setPen(QPen(edge, 2))
        painter.setBrush(edge if ticked else look.color("surface"))
        painter.drawRoundedRect(box, 4, 4)
        if ticked:
            inside = box.adjusted(3, 3, -3, -3)
            icons.paint(
                painter,
                "check",
                rect=inside,
                color=look.color("on_accent"),
                stroke=3.2,
            )


def _prepare(button: QAbstractButton, name: str) -> None:
    for child in button.findChildren(QWidget):
        child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    button.setAccessibleName(name)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    button.setSizePolicy(policy)
