"""What lies in the folder of a shard about its end.

``retention.days`` is what was promised when it was first served, and may only grow;
``retired.json`` and ``final.checkpoint`` say that it was taken down (`retiring`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_RETIRED, _NOTE, _PROMISE = "retired.json", "final.checkpoint", "retention.days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What is left of a shard; dates are days such as 2037-01-08."""

    vkey: str
    operator: str
    size: int
    root: str
    denied: str
    deleted: str | None = None


def promise(folder: Path, days: int) -> int:
    """Keep the promise to hold a shard for *days* after it became read-only.

    Raises:
        UsageError: longer was promised before.
    """
    before = promised(folder)
    if days < 0 or (before is not None and days < before):
        raise UsageError(f"{folder.name} was promised to be kept for {before} days")
    _write(folder / _PROMISE, f"{days}\n".encode())
    return days


def promised(folder: Path) -> int | None:
    """The days that were promised; None: for ever."""
    try:
        return int((folder / _PROMISE).read_text("ascii"))
    except FileNotFoundError:
        return None


def retired(folder: Path) -> Retired | None:
    """What is left of the shard in *folder*, if it was taken down."""
    try:
        return Retired(**json.loads((folder / _RETIRED).read_text("utf-8")))
    except FileNotFoundError:
        return None


def final_note(folder: Path) -> bytes:
    """The last checkpoint of a shard that was taken down."""
    return (folder / _NOTE).read_bytes()


def keep(folder: Path, left: Retired) -> None:
    """Say what is left of the shard in *folder*."""
    _write(folder / _RETIRED, json.dumps(asdict(left)).encode())


def keep_note(folder: Path, note: bytes) -> None:
    """Keep its last checkpoint, before it is said to be taken down."""
    _write(folder / _NOTE, note)


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
