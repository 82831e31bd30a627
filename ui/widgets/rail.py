"""The rail: pages, what the ledger says, settings and lock; only icons when narrow."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from ui import icons, theme
from ui.theme import Tone, Type
from ui.widgets.ledger_foot import LedgerFoot
from ui.widgets.rail_item import RailItem

_WIDE, _NARROW = 224, 76


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
        self.ledger = LedgerFoot()
        column.addWidget(self.ledger)
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
        self.ledger.set_narrow(self._narrow)
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
