"""One process at a time in a home: a lock file the system frees when we end."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from wallet.errors import CancelledError, HomeBusyError, HomeMissingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PATIENCE = 10.0
_PAUSE = 0.05

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class HomeLock:
    """Holds ``lock`` in a home until `release`, or until the process ends."""

    def __init__(
        self,
        folder: Path,
        *,
        patience: float = _PATIENCE,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait up to *patience* seconds for the home.

        Raises:
            HomeMissingError: there is no such folder.
            HomeBusyError: another process still holds it.
            CancelledError: *cancelled* said so while we waited.
        """
        try:
            self._handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except (FileNotFoundError, NotADirectoryError):
            raise HomeMissingError("there is no such home") from None
        give_up = time.monotonic() + patience
        while True:
            try:
                _try_lock(self._handle)
            except OSError:
                if cancelled():
                    os.close(self._handle)
                    raise CancelledError from None
                if time.monotonic() >= give_up:
                    os.close(self._handle)
                    raise HomeBusyError(
                        "another window or command is using this home; "
                        "close it, then try again"
                    ) from None
                time.sleep(_PAUSE)
            else:
                return

    def release(self) -> None:
        """Let the next one in; the file stays, so that nobody locks a ghost."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
