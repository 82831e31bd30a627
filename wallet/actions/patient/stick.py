"""Leave with everything: onto a drive or into a folder, and check such a copy again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.patient import gathering
from wallet.errors import CancelledError
from wallet.exports.drives import Drive, drives
from wallet.exports.folder_manifest import MANIFEST, Checked, check_export, find_export
from wallet.exports.medium import StickError
from wallet.exports.stick import FOLDER, Phase, Progress, Written, write_export
from wallet.grants.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.actions.patient.session import Session

__all__ = [
    "Checked",
    "Drive",
    "Phase",
    "Progress",
    "StickError",
    "Written",
    "check",
    "drives",
    "earlier",
    "write",
]


def write(
    wallet: Session,
    target: Path,
    *,
    now: datetime,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Write the whole history under *target*, read it back and compare.

    Raises:
        StickError: the medium did not do its part.
        CancelledError: as asked; an earlier copy is as it was.
    """
    parts = gathering.gather_everything(wallet, Scope(), now=now)
    return write_export(target, parts, progress=progress, cancelled=cancelled)


def check(target: Path, *, cancelled: Callable[[], bool] = lambda: False) -> Checked:
    """Compare every file of a copy with the list written beside it.

    Raises:
        RefusedError: there is no such copy, or its list is damaged.
        StickError: the list cannot be read.
        CancelledError: as asked.
    """

    def step(_size: int) -> None:
        if cancelled():
            raise CancelledError("stopped as asked; nothing was changed")

    return check_export(find_export(target, FOLDER), step=step)


def earlier(target: Path) -> datetime | None:
    """When the copy that lies under *target* was finished; None where there is none."""
    try:
        seconds = (target / FOLDER / MANIFEST).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC)
