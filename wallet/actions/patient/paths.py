"""Which files an import reads: those named, and every file in folders that are named.

A folder may come from a stranger's stick, so a link found in one is not followed: it
could bring in a private file of this computer under another name.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wallet.records.findings import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Named(NamedTuple):
    """A path to import; *cause* says why it cannot be, before anything is opened.

    *folder* is the folder it was found in, if that was what was named.
    """

    path: Path
    size: int = 0
    cause: Cause | None = None
    folder: Path | None = None


def named(paths: Iterable[Path]) -> Iterator[Named]:
    """Every file to read, in order, and everything that is there but is no file.

    A link that leads to a file elsewhere in the same folder says nothing new, so it
    is left out; one that leads out of it is answered with a cause.
    """
    for path in paths:
        if _is_folder(path):
            yield from _inside(path)
        else:
            yield _looked_at(path)


def _inside(folder: Path) -> Iterator[Named]:
    shut: list[str] = []
    found: list[Path] = []
    for here, folders, files in os.walk(folder, onerror=_into(shut)):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        found += [Path(here) / name for name in (*files, *links)]
    root = folder.resolve()
    for path in sorted({*found, *map(Path, shut)}):
        if str(path) in shut:
            yield Named(path, cause=Cause.UNREADABLE_FILE)
        elif not path.is_symlink():
            yield _looked_at(path)._replace(folder=folder)
        elif not _leads_into(path, root):
            yield Named(path, cause=Cause.LINK)


def _into(shut: list[str]) -> Callable[[OSError], None]:
    def note(fault: OSError) -> None:
        shut.append(str(fault.filename))

    return note


def _leads_into(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # it leads nowhere, or round in a circle
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a folder above it is shut
        return False


def _looked_at(path: Path) -> Named:
    try:
        found = path.stat()
    except OSError:
        return Named(path, cause=Cause.UNREADABLE_FILE)
    if stat.S_ISREG(found.st_mode):
        return Named(path, size=found.st_size)
    return Named(path, cause=Cause.NOT_A_FILE)
