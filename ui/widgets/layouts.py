"""Layouts the look needs: wrapping lines, and columns that stack when it is narrow."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from ui import theme


class _Layout(QLayout):
    """What both share: an item list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent) if parent is not None else super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        """Take one more item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Count the items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Give one item, or nothing past the end, as Qt asks."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove and give one item."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Grow sideways only."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Say that the height follows from the width."""
        return True

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]


class FlowLayout(_Layout):
    """Items side by side, wrapping to the next line, as chips and buttons do.

    An item aligned to the far edge goes there with all after it on its line; a line
    that begins with a centred item is centred.
    """

    def __init__(self, *, gap: int = 8, line_gap: int = 8) -> None:
        """Keep *gap* between items and *line_gap* between lines."""
        super().__init__()
        self._gap, self._line_gap = gap, line_gap

    def put(self, widget: QWidget, where: Qt.AlignmentFlag) -> None:
        """Add *widget*, aligned within its line."""
        self.addWidget(widget)
        self.setAlignment(widget, where)

    def heightForWidth(self, width: int) -> int:
        """Give the height of all lines at *width*."""
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put every item in its place."""
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        """Ask for one line."""
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown)
        width += self._gap * max(0, len(shown) - 1)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return QSize(width, height)

    def minimumSize(self) -> QSize:
        """Need room for the widest item."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        lines: list[list[QLayoutItem]] = [[]]
        used = 0
        for item in self._shown():
            width = item.sizeHint().width()
            if lines[-1] and used + self._gap + width > rect.width():
                lines.append([])
                used = 0
            used += width + (self._gap if lines[-1] else 0)
            lines[-1].append(item)
        top = rect.top()
        for line in lines:
            height = max((_high(item, rect.width()) for item in line), default=0)
            if place:
                self._place(line, rect, top, height)
            top += height + self._line_gap
        return top - self._line_gap - rect.top()

    def _place(
        self, line: list[QLayoutItem], rect: QRect, top: int, height: int
    ) -> None:
        free = rect.width() - sum(item.sizeHint().width() for item in line)
        free = max(0, free - self._gap * (len(line) - 1))
        centred = line and line[0].alignment() & Qt.AlignmentFlag.AlignHCenter
        left = free // 2 if centred else 0
        parent = self.parentWidget()
        mirrored = parent is not None and (
            parent.layoutDirection() == Qt.LayoutDirection.RightToLeft
        )
        for item in line:
            hint = item.sizeHint()
            if item.alignment() & Qt.AlignmentFlag.AlignTrailing:
                left, free = left + free, 0
            width = min(hint.width(), rect.width())
            x = rect.right() + 1 - left - width if mirrored else rect.left() + left
            tall = _high(item, rect.width())
            high = bool(item.alignment() & Qt.AlignmentFlag.AlignTop)
            y = top if high else top + (height - tall) // 2
            # Not through the item: that holds a fixed height to one line of words.
            (item.widget() or item).setGeometry(QRect(x, y, width, tall))
            left += width + self._gap


class ColumnsLayout(_Layout):
    """Columns side by side while there is room, one under the other when not."""

    def __init__(self, *, wide: int, gap: int = theme.GAP, line_gap: int = 0) -> None:
        """Stack below *wide* pixels, measured at text size 100 %."""
        super().__init__()
        self._wide, self._gap = wide, gap
        self._line_gap = line_gap or gap
        self._shares: list[int] = []

    def add(self, widget: QWidget, share: int) -> None:
        """Add a column; share 0 takes only the width it needs."""
        self.addWidget(widget)
        self._shares.append(share)

    def is_stacked(self, width: int) -> bool:
        """Tell whether the columns stand one under the other at *width*."""
        shown = self._shown()
        need = sum(item.minimumSize().width() for item in shown)
        need += self._gap * max(0, len(shown) - 1)
        return width < max(theme.current().px(self._wide), need)

    def heightForWidth(self, width: int) -> int:
        """Give the height at *width*."""
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put every column in its place."""
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        """Ask for the columns side by side."""
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown)
        width += self._gap * max(0, len(shown) - 1)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return QSize(width, height)

    def minimumSize(self) -> QSize:
        """Need room for the widest column alone."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        shown = self._shown()
        if self.is_stacked(rect.width()):
            top = rect.top()
            for item in shown:
                height = _height(item, rect.width())
                if place:
                    item.setGeometry(QRect(rect.left(), top, rect.width(), height))
                top += height + self._line_gap
            return max(0, top - self._line_gap - rect.top())
        widths = self._widths(shown, rect.width())
        height = max(
            (_height(item, width) for item, width in zip(shown, widths, strict=True)),
            default=0,
        )
        if place:
            self._place(shown, widths, rect, max(height, rect.height()))
        return height

    def _place(
        self, shown: list[QLayoutItem], widths: list[int], rect: QRect, height: int
    ) -> None:
        parent = self.parentWidget()
        mirrored = parent is not None and (
            parent.layoutDirection() == Qt.LayoutDirection.RightToLeft
        )
        left = 0
        for item, width in zip(shown, widths, strict=True):
            x = rect.right() + 1 - left - width if mirrored else rect.left() + left
            item.setGeometry(QRect(x, rect.top(), width, height))
            left += width + self._gap

    def _widths(self, shown: list[QLayoutItem], width: int) -> list[int]:
        shares = [self._shares[self._items.index(item)] for item in shown]
        free = width - self._gap * max(0, len(shown) - 1)
        fixed = [
            0 if share else item.sizeHint().width()
            for item, share in zip(shown, shares, strict=True)
        ]
        free -= sum(fixed)
        least = [item.minimumSize().width() for item in shown]
        wide = _shared(free, shares, least)
        return [
            width if share else size
            for width, share, size in zip(wide, shares, fixed, strict=True)
        ]


def _shared(free: int, shares: list[int], least: list[int]) -> list[int]:
    """Part *free* by *shares*; whoever needs more than its part gets that first."""
    given: dict[int, int] = {}
    while True:
        rest = free - sum(given.values())
        left = {n: share for n, share in enumerate(shares) if n not in given}
        whole = sum(left.values()) or 1
        parts = {n: rest * share // whole for n, share in left.items()}
        short = {
            n: least[n] for n, part in parts.items() if left[n] and least[n] > part
        }
        if not short:
            return [(given | parts)[n] for n in range(len(shares))]
        given |= short


def _high(item: QLayoutItem, room: int) -> int:
    hint = item.sizeHint()
    if hint.width() > room and item.hasHeightForWidth():
        return item.heightForWidth(room)
    return hint.height()


def _height(item: QLayoutItem, width: int) -> int:
    if item.hasHeightForWidth():
        return max(item.heightForWidth(width), item.minimumSize().height())
    return item.sizeHint().height()
