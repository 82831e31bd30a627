"""The window: lock screen, first run, and the rail with its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from ui import theme
from ui.pages.lock import LockPage
from ui.store_thread import Lane
from ui.widgets.focus_ring import FocusRing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from PySide6.QtGui import QCloseEvent

    from ui.background import Background
    from ui.desk import Desk
    from ui.pages.first_run import FirstRunPage
    from ui.preferences import Preferences
    from ui.shell import Shell

_IDLE_MS = 10 * 60 * 1000
_AFTER_DIALOG_MS = 50
_SOON_MS = 150  # after the lock screen is on the screen
_USED = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
)


class Window(QWidget):
    """Shows one of three things; pages of the open wallet exist only while it is."""

    preferred = Signal(object)

    def __init__(
        self,
        *,
        desk: Desk,
        bridge: Background,
        now: Callable[[], datetime],
        preferences: Preferences,
    ) -> None:
        """Show nothing yet; ``start`` decides what comes first."""
        super().__init__()
        self.setWindowTitle("Heartwood")
        self.setMinimumSize(640, 480)
        self._desk, self._bridge, self._now = desk, bridge, now
        self._preferences = preferences
        self.shell: Shell | None = None
        self.first_run: FirstRunPage | None = None
        self._stack = QStackedWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.lock_page = LockPage(desk=desk, bridge=bridge)
        self.lock_page.unlocked.connect(self._unlocked)
        self._stack.addWidget(self.lock_page)
        self._ring = FocusRing(self)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self._left_alone)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._get_ready)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def start(self) -> None:
        """Show the lock screen, or the first run where there is no wallet."""
        if self._desk.exists():
            self._stack.setCurrentWidget(self.lock_page)
            self.lock_page.opened()
            self._soon.start()
        else:
            self._begin()

    def lock(self) -> None:
        """Close the wallet; every page over it goes with it."""
        self._idle.stop()
        if self.shell is None:
            return
        shell, self.shell = self.shell, None
        shell.leave()
        self._stack.setCurrentWidget(self.lock_page)
        self._stack.removeWidget(shell)
        shell.deleteLater()
        self._bridge.run(
            lambda _job: self._desk.lock(),
            owner=self,
            done=lambda _nothing: None,
            failed=lambda _error: None,
            lane=Lane.TURN,
        )
        self.lock_page.opened()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Notice that somebody is there."""
        kind = event.type()
        if kind in _USED:
            self._ring.led_by(event)
            if self.shell is not None:
                self._idle.start()
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        """Go out of sight at once; then lock the wallet and end its thread."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._soon.stop()
        _dismiss_dialog()
        self.hide()
        if self.shell is not None:
            self.shell.leave()
        self._bridge.close(last=self._desk.lock)
        super().closeEvent(event)

    def _get_ready(self) -> None:
        """Read what the open wallet will need, while the passphrase is typed."""
        import ui.shell  # noqa: F401, PLC0415 - start-up time

        self._bridge.run(
            lambda _job: self._desk.get_ready(),
            owner=self,
            done=lambda _nothing: None,
            failed=lambda _error: None,
        )

    def _begin(self) -> None:
        from ui.pages.first_run import FirstRunPage  # noqa: PLC0415 - start-up time

        self.first_run = FirstRunPage(desk=self._desk, bridge=self._bridge)
        self.first_run.finished.connect(self._first_done)
        self._stack.addWidget(self.first_run)
        self._stack.setCurrentWidget(self.first_run)
        self.first_run.opened()

    def _unlocked(self, words: tuple[str, ...]) -> None:
        if not words:
            self._opened()
            return
        self._begin()
        if self.first_run is not None:
            self.first_run.go_on(words)

    def _first_done(self) -> None:
        page, self.first_run = self.first_run, None
        self._opened()
        if self.shell is not None:
            self.shell.show_page("bring_in")
        if page is not None:
            self._stack.removeWidget(page)
            page.deleteLater()

    def _opened(self) -> None:
        from ui.pages.base import Context  # noqa: PLC0415 - start-up time
        from ui.shell import Shell  # noqa: PLC0415 - start-up time

        context = Context(desk=self._desk, bridge=self._bridge, now=self._now)
        self.shell = Shell(context, self._preferences)
        self.shell.locked.connect(self.lock)
        self.shell.preferred.connect(self._prefer)
        self._stack.addWidget(self.shell)
        self._stack.setCurrentWidget(self.shell)
        self.shell.show_page("home")
        self.shell.begin()
        self._idle.start()

    def _prefer(self, preferences: Preferences) -> None:
        self._preferences = preferences
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, preferences.theme())
        self.preferred.emit(preferences)

    def _left_alone(self) -> None:
        if _dismiss_dialog():
            # Its own loop has to end first: it belongs to a page that goes.
            self._idle.start(_AFTER_DIALOG_MS)
            return
        self._idle.setInterval(_IDLE_MS)
        self.lock()
        self.lock_page.say_why(
            self.tr("Locked after ten minutes without use. Nothing was lost.")
        )


def _dismiss_dialog() -> bool:
    """Close a question that is open in front of the window; tell whether one was."""
    asked = QApplication.activeModalWidget()
    if asked is None:
        return False
    asked.close()
    return True
