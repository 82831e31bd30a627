"""A line or paragraph of text in one of the sizes and tones of the look."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui import theme
from ui.theme import Tone, Type


class Text(QLabel):
    """Plain text only: what a record says is never read as markup."""

    def __init__(
        self,
        text: str = "",
        *,
        kind: Type = Type.TEXT,
        tone: Tone = Tone.INK,
        parent: QWidget | None = None,
    ) -> None:
        """Wrap by default; see ``one_line``."""
        super().__init__(text, parent)
        self._kind, self._tone, self._flowing = kind, tone, False
        self._paired = False
        self._edge = Qt.AlignmentFlag.AlignLeading
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        # Inside a button a label would otherwise take the button's own ink.
        self.setForegroundRole(QPalette.ColorRole.WindowText)
        self.setSizePolicy(_hfw(QSizePolicy.Policy.Expanding))
        self.refresh()
        theme.changed().changed.connect(self.refresh)

    def one_line(self) -> Text:
        """Take only the width the words need, and never break them."""
        self.setWordWrap(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        return self

    def flowing(self) -> Text:
        """Ask for one line, but break it where there is no room for that."""
        self._flowing = True
        self.setSizePolicy(_hfw(QSizePolicy.Policy.Maximum))
        return self

    def paired(self) -> Text:
        """Stand on two lines, no wider than that takes; one word stands on one."""
        self._paired = True
        self.setSizePolicy(_hfw(QSizePolicy.Policy.Fixed))
        return self

    def sizeHint(self) -> QSize:
        """Ask for the width of the words where they flow."""
        metrics = QFontMetrics(self.font())
        if self._paired:
            lines = 2 if " " in self.text() else 1
            return QSize(
                narrowest(self.text(), metrics) + 2, lines * metrics.lineSpacing()
            )
        if not self._flowing:
            return super().sizeHint()
        width = metrics.horizontalAdvance(self.text()) + 2
        return QSize(width, metrics.height())

    def set_tone(self, tone: Tone) -> None:
        """Change what the colour says."""
        self._tone = tone
        self.refresh()

    def set_kind(self, kind: Type) -> None:
        """Change the size."""
        self._kind = kind
        self.refresh()

    def right(self) -> Text:
        """Align to the far edge (the left one in right-to-left)."""
        self._edge = Qt.AlignmentFlag.AlignTrailing
        self._align()
        return self

    def centred(self) -> Text:
        """Align to the middle."""
        self._edge = Qt.AlignmentFlag.AlignHCenter
        self._align()
        return self

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window to the other side."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def refresh(self) -> None:
        """Take font and colour from the theme in use."""
        look = theme.current()
        self.setFont(look.font(self._kind))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, look.tone(self._tone))
        self.setPalette(palette)
        self._align()

    def _align(self) -> None:
        """Stand at the window's edge.

        Left to itself a label follows the language of its words, and a Latin name in
        an Arabic window strays from its icon.
        """
        edge = self._edge
        if edge != Qt.AlignmentFlag.AlignHCenter:
            mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            leading = edge == Qt.AlignmentFlag.AlignLeading
            edge = Qt.AlignmentFlag.AlignAbsolute | (
                Qt.AlignmentFlag.AlignLeft
                if leading != mirrored
                else Qt.AlignmentFlag.AlignRight
            )
        self.setAlignment(edge | Qt.AlignmentFlag.AlignVCenter)


def title(text: str = "") -> Text:
    """Make a page title."""
    return Text(text, kind=Type.TITLE)


def heading(text: str = "") -> Text:
    """Make a card title."""
    return Text(text, kind=Type.CARD)


def strong(text: str = "", tone: Tone = Tone.INK) -> Text:
    """Make a bold line."""
    return Text(text, kind=Type.STRONG, tone=tone)


def small(text: str = "", tone: Tone = Tone.MUTED) -> Text:
    """Make a second line."""
    return Text(text, kind=Type.SMALL, tone=tone)


def second(text: str = "", tone: Tone = Tone.MUTED) -> Text:
    """Make a second line of full size, as under a page title."""
    return Text(text, kind=Type.TEXT, tone=tone)


def narrowest(text: str, metrics: QFontMetrics) -> int:
    """Give the least width at which *text* needs no more than two lines."""
    words = text.split()
    if not words:
        return 0
    cuts = range(1, len(words)) or (len(words),)
    return min(
        max(
            metrics.horizontalAdvance(" ".join(words[:cut])),
            metrics.horizontalAdvance(" ".join(words[cut:])),
        )
        for cut in cuts
    )


def _hfw(across: QSizePolicy.Policy) -> QSizePolicy:
    policy = QSizePolicy(across, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    return policy
