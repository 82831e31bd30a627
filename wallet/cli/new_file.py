"""A file a command writes: new, for this account only, and whole or not there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from wallet.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def fresh(out: Path) -> Iterator[BinaryIO]:
    """A new file that only this account can read; none is left after a refusal."""
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{out.name} exists already") from None
    except OSError:
        raise UsageError(f"{out.name} cannot be written") from None
    try:
        with os.fdopen(handle, "wb") as sink:
            yield sink
    except BaseException as fault:
        out.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise UsageError(f"{out.name} cannot be written") from None
        raise
