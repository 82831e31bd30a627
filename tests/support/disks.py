"""Disks that are full or read-only when a test says so.

Where root may mount, a small tmpfs of its own: ENOSPC. Elsewhere the kernel stops the
process from writing past a length (RLIMIT_FSIZE): EFBIG, which no program can tell from
a disk that has no room for it.
"""

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager, suppress

WAYS = ("mounted", "limited")
_PIECE = 1 << 20
_LIMIT = 8 << 10  # bytes a file: the lines of a log must still find room


class Disk:
    """A folder that can be full."""

    @contextmanager
    def full(self, *processes):
        """Full for as long as this lasts, for these processes at least."""
        self.fill(*processes)
        try:
            yield
        finally:
            self.free(*processes)


class Mounted(Disk):
    """A folder on a disk of its own."""

    def __init__(self, folder, *, size="24m"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "test"]
        subprocess.run([*words, str(folder)], check=True, capture_output=True)

    def fill(self, *_processes):
        with suppress(OSError), (self.folder / "filler").open("ab", 0) as out:
            piece = _PIECE
            while piece:
                try:
                    out.write(bytes(piece))
                except OSError:
                    piece //= 2

    def free(self, *_processes):
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


class Limited(Disk):
    """A folder that the processes named may write nothing more into."""

    def __init__(self, folder, **_):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def fill(self, *processes):
        self._limit(processes, _LIMIT)

    def free(self, *processes):
        self._limit(processes, None)

    def close(self):
        pass

    @staticmethod
    def _limit(processes, size):
        for one in processes:
            pid = one.process.pid
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            soft = hard if size is None else size
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def small_disk(folder, *, way="mounted", **settings):
    """A disk at *folder*; None where *way* is not to be had here."""
    if way == "limited":
        return Limited(folder)
    try:
        return Mounted(folder, **settings)
    except (OSError, subprocess.CalledProcessError):
        return None


def any_disk(folder, **settings):
    """A disk of its own where that may be, else a limit."""
    return small_disk(folder, **settings) or Limited(folder)


def obeying():
    """Words before a command that let root obey the permissions of files."""
    if os.getuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        return None
    return ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--")


def freeze(*paths):
    """Let nothing be written to files, by whoever has them open too; whether it can.

    ext4 and xfs refuse writes to an immutable file, as a disk does that an error has
    made read-only; others go on with files that are open already.
    """
    probe = paths[0].with_name("probe")
    with probe.open("wb", 0) as out:
        frozen = _chattr("+i", [probe])
        try:
            out.write(b"x")
        except OSError:
            pass
        else:
            frozen = False
    _chattr("-i", [probe])
    probe.unlink()
    return frozen and _chattr("+i", paths)


def thaw(*paths):
    _chattr("-i", paths)


def _chattr(how, paths):
    if os.getuid() != 0 or shutil.which("chattr") is None:
        return False
    words = ["chattr", how, *map(str, paths)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
