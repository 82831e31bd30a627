"""The rail: pages, what the ledger says, settings and lock; only icons when narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import icons, theme
from ui.theme import Tone, Type
from ui.widgets.row import RoundMark
from ui.widgets.text import Text

if TYPE_CHECKING:
    from ui.theme import Theme

_WIDE, _NARROW = 224, 76
_ICON = 20


class RailItem(QAbstractButton):
    """One page in the rail."""

    def __init__(self, name: str, icon: str, *, page: bool = True) -> None:
        """Stay chosen while its page is open; *page* is false for plain actions."""
        super().__init__()
        self.setText(name)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setCheckable(page)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon, self._narrow, self._news = icon, False, 0

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Show only the icon; the name stays as tool tip and for screen readers."""
        self._narrow = narrow
        self.update()

    def set_news(self, count: int) -> None:
        """Show how many new things wait there."""
        self._news = count
        name = self.text()
        spoken = self.tr("{name}, {count} new").format(name=name, count=count)
        self.setAccessibleName(spoken if count else name)
        self.update()

    def sizeHint(self) -> QSize:
        """Keep it easy to hit, and the name whole."""
        look = theme.current()
        name = QFontMetrics(look.font(Type.STRONG)).horizontalAdvance(self.text())
        return QSize(name + look.px(_ICON) + 34, look.control(44))

    def minimumSizeHint(self) -> QSize:
        """Keep it easy to hit."""
        return QSize(44, theme.current().control(44))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon, name and count."""
        look = theme.current()
        painter = QPainter(self)
        chosen = self.isChecked()
        if chosen:
            theme.rounded(
                painter,
                self,
                fill=look.color("surface"),
                edge=look.color("line"),
                radius=theme.CONTROL_RADIUS,
            )
        elif self.underMouse():
            theme.rounded(
                painter,
                self,
                fill=look.color("line"),
                edge=None,
                radius=theme.CONTROL_RADIUS,
            )
        ink = look.tone(Tone.ACCENT if chosen else Tone.INK)
        size = look.px(_ICON)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = (self.width() - size) / 2 if self._narrow else 13.0
        if mirrored and not self._narrow:
            left = self.width() - 13.0 - size
        box = QRectF(left, (self.height() - size) / 2, size, size)
        icons.paint(painter, self._icon, rect=box, color=ink)
        if not self._narrow:
            painter.setFont(look.font(Type.STRONG if chosen else Type.NAV))
            painter.setPen(ink)
            room = self.rect().adjusted(13 + size + 13, 0, -8, 0)
            if mirrored:
                room = self.rect().adjusted(8, 0, -13 - size - 13, 0)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
            painter.drawText(room, int(flags), self.text())
        if self._news:
            self._paint_news(painter, look, mirrored=mirrored)

    def _paint_news(self, painter: QPainter, look: Theme, *, mirrored: bool) -> None:
        side = look.px(20)
        box = QRectF(self.width() - 12 - side, 0, side, side)
        box.moveTop((self.height() - side) / 2)
        if self._narrow:
            box.moveTo(self.width() - side - 2, 0)
        if mirrored:
            box.moveLeft(self.width() - box.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.tone(Tone.ACCENT))
        painter.drawEllipse(box)
        font = look.font(Type.SMALL_STRONG)
        font.setPixelSize(look.px(13))
        painter.setFont(font)
        painter.setPen(look.color("on_accent"))
        most = 9
        text = str(self._news) if self._news <= most else "9+"
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class Brand(QWidget):
    """The mark and the name."""

    def __init__(self) -> None:
        """Show both."""
        super().__init__()
        self._narrow = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Show only the mark."""
        self._narrow = narrow
        self.update()

    def sizeHint(self) -> QSize:
        """Be as high as a rail item."""
        return QSize(44, theme.current().control(46))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint mark and name."""
        look = theme.current()
        painter = QPainter(self)
        size = look.px(27)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        middle = self.width() / 2 if self._narrow else 9 + size / 2
        if mirrored and not self._narrow:
            middle = self.width() - middle
        centre = QPointF(middle, self.height() / 2)
        icons.paint_mark(
            painter, center=centre, size=size, color=look.tone(Tone.ACCENT)
        )
        if self._narrow:
            return
        painter.setFont(look.font(Type.CARD))
        painter.setPen(look.tone(Tone.INK))
        left = 9 + size + 12
        room = self.rect().adjusted(left, 0, 0, 0)
        if mirrored:
            room = self.rect().adjusted(0, 0, -left, 0)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(room, int(flags), "Heartwood")


class Rail(QWidget):
    """Every page one press away."""

    chosen = Signal(str)
    lock = Signal()

    def __init__(self) -> None:
        """Begin without pages."""
        super().__init__()
        self._items: dict[str, RailItem] = {}
        self._group = QButtonGroup(self)
        self._narrow = False
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(4)
        self._brand = Brand()
        column.addWidget(self._brand)
        column.addSpacing(12)
        self._pages = QVBoxLayout()
        self._pages.setSpacing(4)
        column.addLayout(self._pages)
        column.addStretch(1)
        self._ledger = QWidget()
        line = QHBoxLayout(self._ledger)
        self._ledger_line = line
        line.setSpacing(9)
        self._mark = RoundMark("check", tone=Tone.GO, size=17, ground=False)
        self._words = Text(kind=Type.SMALL, tone=Tone.MUTED)
        near = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading
        line.addWidget(self._mark, 0, near)
        line.addWidget(self._words, 1)
        self._ledger.hide()
        column.addWidget(self._ledger)
        column.addSpacing(8)
        self._foot = QVBoxLayout()
        self._foot.setSpacing(4)
        column.addLayout(self._foot)
        self._lock = RailItem(self.tr("Lock now"), "lock", page=False)
        self._lock.clicked.connect(self.lock)
        column.addWidget(self._lock)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed().changed.connect(self.refresh)
        self.refresh()

    def add_page(self, key: str, name: str, icon: str, *, foot: bool = False) -> None:
        """Add a page; those at the foot stand above Lock now."""
        item = RailItem(name, icon)
        self._items[key] = item
        self._group.addButton(item)
        (self._foot if foot else self._pages).addWidget(item)
        self.refresh()
        item.clicked.connect(lambda: self.chosen.emit(key))

    def choose(self, key: str) -> None:
        """Mark *key* as open."""
        if key not in self._items:
            return
        item = self._items[key]
        item.setChecked(True)
        if any(other.hasFocus() for other in self._items.values()):
            item.setFocus()

    def focus_page(self, key: str) -> None:
        """Let the keyboard begin at one page's item."""
        self._items[key].setFocus()

    def focus_chosen(self) -> None:
        """Give the keyboard to the item of the page that is open."""
        chosen = self._group.checkedButton()
        if chosen is not None:
            chosen.setFocus()

    def locks(self, widget: QWidget | None) -> bool:
        """Tell whether pressing *widget* would lock the wallet."""
        return widget is self._lock

    def set_news(self, key: str, count: int) -> None:
        """Show how many new things wait on one page."""
        self._items[key].set_news(count)

    def show_ledger(self, words: str, *, tone: Tone, icon: str) -> None:
        """Say at the foot what the ledger says."""
        self._words.setText(words)
        self._mark.set_mark(icon, tone)
        self._ledger.setToolTip(words)
        self._ledger.setVisible(bool(words))

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Show icons only, or icons and names."""
        self._narrow = narrow
        self.refresh()

    def refresh(self) -> None:
        """Take widths from the theme in use."""
        look = theme.current()
        items = (*self._items.values(), self._lock)
        for item in items:
            item.set_narrow(self._narrow)
            item.updateGeometry()
        self._brand.set_narrow(self._narrow)
        self._words.setVisible(not self._narrow)
        side = 44 + 24 * (look.scale - 1) - look.control(17)
        left = round(side / 2) if self._narrow else 12
        self._ledger_line.setContentsMargins(left, 0, 0 if self._narrow else 8, 0)
        named = max(item.sizeHint().width() for item in items) + 32
        width = max(_WIDE + 120 * (look.scale - 1), named)
        narrow = _NARROW + 24 * (look.scale - 1)
        self.setFixedWidth(round(narrow if self._narrow else width))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the sunken ground and the hairline to the page."""
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.color("sunken"))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = 0 if mirrored else self.width() - 1
        painter.fillRect(x, 0, 1, self.height(), look.color("line"))
