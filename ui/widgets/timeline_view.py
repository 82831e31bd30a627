"""The list of records: two lines each, months that stay in sight."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import theme
from ui.models.timeline import ROW_ROLE, Month, TimelineModel, day_words
from ui.theme import Tone, Type
from ui.views import RecordLine

_Index = QModelIndex | QPersistentModelIndex
_SIDE, _TEXT = 8, 14
_ELIDE = Qt.TextElideMode.ElideRight


class TimelineDelegate(QStyledItemDelegate):
    """Paints one heading or one record."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Follow the fonts; a long title has two lines."""
        look = theme.current()
        bold = QFontMetrics(look.font(Type.STRONG))
        low = QFontMetrics(look.font(Type.SMALL))
        row = index.data(ROW_ROLE)
        if not isinstance(row, RecordLine):
            return QSize(100, low.height() + 22)
        parent = self.parent()
        width = parent.viewport().width() if isinstance(parent, QListView) else 0
        inside = width - 2 * (_SIDE + _TEXT)
        lines = _title_lines(row.title, bold, inside - _day_width(row, low), inside)
        return QSize(100, len(lines) * bold.height() + low.height() + 26)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        """Paint the row, softly filled when chosen."""
        row = index.data(ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        if isinstance(row, Month):
            paint_month(painter, rect, row.words)
        elif isinstance(row, RecordLine):
            self._paint_ground(painter, rect, state)
            self._paint_record(painter, rect, row)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag
    ) -> None:
        look = theme.current()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        box = QRectF(rect).adjusted(_SIDE, 1, -_SIDE, -1)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.soft(Tone.ACCENT) if chosen else look.color("sunken"))
            painter.drawRoundedRect(box, 8, 8)
        if focused:
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setColor(look.tone(Tone.CALM))
            pen.setWidthF(2.5)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)

    def _paint_record(self, painter: QPainter, rect: QRect, row: RecordLine) -> None:
        look = theme.current()
        inside = rect.adjusted(_SIDE + _TEXT, 12, -_SIDE - _TEXT, -12)
        small, bold = look.font(Type.SMALL), look.font(Type.STRONG)
        low, high = QFontMetrics(small), QFontMetrics(bold)
        leading = int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        trailing = int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        line = QRect(inside.left(), inside.top(), inside.width(), high.height())
        painter.setFont(small)
        painter.setPen(look.tone(Tone.MUTED))
        painter.drawText(line, trailing, day_words(row))
        painter.setFont(bold)
        painter.setPen(look.tone(Tone.INK))
        room = inside.width() - _day_width(row, low)
        for words in _title_lines(row.title, high, room, inside.width()):
            painter.drawText(line, leading, words)
            line.translate(0, high.height())
        note = QRect(inside.left(), line.top() + 3, inside.width(), low.height())
        painter.setFont(small)
        painter.setPen(look.tone(Tone.MUTED))
        painter.drawText(note, leading, low.elidedText(row.note, _ELIDE, note.width()))


class TimelineView(QListView):
    """One stream of records; the month at the top stays while its records pass."""

    opened = Signal(object)

    def __init__(self, model: TimelineModel, parent: QWidget | None = None) -> None:
        """Show *model*."""
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(TimelineDelegate(self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Records, newest first"))
        self.selectionModel().currentChanged.connect(self._chosen)
        theme.changed().changed.connect(self.doItemsLayout)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the month they belong to over them."""
        super().paintEvent(event)
        top = self.indexAt(self.viewport().rect().topLeft())
        if not top.isValid():
            return
        look = theme.current()
        height = QFontMetrics(look.font(Type.SMALL)).height() + 22
        rect = QRect(0, 0, self.viewport().width(), height)
        below = self.indexAt(rect.bottomLeft())
        if below.isValid() and below.row() > top.row():
            for row in range(top.row() + 1, below.row() + 1):
                if self._model.is_heading(row):
                    edge = self.visualRect(self._model.index(row)).top()
                    rect.moveTop(min(0, edge - height))
                    break
        painter = QPainter(self.viewport())
        painter.fillRect(rect, look.color("surface"))
        paint_month(painter, rect, self._model.heading_at(top.row()))

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        line = self._model.line(current)
        if line is not None:
            self.opened.emit(line)


def _day_width(row: RecordLine, metrics: QFontMetrics) -> int:
    day = day_words(row)
    return metrics.horizontalAdvance(day) + 12 if day else 0


def _title_lines(
    text: str, metrics: QFontMetrics, first: int, second: int
) -> list[str]:
    """Part a title into one line, or two of which only the second may be cut."""
    if metrics.horizontalAdvance(text) <= first:
        return [text]
    words = text.split(" ")
    cut = len(words) - 1
    while cut > 1 and metrics.horizontalAdvance(" ".join(words[:cut])) > first:
        cut -= 1
    head, rest = " ".join(words[:cut]), " ".join(words[cut:])
    lines = [metrics.elidedText(head, _ELIDE, first)]
    if rest:
        lines.append(metrics.elidedText(rest, _ELIDE, second))
    return lines


def paint_month(painter: QPainter, rect: QRect, words: str) -> None:
    """Paint the heading of a month."""
    look = theme.current()
    painter.setFont(look.font(Type.SMALL_STRONG))
    painter.setPen(look.tone(Tone.MUTED))
    inside = rect.adjusted(_SIDE + _TEXT, 10, -_SIDE - _TEXT, -4)
    flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(inside, int(flags), words)
