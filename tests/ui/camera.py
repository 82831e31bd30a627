"""A picture of a window in every look that is asked for, without a screen."""

import time
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from ui import theme

WIDE, NARROW = (1280, 820), (900, 820)


@dataclass(frozen=True)
class Look:
    """One way to show a page; *name* ends the name of its picture."""

    name: str
    tokens: theme.Tokens = theme.LIGHT
    scale: float = 1.0
    size: tuple[int, int] = WIDE
    mirrored: bool = False


LIGHT, DARK = Look("light"), Look("dark", theme.DARK)
USUAL = (LIGHT, DARK)
LARGE = (Look("200-light", scale=2.0), Look("200-dark", theme.DARK, scale=2.0))
SLIM = (
    Look("900-light", size=NARROW),
    Look("900-dark", theme.DARK, size=NARROW),
    Look("900-200-light", scale=2.0, size=NARROW),
)
MIRRORED = (Look("rtl-light", mirrored=True),)
EVERY = USUAL + LARGE + SLIM + MIRRORED


def settle(window, within=5.0):
    """Let every answer arrive and every layout finish."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if not window._bridge.busy():
            break
        time.sleep(0.001)
    for _ in range(5):
        QCoreApplication.processEvents()


class Camera:
    """Writes pictures into one folder."""

    def __init__(self, folder):
        """Make the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.taken = []

    def shoot(self, window, name, looks=USUAL):
        """Write one picture of *window* for each look, then go back to the first."""
        for look in looks:
            put_on(look, window)
            path = self.folder / f"{name}-{look.name}.png"
            window.grab().save(str(path))
            self.taken.append(path)
        put_on(LIGHT, window)


def put_on(look, window):
    """Show *window* in *look*, as a change in the settings would."""
    app = QApplication.instance()
    app.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft
        if look.mirrored
        else Qt.LayoutDirection.LeftToRight
    )
    wanted = theme.Theme(tokens=look.tokens, scale=look.scale)
    if theme.current() != wanted:
        theme.apply(app, wanted)
    window.resize(*look.size)
    settle(window)
