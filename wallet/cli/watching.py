"""How far a long sync has come, on a terminal; what stops it loses nothing."""

from __future__ import annotations

import sys

from wallet.actions.network import UNWATCHED, Watch

_LONG = 16_384  # entries: fewer are there before anybody could read it


def watch() -> Watch:
    """Tell a person who looks on; programs get their answer at the end."""
    return Watch(progress=_tell) if sys.stderr.isatty() else UNWATCHED


def _tell(done: int, total: int) -> None:
    if total < _LONG:
        return
    said = f"\rReading the ledger: {done:,} of {total:,} entries"
    print(said, end="\n" if done >= total else "", file=sys.stderr, flush=True)
