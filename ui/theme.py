"""The look as values: colour tokens, type sizes, palette and a short style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QPainter,
    QPalette,
    QPen,
)

import resources

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

FAMILY = "Atkinson Hyperlegible Next"
SMALLEST, LARGEST = 1.0, 2.0
CARD_RADIUS, CONTROL_RADIUS = 12, 8
GAP, MARGIN_X, MARGIN_Y = 24, 40, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Every colour the window knows; contrast is checked in the tests."""

    paper: str
    surface: str
    sunken: str
    ink: str
    muted: str
    line: str
    strong: str
    accent: str
    on_accent: str
    accent_soft: str
    go: str
    go_soft: str
    wait: str
    wait_soft: str
    stop: str
    stop_soft: str
    calm: str
    calm_soft: str


LIGHT = Tokens(
    paper="#FAF7F2",
    surface="#FFFFFF",
    sunken="#F2ECE4",
    ink="#2A2320",
    muted="#665A51",
    line="#DFD5C9",
    strong="#8D7F73",
    accent="#8A3B2A",
    on_accent="#FFFFFF",
    accent_soft="#F6E5DD",
    go="#22674A",
    go_soft="#E0F0E7",
    wait="#7A5200",
    wait_soft="#FBEECF",
    stop="#A1242A",
    stop_soft="#FAE1E0",
    calm="#2A5A85",
    calm_soft="#E1ECF6",
)

DARK = Tokens(
    paper="#191512",
    surface="#231E1A",
    sunken="#14110F",
    ink="#F3ECE4",
    muted="#BDB0A5",
    line="#3D342D",
    strong="#86786C",
    accent="#E59A7E",
    on_accent="#2A120A",
    accent_soft="#40271E",
    go="#7CCBA4",
    go_soft="#1C3529",
    wait="#E9BE6B",
    wait_soft="#3A2D12",
    stop="#F19A97",
    stop_soft="#43201F",
    calm="#93BFE6",
    calm_soft="#1D2E3E",
)


class Tone(StrEnum):
    """What a colour says; never the only thing that says it."""

    INK = "ink"
    MUTED = "muted"
    ACCENT = "accent"
    GO = "go"
    WAIT = "wait"
    STOP = "stop"
    CALM = "calm"


