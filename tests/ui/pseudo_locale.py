"""A language in which everything is two fifths longer, as German would be."""

import math
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QTranslator


class Longer(QTranslator):
    """Says every sentence of the window with words that mean nothing after it."""

    def isEmpty(self):  # noqa: N802 - Qt's name
        return False

    def translate(self, _context, text, _remark=None, _count=-1):
        more = math.ceil(0.4 * len(text))
        words = " ".join(["umlaut"[: min(6, more)]] * max(1, round(more / 7)))
        return text + words[:more] if len(text) <= 12 else f"{text} {words}"


@contextmanager
def longer():
    """Let windows that are made now speak it."""
    translator = Longer()
    QCoreApplication.installTranslator(translator)
    try:
        yield
    finally:
        QCoreApplication.removeTranslator(translator)
