"""Ctrl-C and a polite kill close the window, as its own button does."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts(QObject):
    """Wakes the event loop when a signal arrives; Python alone would sleep on.

    While Qt waits, no Python runs, and so no handler: the interpreter writes the
    number of the signal into one end of a pair of sockets, and Qt watches the other.
    """

    def __init__(self, close: Callable[[], object]) -> None:
        """Call *close* on the first signal."""
        super().__init__()
        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)  # noqa: FBT003 - its only argument
        self._wake_before = signal.set_wakeup_fd(self._far.fileno())
        self._before = {
            number: signal.signal(number, lambda *_: None) for number in _SIGNALS
        }
        self._notifier = QSocketNotifier(
            self._near.fileno(), QSocketNotifier.Type.Read, self
        )
        self._notifier.activated.connect(lambda: self._arrived(close))

    def forget(self) -> None:
        """Let signals do again what they did before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wake_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._near.close()
        self._far.close()

    def _arrived(self, close: Callable[[], object]) -> None:
        self._near.recv(64)
        close()
