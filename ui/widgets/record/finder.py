"""Finds words in an original: in its text, or on the pages that say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QLineEdit,
    QScrollArea,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from ui import theme, wording
from ui.theme import Tone
from ui.widgets.buttons import Button
from ui.widgets.layouts import FlowLayout
from ui.widgets.text import small

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST, _WIDE = 1_000, 240


class Places(Protocol):
    """Where words may be."""

    def find(self, words: str) -> int:
        """Look for *words* without regard to capitals; answer how often they are."""

    def show(self, number: int) -> str:
        """Bring the place with this number, from 0, into sight; say where it is."""


class Finder(QWidget):
    """A line to type in, how often it was found, and a button to the next place."""

    def __init__(self, places: Places) -> None:
        """Look for nothing yet."""
        super().__init__()
        self._places, self._count, self._at = places, 0, 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        self.line = QLineEdit()
        self._fit()
        theme.changed().changed.connect(self._fit)
        self.line.setAccessibleName(wording.say("Find in this document"))
        self.line.setPlaceholderText(wording.say("Find in this document"))
        self.line.textChanged.connect(self._look)
        self.line.returnPressed.connect(self.further)
        self.next = Button(wording.say("Next place"), icon="down")
        self.next.clicked.connect(self.further)
        holder, flow = QWidget(), FlowLayout()
        holder.setLayout(flow)
        flow.addWidget(self.line)
        flow.addWidget(self.next)
        column.addWidget(holder)
        self.said = small("")
        column.addWidget(self.said)
        self.next.hide()
        self.said.hide()

    def further(self) -> None:
        """Go to the next place, and after the last to the first again."""
        if self._count:
            self._at = (self._at + 1) % self._count
            self._tell()

    def _fit(self) -> None:
        self.line.setMinimumWidth(theme.current().px(_WIDE))

    def _look(self, words: str) -> None:
        self._count = self._places.find(words.strip()) if words.strip() else 0
        self._at = 0
        self.next.setVisible(self._count > 1)
        self.said.setVisible(bool(words.strip()))
        if self._count:
            self._tell()
        else:
            self._places.find("")
            self.said.setText(wording.say("These words are not in this document."))

    def _tell(self) -> None:
        where = self._places.show(self._at)
        said = wording.say("{n} of {all}").format(
            n=wording.number(self._at + 1), all=wording.number(self._count)
        )
        self.said.setText(f"{said}, {where}" if where else said)


class InText:
    """Places in a text, each with a soft ground."""

    def __init__(self, browser: QTextBrowser) -> None:
        """Look in what *browser* shows."""
        self._browser = browser
        self._found: list[QTextCursor] = []

    def find(self, words: str) -> int:
        """See `Places`."""
        self._found = []
        document = self._browser.document()
        place = QTextCursor(document)
        while words and len(self._found) < _MOST:
            place = document.find(words, place, QTextDocument.FindFlag(0))
            if place.isNull():
                break
            self._found.append(QTextCursor(place))
        self._paint()
        return len(self._found)

    def show(self, number: int) -> str:
        """See `Places`."""
        bare = QTextCursor(self._found[number])
        bare.clearSelection()
        self._browser.setTextCursor(bare)
        self._browser.ensureCursorVisible()
        self._paint(number)
        return ""

    def _paint(self, chosen: int = -1) -> None:
        look, grounds = theme.current(), []
        for number, cursor in enumerate(self._found):
            ground = QTextEdit.ExtraSelection()
            tone = Tone.ACCENT if number == chosen else Tone.WAIT
            ground.format.setBackground(look.soft(tone))
            ground.format.setForeground(look.tone(Tone.INK))
            ground.cursor = cursor
            grounds.append(ground)
        self._browser.setExtraSelections(grounds)


class OnPages:
    """Pages that say the words; a page that is only a picture says none."""

    def __init__(self, pages: Sequence[tuple[QWidget, str]]) -> None:
        """Look on *pages*, each with its text."""
        self._pages = [(page, " ".join(text.split()).lower()) for page, text in pages]
        self._found: list[int] = []

    def find(self, words: str) -> int:
        """See `Places`; each page counts once."""
        wanted = " ".join(words.split()).lower()
        self._found = [
            number
            for number, (_, text) in enumerate(self._pages)
            if wanted and wanted in text
        ]
        return len(self._found)

    def show(self, number: int) -> str:
        """See `Places`."""
        at = self._found[number]
        page = self._pages[at][0]
        above = page.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(page, 0, 0)
        return wording.say("page {n}").format(n=wording.number(at + 1))
