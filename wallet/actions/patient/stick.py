"""Onto a drive or into a folder: everything for oneself, or one reader's package."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.patient import gathering
from wallet.errors import CancelledError, RefusedError, UsageError
from wallet.exports.drives import Drive, drives
from wallet.exports.folder_manifest import MANIFEST, Checked, check_export, find_export
from wallet.exports.medium import StickError, write_file
from wallet.exports.reader_stick import PERMISSION_PATH, for_reader
from wallet.exports.stick import FOLDER, Phase, Progress, Written, write_export
from wallet.grants.permission import parse_permission
from wallet.grants.scope import Scope
from wallet.vault import grants
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.actions.patient.session import Session
    from wallet.vault.grants import PermissionRow

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
    "require_for_reader",
    "write",
    "write_for_reader",
    "write_package",
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

    def told(done: int, total: int) -> None:
        progress(
            Progress(
                phase=Phase.GATHERING,
                done=done,
                total=total,
                files_done=done,
                files=total,
            )
        )

    parts = gathering.gather_everything(
        wallet, Scope(), now=now, told=told, cancelled=cancelled
    )
    return write_export(target, parts, progress=progress, cancelled=cancelled)


def require_for_reader(target: Path) -> None:
    """Make sure that a folder or drive may be handed to a reader.

    Raises:
        UsageError: it is not there, or holds the patient's own copy, which anybody
            can read.
    """
    if not target.is_dir():
        raise UsageError("there is no such folder to write to")
    folder = target / FOLDER
    if (folder / MANIFEST).is_file() and not (folder / PERMISSION_PATH).is_file():
        raise UsageError(
            "this drive holds your own copy, which anybody can read; "
            "take another drive for a reader"
        )


def write_for_reader(
    wallet: Session,
    leaf: bytes,
    target: Path,
    *,
    now: datetime,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Write a permission with both halves of its key, and its package, under *target*.

    The package is the one that was sealed when it was shared: a snapshot has no other
    (PROTOCOL.md 5), so a reader who opened it already meets the same one again.

    Raises:
        RefusedError: the permission has ended, or its package is not here any more.
        UsageError: as `require_for_reader`.
        StickError: the medium did not do its part.
        CancelledError: as asked; an earlier copy is as it was.
    """
    require_for_reader(target)
    row, package = _sealed(wallet, leaf, now=now)
    parts = for_reader(grant_file=row.offline_file or b"", package=package)
    _note_carried(wallet, row, now=now)
    return write_export(target, parts, progress=progress, cancelled=cancelled)


def write_package(wallet: Session, leaf: bytes, file: Path, *, now: datetime) -> None:
    """Write the sealed package of a permission whose file is carried by hand.

    Raises:
        RefusedError: the permission has ended, or its package is not here any more.
        StickError: the medium did not do its part.
    """
    row, package = _sealed(wallet, leaf, now=now)
    _note_carried(wallet, row, now=now)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    with package.open("rb") as source:
        write_file(part, source, step=lambda _: None)
    part.replace(file)


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


def _sealed(
    wallet: Session, leaf: bytes, *, now: datetime
) -> tuple[PermissionRow, Path]:
    """A permission that may still be handed over, and where its package lies."""
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None:
        raise UsageError("there is no such permission")
    if row.refused is not None:
        raise RefusedError(Reason.RELEASE_REFUSED, "a server refused it")
    if row.ending is not None:
        raise RefusedError(Reason.WITHDRAWN, "ended by its patient")
    if now.timestamp() >= parse_permission(row.signed)[0].ends:
        raise RefusedError(Reason.ENDED, "permission")
    package = wallet.outbox_folder / (row.package or "-")
    if row.offline_file is None or not package.is_file():
        raise RefusedError(Reason.PACKAGE_MISSING, "package")
    return row, package


def _note_carried(wallet: Session, row: PermissionRow, *, now: datetime) -> None:
    """Before a byte leaves: from now on an opening may leave no trace for a time."""
    if row.carried_at is None:
        with wallet.store.transaction():
            grants.note(wallet.store, row.leaf, carried_at=now.timestamp())
