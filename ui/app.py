"""Wiring: the look, the desk over one home, the bridge and the window."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ui import icons, preferences, theme
from ui.background import Background
from ui.front_desk import FrontDesk
from ui.interrupts import Interrupts
from ui.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZE = (1280, 820)


def default_home() -> Path:
    """Give the folder of the wallet when none is named."""
    named = os.environ.get("HEARTWOOD_HOME")
    if named:
        return Path(named)
    where = QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.GenericDataLocation
    )
    return Path(where) / "heartwood"


def make_window(home: Path, app: QApplication) -> Window:
    """Put the window over *home* together."""
    kept = home / "window.ini"
    wishes = preferences.load(kept)
    theme.load_fonts()
    theme.apply(app, wishes.theme())
    bridge = Background()
    window = Window(
        desk=FrontDesk(home, bridge),
        bridge=bridge,
        now=lambda: datetime.now(tz=UTC),
        preferences=wishes,
    )
    window.preferred.connect(lambda new: preferences.save(kept, new))
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(
        lambda _scheme: theme.apply(app, preferences.load(kept).theme())
    )
    accent = theme.current().color("accent")
    window.setWindowIcon(icons.mark_icon(accent))
    screen = app.primaryScreen().availableGeometry()
    window.resize(min(_SIZE[0], screen.width()), min(_SIZE[1], screen.height()))
    return window


def run(home: Path, arguments: Sequence[str]) -> int:
    """Open the window and stay until it is closed."""
    app = QApplication([sys.argv[0], *arguments])
    app.setApplicationName("Heartwood")
    app.setDesktopFileName("heartwood")
    window = make_window(home, app)
    interrupts = Interrupts(window.close)
    window.show()
    window.start()
    try:
        return app.exec()
    finally:
        interrupts.forget()