class Type(Enum):
    """A text size at 100 % and its weight."""

    NUMBER = (40, 700)
    TITLE = (30, 700)
    CARD = (20, 700)
    STRONG = (16, 700)
    NAV = (16, 600)
    TEXT = (16, 400)
    SMALL = (14, 400)
    SMALL_STRONG = (14, 700)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One complete look: colours, text scale, and whether things may move."""

    tokens: Tokens = LIGHT
    scale: float = SMALLEST
    motion: bool = True

    def color(self, name: str) -> QColor:
        """Give the token called *name* as a colour."""
        return QColor(getattr(self.tokens, name))

    def tone(self, tone: Tone) -> QColor:
        """Give the strong colour of *tone*, for text and marks."""
        return self.color(tone.value)

    def soft(self, tone: Tone) -> QColor:
        """Give the background on which text of *tone* is readable."""
        if tone in (Tone.INK, Tone.MUTED):
            return self.color("sunken")
        return self.color(f"{tone.value}_soft")

    def font(self, kind: Type) -> QFont:
        """Give the font of one text size at the current scale."""
        size, weight = kind.value
        font = QFont(FAMILY)
        font.setPixelSize(round(size * self.scale))
        font.setWeight(QFont.Weight(weight))
        return font

    def px(self, size: float) -> int:
        """Scale something that grows with the text, such as an icon."""
        return round(size * self.scale)

    def control(self, size: float) -> int:
        """Scale the height of a control: its text doubles, its air does not."""
        return round(size + 24 * (self.scale - 1))

    def palette(self) -> QPalette:
        """Give the complete palette, the same for active and inactive windows."""
        palette = QPalette()
        for role, name in _ROLES.items():
            palette.setColor(QPalette.ColorGroup.All, role, self.color(name))
        for role in (_Role.WindowText, _Role.Text, _Role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("muted"))
        return palette

    def style_sheet(self) -> str:
        """Give the few rules that a palette cannot say."""
        heights = {
            "text": self.px(16),
            "field": self.control(46),
            "small": self.px(14),
        }
        return _SHEET.format(**heights, **_as_dict(self.tokens))


_Role = QPalette.ColorRole
_ROLES: dict[QPalette.ColorRole, str] = {
    _Role.Window: "paper",
    _Role.WindowText: "ink",
    _Role.Base: "surface",
    _Role.AlternateBase: "sunken",
    _Role.Text: "ink",
    _Role.PlaceholderText: "muted",
    _Role.Button: "surface",
    _Role.ButtonText: "ink",
    _Role.BrightText: "on_accent",
    _Role.ToolTipBase: "surface",
    _Role.ToolTipText: "ink",
    _Role.Highlight: "accent",
    _Role.HighlightedText: "on_accent",
    _Role.Accent: "accent",
    _Role.Link: "accent",
    _Role.LinkVisited: "accent",
    _Role.Light: "surface",
    _Role.Midlight: "sunken",
    _Role.Mid: "line",
    _Role.Dark: "strong",
    _Role.Shadow: "line",
}

_SHEET = """
QLineEdit, QDateEdit, QPlainTextEdit {{
  background: {surface}; color: {ink}; border: 1px solid {strong};
  border-radius: 8px; padding: 0 14px; min-height: {field}px;
  font-size: {text}px; selection-background-color: {accent};
  selection-color: {on_accent}; placeholder-text-color: {muted};
}}
QLineEdit:disabled, QDateEdit:disabled {{ color: {muted}; background: {sunken}; }}
QPlainTextEdit {{ padding: 10px; }}
QDateEdit::drop-down {{ border: none; width: 36px; }}
QTextBrowser {{
  background: {surface}; color: {ink}; border: 1px solid {line};
  border-radius: 8px; padding: 8px; font-size: {small}px;
}}
QToolTip {{
  background: {surface}; color: {ink}; border: 1px solid {strong};
  padding: 6px 10px; font-size: {small}px;
}}
QScrollArea, QListView {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {strong}; border-radius: 4px; }}
QScrollBar::handle:vertical {{ min-height: 40px; }}
QScrollBar::handle:horizontal {{ min-width: 40px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


class _Notice(QObject):
    changed = Signal()


class _State:
    """The theme in use; there is one screen, so there is one of these."""

    theme = Theme()
    notice: _Notice | None = None


def current() -> Theme:
    """Give the theme in use."""
    return _State.theme


def changed() -> _Notice:
    """Give the object whose signal ``changed`` fires after a theme was applied."""
    if _State.notice is None:
        _State.notice = _Notice()
    return _State.notice


def apply(app: QApplication, theme: Theme) -> None:
    """Make *theme* the look of every window, now and from here on."""
    _State.theme = theme
    app.setStyle("Fusion")
    app.setFont(theme.font(Type.TEXT))
    app.setPalette(theme.palette())
    app.setStyleSheet(theme.style_sheet())
    changed().changed.emit()


def load_fonts() -> None:
    """Register the shipped font; without it the system's own is used."""
    folder = Path(resources.__file__).parent / "fonts"
    for path in sorted(folder.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def system_tokens() -> Tokens:
    """Follow the system's wish for light or dark."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rounded(
    painter: QPainter,
    widget: QWidget,
    *,
    fill: QColor | None,
    edge: QColor | None,
    width: float = 1.0,
    radius: float = CARD_RADIUS,
) -> None:
    """Paint *widget*'s own rounded rectangle with one flat edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = width / 2 if edge is not None else 0.0
    rect = QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset)
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, radius, radius)


def _as_dict(tokens: Tokens) -> dict[str, str]:
    return {name: getattr(tokens, name) for name in Tokens.__dataclass_fields__}


def _luminance(value: str) -> float:
    color = QColor(value)
    return sum(
        weight * _linear(part)
        for weight, part in (
            (0.2126, color.redF()),
            (0.7152, color.greenF()),
            (0.0722, color.blueF()),
        )
    )


def _linear(part: float) -> float:
    low_end = 0.03928
    if part <= low_end:
        return part / 12.92
    return float(((part + 0.055) / 1.055) ** 2.4)
