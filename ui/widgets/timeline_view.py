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
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
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
_SIDE, _TEXT, _INDENT = 8, 14, 18
_DOT = " \u00b7 "
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
        if row.under:
            return QSize(100, low.height() + 16)
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
            if row.under:
                mirrored = option.direction == Qt.LayoutDirection.RightToLeft
                _paint_under(painter, rect, row, mirrored=mirrored)
            else:
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
        painter.drawText(line, trailing, _isolated(day_words(row)))
        painter.setFont(bold)
        painter.setPen(look.tone(Tone.INK))
        room = inside.width() - _day_width(row, low)
        for words in _title_lines(row.title, high, room, inside.width()):
            painter.drawText(line, leading, words)
            line.translate(0, high.height())
        note = QRect(inside.left(), line.top() + 3, inside.width(), low.height())
        painter.setFont(small)
        painter.setPen(look.tone(Tone.MUTED))
        said = low.elidedText(_isolated(row.note), _ELIDE, note.width())
        painter.drawText(note, leading, said)


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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give every row the height that its words need at the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, then the month they belong to over them."""
        super().paintEvent(event)
        top = self.indexAt(self.viewport().rect().topLeft())
        if not top.isValid():
            return
        look = theme.current()
        height = self._month_height()
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

    def scrollTo(
        self,
        index: _Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a row into sight, and not under the month that stays there."""
        super().scrollTo(index, hint)
        covered = self._month_height() - self.visualRect(index).top()
        if index.isValid() and covered > 0:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - covered)

    def _month_height(self) -> int:
        return QFontMetrics(theme.current().font(Type.SMALL)).height() + 22

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        line = self._model.line(current)
        if line is not None:
            self.opened.emit(line)


def _paint_under(
    painter: QPainter, rect: QRect, row: RecordLine, *, mirrored: bool
) -> None:
    """One line of what belongs to a visit, behind a rule that ties it there."""
    look = theme.current()
    edge = look.px(_INDENT)
    inside = rect.adjusted(_SIDE + _TEXT, 0, -_SIDE - _TEXT, 0)
    rule = QRect(inside.left() + 4, rect.top(), 2, rect.height())
    room = inside.adjusted(0 if mirrored else edge, 0, -edge if mirrored else 0, 0)
    if mirrored:
        rule.moveLeft(inside.right() - 5)
    painter.fillRect(rule, look.color("line"))
    painter.setFont(look.font(Type.SMALL))
    metrics = QFontMetrics(painter.font())
    note = (
        ""
        if row.category == "more"
        else metrics.elidedText(row.note, _ELIDE, room.width() // 2)
    )
    note = _isolated(note)
    tail = metrics.horizontalAdvance(note) + 12 if note else 0
    painter.setPen(look.tone(Tone.MUTED))
    trailing = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(room, int(trailing), note)
    more = row.category == "more"
    painter.setPen(look.tone(Tone.ACCENT if more else Tone.INK))
    leading = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    title = metrics.elidedText(row.title, _ELIDE, room.width() - tail)
    painter.drawText(room, int(leading), title)


def _isolated(note: str) -> str:
    """Keep a number before its unit, and a day before its month, in any script.

    FSI and PDI of the Unicode bidirectional algorithm (UAX 9, 2.4) round each part.
    """
    parts = (f"\u2068{part}\u2069" for part in note.split(_DOT) if part)
    return _DOT.join(parts)


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
