"""X-rays and scans with their first pictures, small; a press opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ui import icons, theme, wording
from ui.theme import Tone
from ui.widgets.row import RowButton, RowFace, Rows
from ui.widgets.text import heading, second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.record_views import Picture
    from ui.views import RecordLine

_WIDE, _HIGH, _RADIUS, _DEPTH = 104, 78, 8, 3


class Thumbnail(QWidget):
    """A small dark window for one picture; a sign until there is one."""

    def __init__(self) -> None:
        """Begin without a picture."""
        super().__init__()
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed().changed.connect(self.updateGeometry)

    def has_picture(self) -> bool:
        """Tell whether it shows one."""
        return self._image is not None

    def show_picture(self, picture: Picture) -> None:
        """Show *picture*, which is kept only as large as it is shown."""
        whole = QImage(
            picture.pixels,
            picture.width,
            picture.height,
            _DEPTH * picture.width,
            QImage.Format.Format_RGB888,
        )
        self._image = whole.scaled(
            self.sizeHint() * 2,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Grow with the text, but less than it."""
        look = theme.current()
        return QSize(look.control(_WIDE), look.control(_HIGH))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground, and the picture whole inside it."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(box, _RADIUS, _RADIUS)
        painter.setClipPath(shape)
        painter.fillRect(box, look.color("sunken"))
        if self._image is None:
            side = box.height() / 2.4
            inner = QRectF(0, 0, side, side)
            inner.moveCenter(box.center())
            color = look.tone(Tone.MUTED)
            icons.paint(painter, "records", rect=inner, color=color)
            return
        size = self._image.size().scaled(
            box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
        )
        inner = QRectF(0, 0, size.width(), size.height())
        inner.moveCenter(box.center())
        painter.drawImage(inner, self._image)


class ScansBoard(QWidget):
    """A row for each; the pictures come one after the other."""

    opened = Signal(str)

    def __init__(self, lines: Sequence[RecordLine]) -> None:
        """Show *lines* in their order, without pictures yet."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(4)
        column.addWidget(heading(wording.say("Your X-rays and scans")))
        said = wording.say("The newest, each with its first picture where it has one.")
        column.addWidget(second(said))
        column.addSpacing(8)
        rows = Rows()
        self.thumbnails: dict[str, Thumbnail] = {}
        for line in lines:
            thumbnail = self.thumbnails[line.key] = Thumbnail()
            when = "" if line.day is None else wording.plain_day(line.day)
            face = RowFace(
                first=line.title,
                second=" \u00b7 ".join(part for part in (when, line.note) if part),
                lead=thumbnail,
            )
            face.setContentsMargins(8, 8, 8, 8)
            row = RowButton(face)
            row.clicked.connect(lambda _=False, key=line.key: self.opened.emit(key))
            rows.add(row)
        column.addLayout(rows)

    def show_picture(self, key: str, picture: Picture | None) -> None:
        """Show the first picture of one of them, if it has one."""
        if picture is not None and key in self.thumbnails:
            self.thumbnails[key].show_picture(picture)
