"""What a person can ask for on the page of a record; the page of records answers."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Acts(QObject):
    """One signal for each wish; every one names the record it is about by its key."""

    record_wanted = Signal(str)
    hand_wanted = Signal(str)
    original_wanted = Signal(str)
    copy_wanted = Signal(str, str)
    """The key, and a name for the copy."""
