"""Give proven records their place: the whole folder at once, or nothing of it.

Everything lies in the clinic's private folder until it is proven and durable. Then one
rename gives it the name the person chose. Where that place is on another disk, a folder
beside it, noted down before it is made, takes the bytes first; what a crash leaves
there is taken away when the clinic is next unlocked.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.errors import UsageError, WalletError

if TYPE_CHECKING:
    from wallet.actions.clinic.home import ClinicHome

_ENDING = ".part"
_MAX_NOTE = 4_096


class TargetError(WalletError):
    """The folder chosen for the records did not take them; nothing is left in it."""

    def __init__(self, error: OSError) -> None:
        """Keep what the system said, without any path."""
        said = os.strerror(error.errno) if error.errno else "it does not answer"
        super().__init__(f"the records could not be put there: {said}")


def take_target(out: Path) -> Path:
    """The place records shall go to, made if it is not there yet.

    Raises:
        UsageError: it holds something, or it is a drive or a file.
    """
    place = out.resolve()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError("the target must be a new or an empty folder")
    if place.is_mount():
        raise UsageError("choose a folder on the drive, not the drive itself")
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TargetError(error) from None
    return place


def publish(parts: Path, out: Path, *, home: ClinicHome) -> None:
    """Make *parts*, a private folder, durable and let it take the place of *out*.

    Raises:
        TargetError: *out* did not take it, and is as it was.
    """
    try:
        _make_durable(parts)
        try:
            _take_place(parts, out)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _carry_over(parts, out, home=home)
        _sync(out.parent)
    except OSError as error:
        raise TargetError(error) from None


def clear_unfinished(home: ClinicHome) -> None:
    """Take away what an interrupted `publish` left beside somebody's folder."""
    if not home.unfinished.exists():
        return
    with home.unfinished.open("rb") as file:
        stage = Path(os.fsdecode(file.read(_MAX_NOTE)))
    if stage.name.startswith(".") and stage.suffix == _ENDING:
        shutil.rmtree(stage, ignore_errors=True)
    home.unfinished.unlink()


def _carry_over(parts: Path, out: Path, *, home: ClinicHome) -> None:
    """Through a hidden folder on the other disk, which is known before it is there."""
    stage = out.with_name(f".{out.name}.{secrets.token_hex(8)}{_ENDING}")
    with home.unfinished.open("wb") as note:
        note.write(os.fsencode(stage))
        note.flush()
        os.fsync(note.fileno())
    _sync(home.folder)
    try:
        stage.mkdir(mode=0o700)
        shutil.copytree(parts, stage, dirs_exist_ok=True)
        _make_durable(stage)
        _take_place(stage, out)
    finally:
        clear_unfinished(home)


def _take_place(folder: Path, out: Path) -> None:
    if os.name == "nt":  # there a rename takes no folder's place
        out.rmdir()
    folder.rename(out)


def _make_durable(folder: Path) -> None:
    """Every file and folder below, for its owner alone, onto the disk."""
    for here, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(here, name)
            path.chmod(0o600)
            _sync(path)
        Path(here).chmod(0o700)
        _sync(Path(here))


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
