"""A line or paragraph of text in one of the sizes and tones of the look."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
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

    def sizeHint(self) -> QSize:
        """Ask for the width of the words where they flow."""
        if not self._flowing:
            return super().sizeHint()
        metrics = QFontMetrics(self.font())
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
        """Align to the far edge (the near one in right-to-left)."""
        self.setAlignment(
            Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        )
        return self

    def centred(self) -> Text:
        """Align to the middle."""
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return self

    def refresh(self) -> None:
        """Take font and colour from the theme in use."""
        look = theme.current()
        self.setFont(look.font(self._kind))
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, look.tone(self._tone))
        self.setPalette(palette)


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


def _hfw(across: QSizePolicy.Policy) -> QSizePolicy:
    policy = QSizePolicy(across, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    return policy
