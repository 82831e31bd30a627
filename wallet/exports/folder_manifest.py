"""MANIFEST.tsv: every file of an export with its size and SHA-256, and checking it.

It finds damage and loss, not forgery: whoever can change a file can change the list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.exports.medium import StickError, read_back, troubles
from wallet.exports.parts import check_name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MANIFEST = "MANIFEST.tsv"
OLD = ".old"
_HEAD = "# heartwood manifest 1: sha256, size, name"
_LINE = re.compile(r"([0-9a-f]{64})\t(0|[1-9][0-9]{0,15})\t([!-~]+)")
_MAX = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line: what a file must be."""

    name: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of an export since it was written; names in their order."""

    folder: Path
    files: int
    size: int
    altered: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every listed file is there, unchanged, and nothing else."""
        return not (self.altered or self.missing or self.added or self.unreadable)


def manifest_bytes(files: Iterable[Listed]) -> bytes:
    """The file's bytes, one line a file in the given order."""
    lines = [f"{one.digest.hex()}\t{one.size}\t{one.name}" for one in files]
    return ("\n".join((_HEAD, *lines)) + "\n").encode("ascii")


def parse_manifest(data: bytes) -> tuple[Listed, ...]:
    """Read it strictly; each name may stand once and must stay inside the folder.

    Raises:
        RefusedError: ``malformed`` or ``unknown_version``.
    """
    try:
        head, *lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _malformed() from None
    if head != _HEAD:
        known = head.startswith(_HEAD.partition(" 1:")[0])
        reason = Reason.UNKNOWN_VERSION if known else Reason.MALFORMED
        raise RefusedError(reason, MANIFEST)
    if not lines or lines.pop():
        raise _malformed()
    listed = tuple(_listed(line) for line in lines)
    if len({one.name.casefold() for one in listed}) != len(listed):
        raise _malformed()
    return listed


def find_export(target: Path, folder_name: str) -> Path:
    """The folder that holds the manifest: *target* itself or the one inside it.

    Where a power cut came between the two renames of a new copy, the one before is
    whole and still under its other name.

    Raises:
        RefusedError: ``package_missing``.
    """
    inside = target / folder_name
    for folder in (target, inside, inside.with_name(folder_name + OLD)):
        if (folder / MANIFEST).is_file():
            return folder
    raise RefusedError(Reason.PACKAGE_MISSING, MANIFEST)


def check_export(folder: Path, *, step: Callable[[int], None]) -> Checked:
    """Compare every file under *folder* with its manifest, read from the medium.

    Args:
        folder: Holds MANIFEST.tsv.
        step: Told the size of every piece read; may raise to stop.

    Raises:
        RefusedError: ``malformed`` or ``unknown_version`` manifest.
        StickError: The manifest itself cannot be read.
    """
    with troubles(), (folder / MANIFEST).open("rb") as source:
        listed = parse_manifest(source.read(_MAX))
    found = set(_files(folder)) - {MANIFEST}
    altered, missing, unreadable = [], [], []
    for one in listed:
        if one.name not in found:
            missing.append(one.name)
            continue
        try:
            with troubles():
                seen = read_back(folder / one.name, step=step)
        except StickError:
            unreadable.append(one.name)
            continue
        if seen != (one.size, one.digest):
            altered.append(one.name)
    return Checked(
        folder=folder,
        files=len(listed),
        size=sum(one.size for one in listed),
        altered=tuple(altered),
        missing=tuple(missing),
        added=tuple(sorted(found - {one.name for one in listed})),
        unreadable=tuple(unreadable),
    )


def _files(folder: Path) -> list[str]:
    """Relative names of everything under *folder* that is not a plain folder."""
    with troubles():
        return [
            entry.relative_to(folder).as_posix()
            for entry in folder.rglob("*")
            if entry.is_symlink() or not entry.is_dir()
        ]


def _listed(line: str) -> Listed:
    found = _LINE.fullmatch(line)
    if found is None or found[3] == MANIFEST:
        raise _malformed()
    try:
        check_name(found[3])
    except RefusedError:
        raise _malformed() from None
    return Listed(name=found[3], size=int(found[2]), digest=bytes.fromhex(found[1]))


def _malformed() -> RefusedError:
    return RefusedError(Reason.MALFORMED, MANIFEST)
