"""The desk over ``wallet.actions.patient``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FrontDesk:
    """Answers pages from one home."""

    def __init__(self, home: Path) -> None:
        """Open nothing yet."""
        self._home = home
