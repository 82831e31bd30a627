"""Asks a process of its own what stands in a file of strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_WAIT = 300  # seconds of any clock; its own processor time is limited to far less
_MOST_BYTES = 64 << 20
_ROOM = "wallet.records.attachments"


def ask(child: str, data: bytes, *words: str) -> dict[str, Any] | None:
    """What the module *child* of attachments says of *data*, asked with *words*.

    None where it cannot be read in the limits set for it.
    """
    if len(data) > _MOST_BYTES:
        return None
    try:
        done = subprocess.run(  # noqa: S603 our own module and nothing of the file
            [sys.executable, "-I", "-m", f"{_ROOM}.{child}", *words],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT,
            env={},
            check=True,
        )
        held = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return held if isinstance(held, dict) else None
