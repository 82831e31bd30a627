"""Somebody in front of the real window: reads what stands there, presses, drops.

Nothing here reaches behind the glass: what is read is visible, what is pressed can be
pressed and is not covered, and every wait is for words a person waits for.
"""

import re
import time
from contextlib import contextmanager

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMimeData,
    QPointF,
    Qt,
    QTimer,
    QUrl,
)
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QScrollArea,
)
from shiboken6 import isValid

from ui.app import make_window
from ui.widgets.chip import StateChip
from ui.widgets.drop_area import DropArea

PATIENCE = 60.0
_PAUSE_MS = 50
PASSPHRASE = "seven green lamps at noon"


class Person:
    """One window over one home, and who sits there."""

    def __init__(self, window):
        self.window = window

    def reads(self):
        """Every word that can be seen now, a line each."""
        kinds = (QLabel, StateChip, QAbstractButton, QLineEdit)
        found = [_words(widget) for kind in kinds for widget in self._visible(kind)]
        found += [row for view in self._visible(QListView) for row in _rows(view)]
        return "\n".join(line for line in found if line)

    def sees(self, words):
        return words in self.reads()

    def waits_for(self, words, *, within=PATIENCE):
        self._wait(lambda: self.sees(words), words, within)
        return next((n for n in self.reads().splitlines() if words in n), words)

    def waits_until_gone(self, words, *, within=PATIENCE):
        self._wait(lambda: not self.sees(words), f"no {words}", within)

    def waits(self, holds, *, within=PATIENCE):
        """Wait for something outside the window, which lives on meanwhile."""
        self._wait(holds, "what was waited for", within)

    def presses(self, words, *, within=PATIENCE):
        """Press the button that begins with *words*, once it can be pressed."""
        self._wait(lambda: self._reaches(words), f"a button {words}", within)
        QTest.mouseClick(self._button(words), Qt.MouseButton.LeftButton)
        QCoreApplication.processEvents()

    def types(self, name, text):
        """Type into the line called *name*, as it is called for a screen reader."""
        line = self._one(QLineEdit, lambda found: found.accessibleName() == name)
        _bring_up(line)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)

    def presses_return(self):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    def drops(self, *paths):
        """Drop files where the page takes them."""
        area = self._one(DropArea, lambda found: found.acceptDrops())
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        area.dropEvent(
            QDropEvent(
                QPointF(area.rect().center()),
                Qt.DropAction.CopyAction,
                data,
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
        )
        QCoreApplication.processEvents()

    def chooses_row(self, words):
        """Press the first row of a list that says *words*."""
        for view in self._visible(QListView):
            for row in range(view.model().rowCount()):
                index = view.model().index(row, 0)
                if words in str(index.data(Qt.ItemDataRole.AccessibleTextRole)):
                    view.scrollTo(index)
                    place = view.visualRect(index).center()
                    left = Qt.MouseButton.LeftButton
                    QTest.mouseClick(view.viewport(), left, pos=place)
                    return
        raise AssertionError(f"no row says {words!r}; there is:\n{self.reads()}")

    def _visible(self, kind):
        return [found for found in self.window.findChildren(kind) if found.isVisible()]

    def _one(self, kind, wanted):
        found = [widget for widget in self._visible(kind) if wanted(widget)]
        assert len(found) == 1, f"{len(found)} of {kind.__name__} in:\n{self.reads()}"
        return found[0]

    def _button(self, words):
        for button in self._visible(QAbstractButton):
            if button.isEnabled() and _words(button).startswith(words):
                return button
        return None

    def _reaches(self, words):
        """Whether such a button is there, can be pressed, and nothing covers it."""
        button = self._button(words)
        if button is None:
            return False
        _bring_up(button)
        if not isValid(button):
            return False  # the page was drawn anew meanwhile: look again
        place = button.mapTo(self.window, button.rect().center())
        hit = self.window.childAt(place)
        return hit is not None and (hit is button or button.isAncestorOf(hit))

    def _wait(self, holds, what, within):
        give_up = time.monotonic() + within
        while not holds():
            if time.monotonic() > give_up:
                raise AssertionError(f"{what!r} never came; there is:\n{self.reads()}")
            _pause()


def _pause():
    """Let the window live for a moment; QTest.qWait would keep the store from it."""
    loop = QEventLoop()
    QTimer.singleShot(_PAUSE_MS, loop.quit)
    loop.exec()


@contextmanager
def at_the_window(home, app):
    """Open the window over *home*, and close it at the end."""
    window = make_window(home, app)
    window.resize(1280, 820)  # the offscreen screen is smaller than a desk's
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.start()
    try:
        yield Person(window)
    finally:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def first_run(person):
    """Choose a passphrase, write down 24 words, give three of them back."""
    person.waits_for("Choose a passphrase")
    person.types("Passphrase", PASSPHRASE)
    person.types("The same passphrase again", PASSPHRASE)
    person.presses("Next: your 24 words")
    paper = _written_down(person)
    person.presses("I wrote them down")
    asked = re.findall(r"^Word number (\d+)$", person.reads(), re.MULTILINE)
    assert len(asked) == 3
    assert not any(person.sees(f"\n{paper[number]}\n") for number in asked)
    for number in asked:
        person.types(f"Word number {number}", paper[number])
    person.presses("These are my words")


def _written_down(person):
    """The 24 words by their numbers, as they stand on the screen."""
    person.waits_for("\n24\n")
    words = dict(re.findall(r"^(\d+)\n([a-z]+)$", person.reads(), re.MULTILINE))
    assert sorted(words, key=int) == [str(number) for number in range(1, 25)]
    return words


def _words(widget):
    if isinstance(widget, QLabel):
        return widget.text()
    if isinstance(widget, StateChip):
        return widget.word
    if isinstance(widget, QLineEdit):
        hidden = widget.echoMode() != QLineEdit.EchoMode.Normal
        return "" if hidden else widget.text()
    return widget.text() or widget.accessibleName()


def _rows(view):
    model, area = view.model(), view.viewport().rect()
    indexes = [model.index(row, 0) for row in range(model.rowCount())]
    return [
        str(index.data(Qt.ItemDataRole.AccessibleTextRole))
        for index in indexes
        if view.visualRect(index).intersects(area)
    ]


def _bring_up(widget):
    """Scroll every area around *widget* until it is in sight."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
    QCoreApplication.processEvents()
