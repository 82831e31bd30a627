"""``window_child BEGAN HOME``: open the window, unlock it, say when each was painted.

BEGAN is the parent's monotonic clock when it started this process. What is shown is
what ``python -m ui`` shows, in the same order; only the waiting is ours.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from ui.app import make_window

PASSPHRASE = "correct horse battery staple"
PATIENCE = 60.0
TYPING = 1.0  # nobody types a passphrase in less


class Painted(QObject):
    """Notices when a widget is painted."""

    seen = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return False


def wait(app, ready):
    """The moment something is so, and is on the screen."""
    give_up = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > give_up:
            raise TimeoutError
        app.processEvents()
        time.sleep(0.002)
    app.processEvents()
    return time.monotonic()


def main(began, home):
    app = QApplication(["heartwood"])
    window, lock, shown = make_window(home, app), Painted(), Painted()
    window.lock_page.installEventFilter(lock)
    window.show()
    window.start()
    locked = wait(app, lambda: lock.seen)
    typed = locked + TYPING
    wait(app, lambda: time.monotonic() > typed)
    window.lock_page.field.line.setText(PASSPHRASE)
    asked = time.monotonic()
    window.lock_page.button.click()
    wait(app, lambda: window.shell is not None)
    page = window.shell.pages["home"]
    page.installEventFilter(shown)
    opened = wait(app, lambda: page._shown is not None and shown.seen)
    window.close()
    print(json.dumps({"lock": locked - began, "home": opened - asked}))


main(float(sys.argv[1]), Path(sys.argv[2]))
