"""Keeps keys in this process: no core file, and no look into its memory."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def harden() -> None:
    """No core file, and no other program of this user may look into our memory."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 not there on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
