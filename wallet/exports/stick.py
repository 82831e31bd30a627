"""An export onto a stick or into a folder: whole and compared, or not there at all.

1. There is room. 2. Everything goes into a folder that ends in `.part`. 3. Each file
is written and made durable. 4. Each is read back from the medium and compared.
5. The manifest comes last. 6. Only then does the folder take its name; the old export
keeps it until that moment.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wallet.errors import CancelledError, RefusedError
from wallet.exports.folder_manifest import MANIFEST, OLD, Listed, manifest_bytes
from wallet.exports.medium import (
    StickError,
    Trouble,
    read_back,
    require_room,
    sync_folder,
    troubles,
    write_file,
)
from wallet.exports.parts import check_name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wallet.exports.parts import Part

FOLDER = "Heartwood"
_PART = ".part"


class Phase(StrEnum):
    """What is being done."""

    GATHERING = "gathering"
    """The files are made; forms done of all forms, and no bytes yet."""
    WRITING = "writing"
    COMPARING = "comparing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Bytes done of all bytes in this phase, and files done of all files."""

    phase: Phase
    done: int
    total: int
    files_done: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A finished export: every byte of it was read back and compared.

    While this value exists it is true that the medium may be taken out.
    """

    folder: Path
    files: int
    size: int


def write_export(
    target: Path,
    parts: Sequence[Part],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Write *parts* as `Heartwood` under *target* and say when it is safe.

    Args:
        target: An existing folder: a stick's top, or any other.
        parts: In manifest order.
        progress: Told after every MiB.
        cancelled: Asked as often; yes leaves the old export as it was.

    Raises:
        StickError: Nothing new stands there, except with ``UNSURE``.
        CancelledError: As asked; the old export stands.
        RefusedError: A part's name does not fit, or its source changed meanwhile.
    """
    _check_names(parts)
    size = sum(part.size for part in parts)
    with troubles():
        device = target.stat().st_dev
        _settle_old(target)
    require_room(target, size)
    work = target / (FOLDER + _PART)
    try:
        with troubles():
            _write_parts(work, parts, _Steps(parts, progress, cancelled))
        _require_same(target, device)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    _publish(target, work)
    return Written(folder=target / FOLDER, files=len(parts), size=size)


def _require_same(target: Path, device: int) -> None:
    """Refuse if the stick was pulled out and the empty place under it answers."""
    with troubles():
        if target.stat().st_dev != device:
            raise StickError(Trouble.GONE)


def _check_names(parts: Sequence[Part]) -> None:
    for part in parts:
        check_name(part.name)
    names = {part.name.casefold() for part in parts}  # FAT does not tell case apart
    if len(names) != len(parts) or MANIFEST.casefold() in names:
        raise RefusedError(Reason.PACKAGE_ALTERED, "part named twice")


def _settle_old(target: Path) -> None:
    """Clear what an interrupted run left, without losing the export it replaced."""
    final, old = target / FOLDER, target / (FOLDER + OLD)
    if (old / MANIFEST).is_file():
        if final.exists():
            _drop(old)
        else:
            old.rename(final)
    elif old.is_dir() and not any(old.iterdir()):
        old.rmdir()
    work = target / (FOLDER + _PART)
    if work.is_dir() and not work.is_symlink():
        shutil.rmtree(work)
    if final.exists() and not (final / MANIFEST).is_file():
        raise StickError(Trouble.NOT_OURS)


def _drop(export: Path) -> None:
    """Take an export away; its list goes last, by which the rest is known as ours."""
    for entry in export.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MANIFEST:
            entry.unlink()
    (export / MANIFEST).unlink()
    export.rmdir()


class _Steps:
    """Counts bytes for the progress and stops when asked to."""

    def __init__(
        self,
        parts: Sequence[Part],
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._progress, self._cancelled = progress, cancelled
        self._total = sum(part.size for part in parts)
        self._files = len(parts)
        self.begin(Phase.WRITING)

    def begin(self, phase: Phase) -> None:
        """Count from nothing again."""
        self._phase, self._done, self.files_done = phase, 0, 0

    def step(self, count: int) -> None:
        """Note *count* bytes more."""
        if self._cancelled():
            raise CancelledError("stopped as asked; nothing was changed")
        self._done += count
        self._progress(
            Progress(
                phase=self._phase,
                done=self._done,
                total=self._total,
                files_done=self.files_done,
                files=self._files,
            )
        )


def _write_parts(work: Path, parts: Sequence[Part], steps: _Steps) -> None:
    work.mkdir(mode=0o700)
    for part in parts:
        path = work / part.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.read() as source:
            written = write_file(path, source, step=steps.step)
        if written != (part.size, part.digest):
            raise RefusedError(Reason.PACKAGE_ALTERED, "part changed while written")
        steps.files_done += 1
    for folder in _folders(work, parts):
        sync_folder(folder)
    steps.begin(Phase.COMPARING)
    for part in parts:
        if read_back(work / part.name, step=steps.step) != (part.size, part.digest):
            raise StickError(Trouble.DIFFERENT)
        steps.files_done += 1
    _write_manifest(work, parts)


def _write_manifest(work: Path, parts: Sequence[Part]) -> None:
    listed = (Listed(name=p.name, size=p.size, digest=p.digest) for p in parts)
    source = io.BytesIO(manifest_bytes(listed))
    written = write_file(work / MANIFEST, source, step=lambda _: None)
    if read_back(work / MANIFEST, step=lambda _: None) != written:
        raise StickError(Trouble.DIFFERENT)
    sync_folder(work)


def _folders(work: Path, parts: Sequence[Part]) -> list[Path]:
    """Every folder written to, the deepest first."""
    inner = {
        parent
        for part in parts
        for parent in PurePosixPath(part.name).parents
        if parent.name
    }
    deepest = sorted(inner, key=lambda parent: -len(parent.parts))
    return [*(work / parent for parent in deepest), work]


def _publish(target: Path, work: Path) -> None:
    """Give the finished folder its name; what it replaces goes last."""
    final, old = target / FOLDER, target / (FOLDER + OLD)
    with troubles():
        replaces = final.exists()
        if replaces:
            final.rename(old)
        try:
            work.rename(final)
        except OSError:
            if replaces:
                with contextlib.suppress(OSError):
                    old.rename(final)
            shutil.rmtree(work, ignore_errors=True)
            raise
    try:
        sync_folder(target)
        if replaces:
            _drop(old)
            sync_folder(target)
    except OSError as error:  # in place, but perhaps not durable
        raise StickError(Trouble.UNSURE) from error
