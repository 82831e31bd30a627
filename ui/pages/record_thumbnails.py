"""Brings small pictures to the board of scans, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from ui.store_thread import Lane

if TYPE_CHECKING:
    from ui.background import Job
    from ui.pages.base import Context
    from ui.record_views import Picture
    from ui.widgets.boards.scans import ScansBoard


class RecordThumbnails(QObject):
    """Asks for the next only when one has come, and for none of a board that went."""

    def __init__(self, context: Context, parent: QObject) -> None:
        """Wait for a board."""
        super().__init__(parent)
        self._context = context
        self._board: ScansBoard | None = None
        self._waiting: list[str] = []
        self._job: Job | None = None

    def fill(self, board: ScansBoard) -> None:
        """Bring the pictures of *board*, and of no other any more."""
        if self._job is not None and not self._job.finished:
            self._job.drop()
        self._board = board
        self._waiting = list(board.thumbnails)
        self._next()

    def _next(self) -> None:
        board = self._board
        if board is None or not isValid(board) or not self._waiting:
            return
        key, desk = self._waiting.pop(0), self._context.desk
        # In its turn: making a picture leaves the store to what a person asks.
        self._job = self._context.bridge.run(
            lambda _job: desk.thumbnail(key),
            owner=self,
            done=lambda picture: self._came(key, picture),
            failed=lambda _error: self._next(),
            lane=Lane.TURN,
        )

    def _came(self, key: str, picture: Picture | None) -> None:
        if self._board is not None and isValid(self._board):
            self._board.show_picture(key, picture)
        self._next()
