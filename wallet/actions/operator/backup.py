"""Back up the home of a ledger while it serves.

A copy holds keys, origins and entries: all but signed.db. What was signed last must
never come back from a copy: an old word on it would vouch for an old history. A home
without it asks the witnesses before it signs (PROTOCOL.md 9), and where nobody can be
asked it does not sign at all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.server.log.backup_sqlite import copy_database

if TYPE_CHECKING:
    from pathlib import Path

_DATABASE = "ledger.db"
_LEFT = ("signed.db", _DATABASE)  # and what SQLite keeps beside them


def back_up(home: Path, out: Path) -> dict[str, int]:
    """Copy *home* to the new folder *out*; published entries of each log in it.

    A log that lies in PostgreSQL is not in it (packaging/OPERATING.md).

    Raises:
        UsageError: there is no ledger, or *out* stands already.
        StoreDamagedError: a copy is not what was published.
    """
    if not any(home.rglob("log.key")):
        raise UsageError(f"there is no ledger in {home}")
    if out.exists():
        raise UsageError(f"{out} is there already")
    unfinished = out.with_name(f"{out.name}.unfinished")
    if unfinished.exists():
        raise UsageError(f"{unfinished} is left of a backup that was cut short")
    copied: dict[str, int] = {}
    for file in sorted(home.rglob("*")):
        inside = file.relative_to(home)
        target = unfinished / inside
        if not file.is_file() or file.is_symlink():
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file.name == _DATABASE:
            copied[str(inside.parent)] = copy_database(file, target)
        elif not file.name.startswith(_LEFT):
            _copy(file, target)
    os.replace(unfinished, out)  # noqa: PTH105 only a whole backup bears the name
    return copied


def _copy(file: Path, target: Path) -> None:
    """Copy a small file, for its owner alone, onto the disk."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as copy:
        copy.write(file.read_bytes())
        copy.flush()
        os.fsync(copy.fileno())
