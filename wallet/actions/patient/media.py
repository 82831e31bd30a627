"""What a folder that is brought in says of its files: a hospital's stick or disc."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.records.archive.manifest import MOST_READ, About, manifest_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.actions.patient.paths import Named
    from wallet.records.findings import Finding


class OnMedium(NamedTuple):
    """One file of a folder: its name there, what is said of it, and remarks on it."""

    name: str
    about: About
    findings: tuple[Finding, ...] = ()


def said_of(files: Sequence[Named]) -> dict[Path, OnMedium]:
    """What each folder among *files* says of the files in it."""
    folders: dict[Path, dict[str, Path]] = {}
    for file in files:
        if file.folder is not None and file.cause is None:
            name = file.path.relative_to(file.folder).as_posix()
            folders.setdefault(file.folder, {})[name] = file.path
    said: dict[Path, OnMedium] = {}
    for held in folders.values():
        manifest = manifest_of(list(held), _Lookup(held))
        for name, path in held.items():
            remarks = tuple(one for one in manifest.findings if one.place == name)
            said[path] = OnMedium(name, manifest.about(name), remarks)
    return said


class _Lookup:
    """What a manifest may read of a folder: files that an import reads, by name."""

    def __init__(self, held: dict[str, Path]) -> None:
        self._held = held

    def __call__(self, name: str) -> bytes | None:
        path = self._held.get(name)
        try:
            if path is None or path.stat().st_size > MOST_READ:
                return None
            return path.read_bytes()
        except OSError:
            return None
