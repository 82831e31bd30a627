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


class TimelineDelegate(QStyledItemDelegate):
    """Paints one heading or one record."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Follow the fonts."""
        look = theme.current()
        bold = QFontMetrics(look.font(Type.STRONG)).height()
        low = QFontMetrics(look.font(Type.SMALL)).height()
        if isinstance(index.data(ROW_ROLE), Month):
            return QSize(100, low + 22)
        return QSize(100, bold + low + 26)

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
        day = day_words(row)
        low, high = QFontMetrics(small), QFontMetrics(bold)
        width = low.horizontalAdvance(day) + 12 if day else 0
        leading = int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        trailing = int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        first = QRect(inside.left(), inside.top(), inside.width(), high.height())
        words = (
            first.adjusted(width, 0, 0, 0)
            if mirrored
            else first.adjusted(0, 0, -width, 0)
        )
        painter.setFont(bold)
        painter.setPen(look.tone(Tone.INK))
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(
            words, leading, high.elidedText(row.title, elide, words.width())
        )
        painter.setFont(small)
        painter.setPen(look.tone(Tone.MUTED))
        painter.drawText(first, trailing, day)
        note = QRect(inside.left(), first.bottom() + 3, inside.width(), low.height())
        painter.drawText(note, leading, low.elidedText(row.note, elide, note.width()))


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


def paint_month(painter: QPainter, rect: QRect, words: str) -> None:
    """Paint the heading of a month."""
    look = theme.current()
    painter.setFont(look.font(Type.SMALL_STRONG))
    painter.setPen(look.tone(Tone.MUTED))
    inside = rect.adjusted(_SIDE + _TEXT, 10, -_SIDE - _TEXT, -4)
    flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(inside, int(flags), words)
