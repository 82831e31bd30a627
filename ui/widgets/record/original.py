"""The original of a record, opened under a button: pages, a picture, or its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from ui import theme, wording
from ui.widgets.buttons import Button, Kind
from ui.widgets.layouts import FlowLayout
from ui.widgets.record.finder import Finder, InText, OnPages
from ui.widgets.record.folds import Fold
from ui.widgets.text import Text, small

if TYPE_CHECKING:
    from ui.record_views import Original, Picture
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts

_DEPTH = 3  # bytes a point


class Sheet(QWidget):
    """One picture, as wide as there is room, never larger than it is."""

    def __init__(self, picture: Picture) -> None:
        """Show *picture* on a flat edge."""
        super().__init__()
        stride = _DEPTH * picture.width
        self._image = QImage(
            picture.pixels,
            picture.width,
            picture.height,
            stride,
            QImage.Format.Format_RGB888,
        ).copy()
        self.setAccessibleName(picture.words)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        """Keep the proportions."""
        wide = min(width, self._image.width())
        return max(1, round(self._image.height() * wide / self._image.width()))

    def sizeHint(self) -> QSize:
        """Be as large as it is."""
        return QSize(self._image.width(), self._image.height())

    def minimumSizeHint(self) -> QSize:
        """Shrink as far as it must."""
        return QSize(80, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture and its edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = min(self.width(), self._image.width())
        size = QSize(wide, self.heightForWidth(wide))
        box = self.rect()
        box.setSize(size)
        box.moveLeft((self.width() - wide) // 2)
        painter.drawImage(box, self._image)
        painter.setPen(theme.current().color("line"))
        painter.drawRect(box.adjusted(0, 0, -1, -1))


class OriginalView(QWidget):
    """Asked for when it is first opened; until then it says so."""

    def __init__(self, key: str, acts: Acts) -> None:
        """Belong to the record *key*."""
        super().__init__()
        self._key, self._acts = key, acts
        self._asked = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._said = small(wording.say("Opening the original."))
        self._column.addWidget(self._said)

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001 - Qt's signature
        """Ask for the original when it is first looked at."""
        super().setVisible(visible)
        if visible and not self._asked:
            self._asked = True
            self._acts.original_wanted.emit(self._key)

    def show_original(self, original: Original) -> None:
        """Show what came."""
        self._said.setText(_words(original))
        pages = [(Sheet(picture), picture.text) for picture in original.pictures]
        if any(text for _, text in pages):
            self._column.addWidget(Finder(OnPages(pages)))
        for page, _ in pages:
            self._column.addWidget(page)
        if original.text:
            browser = QTextBrowser()
            self._column.addWidget(Finder(InText(browser)))
            browser.setOpenLinks(False)
            browser.setPlainText(original.text)
            browser.setAccessibleName(wording.say("The original, as it arrived"))
            browser.setMinimumHeight(320)
            # What a file says is read from left to right, whatever the window is.
            browser.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            self._column.addWidget(browser)
        if original.size:
            save = Button(wording.say("Save a copy..."), icon="download")
            save.clicked.connect(
                lambda _=False: self._acts.copy_wanted.emit(self._key, original.name)
            )
            line = FlowLayout()
            line.addWidget(save)
            holder = QWidget()
            holder.setLayout(line)
            self._column.addWidget(holder)
            self._column.addWidget(_warning())


def original_fold(sheet: RecordSheet, acts: Acts) -> Fold | None:
    """Nothing where nothing is kept."""
    if not sheet.original:
        return None
    return Fold(
        name="original",
        words=wording.say("The original"),
        body=OriginalView(sheet.key, acts),
        kind=Kind.OUTLINED,
    )


def _words(original: Original) -> str:
    if not original.size:
        return wording.say(
            "The original is not here any more, or too large to show here."
        )
    said = wording.say("{what}, {size}").format(
        what=original.words, size=wording.size(original.size)
    )
    if original.left_out:
        more = wording.counted(
            original.left_out,
            wording.say("One more page is in the copy you can save."),
            wording.say("{n} more pages are in the copy you can save."),
        )
        said = f"{said}. {more}"
    if not original.text and not original.pictures:
        said = wording.say("{said}. It cannot be shown here; save a copy.").format(
            said=said
        )
    return said


def _warning() -> Text:
    return small(
        wording.say("A copy is not locked: whoever can open that folder can read it.")
    )
