"""What the window remembers: text size, light or dark, and its own size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from ui import theme
from ui.theme import Theme

if TYPE_CHECKING:
    from pathlib import Path

SCALES = (100, 125, 150, 175, 200)


class Mode(StrEnum):
    """Light or dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Nothing here is secret; it lies beside the wallet, not in it."""

    scale: int = 100
    mode: Mode = Mode.SYSTEM

    def theme(self) -> Theme:
        """Give the look these preferences ask for."""
        if self.mode is Mode.SYSTEM:
            tokens = theme.system_tokens()
        else:
            tokens = theme.DARK if self.mode is Mode.DARK else theme.LIGHT
        return Theme(tokens=tokens, scale=self.scale / 100)


def load(path: Path) -> Preferences:
    """Read preferences; anything odd falls back to what is usual."""
    stored = QSettings(str(path), QSettings.Format.IniFormat)
    found = Preferences()
    try:
        scale = int(str(stored.value("text_size", found.scale)))
        mode = Mode(str(stored.value("mode", found.mode.value)))
    except ValueError:
        return found
    return replace(found, scale=scale if scale in SCALES else found.scale, mode=mode)


def save(path: Path, preferences: Preferences) -> None:
    """Write preferences."""
    stored = QSettings(str(path), QSettings.Format.IniFormat)
    stored.setValue("text_size", preferences.scale)
    stored.setValue("mode", preferences.mode.value)
    stored.sync()
