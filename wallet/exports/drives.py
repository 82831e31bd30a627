"""Which removable drives are there: from the mount table and what the kernel knows."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_SYS = Path("/sys/class/block")
_LABELS = Path("/dev/disk/by-label")
_MODEL_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A mounted removable drive; sizes in bytes."""

    path: Path
    device: str
    name: str
    model: str
    size: int
    free: int
    read_only: bool


def drives(
    *, mounts: Path = _MOUNTS, sys_block: Path = _SYS, labels: Path = _LABELS
) -> tuple[Drive, ...]:
    """Every mounted drive that can be taken out, in the order of the mount table.

    A drive that goes away meanwhile is left out.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        device, place, *_ = (*line.split(" "), "", "")
        if device.startswith("/dev/") and _removable(device, sys_block):
            drive = _drive(device, Path(_plain(place)), sys_block, labels)
            if drive is not None:
                found.append(drive)
    return tuple(found)


def _drive(device: str, place: Path, sys_block: Path, labels: Path) -> Drive | None:
    try:
        seen = os.statvfs(place)
    except OSError:
        return None
    return Drive(
        path=place,
        device=device,
        name=_label(device, labels) or place.name,
        model=_model(device, sys_block),
        size=seen.f_blocks * seen.f_frsize,
        free=seen.f_bavail * seen.f_frsize,
        read_only=bool(seen.f_flag & os.ST_RDONLY),
    )


def _disk(device: str, sys_block: Path) -> Path:
    """The kernel's folder of the whole disk a partition lies on."""
    here = (sys_block / Path(os.path.realpath(device)).name).resolve()
    return here.parent if (here / "partition").exists() else here


def _removable(device: str, sys_block: Path) -> bool:
    disk = _disk(device, sys_block)
    try:
        said = (disk / "removable").read_text().strip()
    except OSError:
        return False
    return said == "1" or re.search(r"/usb\d", disk.as_posix()) is not None


def _model(device: str, sys_block: Path) -> str:
    try:
        said = (_disk(device, sys_block) / "device" / "model").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return " ".join(said.split())[:_MODEL_LENGTH]


def _label(device: str, labels: Path) -> str:
    try:
        entries = list(labels.iterdir())
    except OSError:
        return ""
    real = os.path.realpath(device)
    for entry in entries:
        if os.path.realpath(entry) == real:
            return re.sub(r"\\x([0-9a-f]{2})", _from_hex, entry.name)
    return ""


def _from_hex(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _plain(place: str) -> str:
    """A path of the mount table: blanks stand there in octal (fstab(5))."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
