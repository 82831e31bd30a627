"""What a process gives up before it reads a file of strangers.

A hostile file then costs that process and nothing else: memory, time, files to write
and core files are limited, where the system can do so.
"""

from __future__ import annotations

import sys

_MEMORY = 1 << 30
_SECONDS = 30
_FILES = 32


def confine() -> None:
    """Give up memory, time and files, where the system can take them."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 not there on Windows

    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        resource.setrlimit(what, (most, most))
