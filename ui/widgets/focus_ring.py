"""One ring that follows the keyboard, two pixels outside whatever has the focus."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDateEdit,
    QLineEdit,
    QTextBrowser,
    QWidget,
)

from ui import theme
from ui.theme import Tone

_OUT = 5
_FOLLOWS = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
)
_RINGED = (QAbstractButton, QLineEdit, QDateEdit, QTextBrowser)


class _Ring(QWidget):
    """The ring as it is painted; it goes with the page it was painted on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().tone(Tone.CALM), 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        radius = theme.CONTROL_RADIUS + 3
        painter.drawRoundedRect(box, radius, radius)


class FocusRing(QObject):
    """Painted beside the focused control, so that no control must leave room.

    A field shows it always; a button only while the keyboard leads, so that a press
    of the mouse leaves no ring behind. A page may take the painted ring with it when
    it goes: the next control gets a new one.
    """

    def __init__(self, window: QWidget) -> None:
        """Follow the focus inside *window*."""
        super().__init__(window)
        self._window = window
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._keyboard = True
        self._painted: _Ring | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._moved)

    def is_shown(self) -> bool:
        """Tell whether there is a ring to be seen."""
        found = self._standing()
        return found is not None and found.isVisible()

    def led_by(self, event: QEvent) -> None:
        """Notice whether keyboard or mouse leads; the window tells every event."""
        if event.type() == QEvent.Type.KeyPress:
            self._keyboard = True
            self._place()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._keyboard = False
            self._place()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay beside the target when it, or what holds it, moves."""
        if event.type() in _FOLLOWS:
            self._place()
        return False

    def _standing(self) -> _Ring | None:
        """The painted ring, unless it went with its page."""
        if self._painted is not None and not shiboken6.isValid(self._painted):
            self._painted = None
        return self._painted

    def _ring(self) -> _Ring:
        found = self._standing()
        if found is None:
            found = self._painted = _Ring(self._window)
        return found

    def _hide(self) -> None:
        found = self._standing()
        if found is not None:
            found.hide()

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._forget()
        if (
            new is None
            or not isinstance(new, _RINGED)
            or new.window() is not (self._window)
        ):
            self._hide()
            return
        self._target = new
        widget: QWidget | None = new
        while widget is not None and widget is not self._window:
            widget.installEventFilter(self)
            self._watched.append(widget)
            widget = widget.parentWidget()
        self._place()

    def _forget(self) -> None:
        for widget in self._watched:
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []
        self._target = None

    def _place(self) -> None:
        target = self._target
        if target is None or not shiboken6.isValid(target) or not target.isVisible():
            self._hide()
            return
        if not self._keyboard and not isinstance(target, QLineEdit | QDateEdit):
            self._hide()
            return
        ring, parent = self._ring(), self._holder(target)
        if ring.parentWidget() is not parent:
            ring.setParent(parent)
        corner = target.mapTo(parent, target.rect().topLeft())
        ring.setGeometry(
            target.rect().translated(corner).adjusted(-_OUT, -_OUT, _OUT, _OUT)
        )
        ring.show()
        ring.raise_()

    def _holder(self, target: QWidget) -> QWidget:
        """Find the nearest ancestor that leaves room for the ring."""
        parent = target.parentWidget() or self._window
        while parent is not self._window:
            corner = target.mapTo(parent, target.rect().topLeft())
            box = target.rect().translated(corner).adjusted(-_OUT, -_OUT, _OUT, _OUT)
            if parent.rect().contains(box) or _scrolls(parent):
                return parent
            parent = parent.parentWidget() or self._window
        return parent


def _scrolls(widget: QWidget) -> bool:
    return widget.objectName() == "page-content"
