"""Bytes onto a removable medium and back from the medium itself, not from memory.

A write is believed only after fsync and a second reading past the page cache: a plain
read would find what the cache holds even if the medium holds something else. A
stick's own cache stays out of reach.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.errors import WalletError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

_BLOCK = 1 << 20
_SPARE = 16 << 20
_NO_SUCH_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


class Trouble(StrEnum):
    """What went wrong with a medium, as far as it can be told."""

    NO_ROOM = "no_room"
    TOO_LARGE = "too_large"
    READ_ONLY = "read_only"
    GONE = "gone"
    NOT_WRITTEN = "not_written"
    DIFFERENT = "different"
    UNSURE = "unsure"
    NOT_OURS = "not_ours"


_SAID = {
    Trouble.NO_ROOM: "There is not enough room. Nothing was changed on it.",
    Trouble.TOO_LARGE: "One file is larger than this drive takes: with FAT32, 4 GB. "
    "Take a drive with exFAT. Nothing was changed on this one.",
    Trouble.READ_ONLY: "It cannot be written to. Nothing was changed on it.",
    Trouble.GONE: "It is no longer there. Put it in again and start anew.",
    Trouble.NOT_WRITTEN: "It did not take what was written. Try another one.",
    Trouble.DIFFERENT: "What was read back is not what was written. "
    "Do not rely on it; try another one.",
    Trouble.UNSURE: "It may not have kept the last step. Check it before you use it.",
    Trouble.NOT_OURS: "A folder of that name was not written by Heartwood. "
    "Move it away, or choose another place.",
}
_TROUBLES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), Trouble.NO_ROOM),
    errno.EFBIG: Trouble.TOO_LARGE,
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), Trouble.READ_ONLY),
    **dict.fromkeys(
        (errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOENT, errno.ESTALE),
        Trouble.GONE,
    ),
}


class StickError(WalletError):
    """A medium did not do its part; nothing half-written is called an export."""

    def __init__(self, trouble: Trouble) -> None:
        """Keep what kind of trouble it is."""
        super().__init__(_SAID[trouble])
        self.trouble = trouble


@contextlib.contextmanager
def troubles() -> Iterator[None]:
    """Turn what the system says about a medium into a `StickError`."""
    try:
        yield
    except OSError as error:
        trouble = _TROUBLES.get(error.errno or 0, Trouble.NOT_WRITTEN)
        raise StickError(trouble) from error


def require_room(folder: Path, size: int) -> None:
    """Refuse unless 1.02 x *size* + 16 MiB are free (keys-and-export.md 8).

    Raises:
        StickError: ``NO_ROOM``, or ``READ_ONLY`` for a medium mounted so.
    """
    with troubles():
        seen = os.statvfs(folder)
    if seen.f_flag & os.ST_RDONLY:
        raise StickError(Trouble.READ_ONLY)
    if seen.f_bavail * seen.f_frsize < size + size // 50 + _SPARE:
        raise StickError(Trouble.NO_ROOM)


def write_file(
    path: Path, source: BinaryIO, *, step: Callable[[int], None]
) -> tuple[int, bytes]:
    """Write a new file, fsync it, and return size and SHA-256 of what was written.

    *step* is told the size of every piece and may raise to stop.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0) as sink:
        while piece := source.read(_BLOCK):
            _write_all(sink.fileno(), piece)
            digest.update(piece)
            size += len(piece)
            step(len(piece))
        os.fsync(sink.fileno())
    return size, digest.digest()


def read_back(path: Path, *, step: Callable[[int], None]) -> tuple[int, bytes]:
    """Size and SHA-256 of a file as the medium holds it.

    Reads with O_DIRECT where the file system knows it, else drops the file's pages
    from the cache first.
    """
    descriptor = _open_past_cache(path)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(descriptor, "rb", buffering=0), mmap.mmap(-1, _BLOCK) as block:
        # Never asked past the end: O_DIRECT may refuse a start that is no whole block.
        end = os.fstat(descriptor).st_size
        while size < end and (count := os.preadv(descriptor, [block], size)):
            digest.update(memoryview(block)[:count])
            size += count
            step(count)
    return size, digest.digest()


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _open_past_cache(path: Path) -> int:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        return _try_direct(path, flags)
    descriptor = os.open(path, flags)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    return descriptor


def _try_direct(path: Path, flags: int) -> int:
    """Open with O_DIRECT and prove by one reading that the file system knows it."""
    descriptor = os.open(path, flags | os.O_DIRECT)
    try:
        with mmap.mmap(-1, _BLOCK) as block:
            os.preadv(descriptor, [block], 0)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
