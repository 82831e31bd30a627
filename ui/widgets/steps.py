"""Numbered steps of the first run: done, now, and still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import icons, theme
from ui.theme import Tone, Type
from ui.widgets.mark import Mark
from ui.widgets.text import Text, small

if TYPE_CHECKING:
    from collections.abc import Sequence


class StepMark(QWidget):
    """A number in a ring, filled when it is now, a check when it is done."""

    def __init__(self, number: int) -> None:
        """Begin as still to come."""
        super().__init__()
        self._number, self._now, self._done = number, False, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, *, now: bool, done: bool) -> None:
        """Show where it stands."""
        self._now, self._done = now, done
        self.update()

    def sizeHint(self) -> QSize:
        """Fit the number."""
        side = theme.current().control(32)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint it."""
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self._done:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.soft(Tone.GO))
            painter.drawEllipse(box)
            inside = QRectF(0, 0, box.width() * 0.6, box.width() * 0.6)
            inside.moveCenter(box.center())
            icons.paint(painter, "check", rect=inside, color=look.tone(Tone.GO))
            return
        accent = look.tone(Tone.ACCENT)
        painter.setPen(QPen(accent if self._now else look.color("strong"), 1.5))
        painter.setBrush(accent if self._now else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
        painter.setFont(look.font(Type.STRONG))
        painter.setPen(look.color("on_accent" if self._now else "muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self._number))


class Steps(QWidget):
    """The panel beside the first run."""

    def __init__(self, words: str, names: Sequence[str], foot: str) -> None:
        """List *names* under the mark and *words*."""
        super().__init__()
        self._marks: list[StepMark] = []
        self._names: list[Text] = []
        self._lines: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 44, 28, 36)
        column.setSpacing(22)
        column.addWidget(Mark(68))
        column.addWidget(Text(words, kind=Type.CARD))
        for number, name in enumerate(names, 1):
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(12)
            mark, text = StepMark(number), Text(name, tone=Tone.MUTED)
            line.addWidget(mark)
            line.addWidget(text, 1)
            self._marks.append(mark)
            self._names.append(text)
            self._lines.append(holder)
            column.addWidget(holder)
        column.addStretch(1)
        self._foot = small(foot)
        column.addWidget(self._foot)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed().changed.connect(self._fit)
        self._fit()

    def show_step(self, now: int) -> None:
        """Mark step *now*, counted from 0."""
        pairs = zip(self._marks, self._names, self._lines, strict=True)
        for place, (mark, text, line) in enumerate(pairs):
            mark.show_state(now=place == now, done=place < now)
            text.set_kind(Type.STRONG if place == now else Type.TEXT)
            text.set_tone(Tone.INK if place == now else Tone.MUTED)
            line.setAccessibleName(text.text())

    def _fit(self) -> None:
        self.setFixedWidth(round(320 + 60 * (theme.current().scale - 1)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sunken ground."""
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.color("sunken"))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = 0 if mirrored else self.width() - 1
        painter.fillRect(x, 0, 1, self.height(), look.color("line"))
