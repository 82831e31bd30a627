"""Asks a confined process for the text of a PDF; see `wallet.records.pdf_child`."""

from __future__ import annotations

import json
import subprocess
import sys

from wallet.records.aids import PdfText

_WAIT = 300  # seconds of any clock; its own processor time is limited to far less
_MOST_BYTES = 64 << 20
_CHILD = "wallet.records.pdf_child"


def read_pdf(data: bytes) -> PdfText | None:
    """The text of *data*; None where it cannot be read in the limits set for it."""
    if len(data) > _MOST_BYTES:
        return None
    try:
        done = subprocess.run(  # noqa: S603 our own module and nothing of the file
            [sys.executable, "-I", "-m", _CHILD],
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
    return PdfText(
        pages=int(held.get("pages", 0)),
        title=str(held.get("title", "")),
        text=str(held.get("text", "")),
        is_locked=bool(held.get("locked", False)),
    )
