import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

CALLS = 2_000


class Sender(QObject):
    fired = Signal(bool)


def test_calls_into_qt_keep_the_references_to_none(qapp):
    # PySide6 6.12.0 returns None without a reference under Python 3.11: after some
    # thousand calls the interpreter aborts.
    label = QLabel()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.setEnabled(True)
    assert abs(sys.getrefcount(None) - before) < CALLS / 10


def test_signals_keep_the_references_to_true(qapp):
    sender, yes = Sender(), bool(CALLS)
    before = sys.getrefcount(yes)
    for _ in range(CALLS):
        sender.fired.emit(yes)
    assert abs(sys.getrefcount(yes) - before) < CALLS / 10
