"""What a medium says of the files on it, before they are read: titles, labels, roles.

A medium is a zip file or a folder. Each module named in `MEDIA` may know one kind of
it: its ``manifest(names, read)`` answers a `Manifest`, or None where it is not that
kind. What it says is for showing and for labels; the files are read all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallet.records.findings import Finding
    from wallet.records.record import Label

MEDIA: tuple[str, ...] = ("archive.xdm",)
"""Modules of this room; the first that knows the medium speaks for it."""

Read = Callable[[str], bytes | None]
"""The bytes of one file by its name; None where it is not there or is too large."""

MOST_READ = 8 << 20
"""Bytes of a file that a manifest may look at."""


class About(NamedTuple):
    """What the medium says of one file.

    ``labels`` go to every record in it. A ``companion`` only describes or shows the
    others (an index page, a style sheet): it is kept and counted, not read.
    """

    labels: tuple[Label, ...] = ()
    title: str = ""
    companion: bool = False


class Manifest(NamedTuple):
    """What a medium is called as a format, and what it says of its files by name."""

    form: str = ""
    files: Mapping[str, About] = {}
    findings: tuple[Finding, ...] = ()

    def about(self, name: str) -> About:
        """What is said of one file; nothing, if nothing is."""
        return self.files.get(name) or _SILENT


_SILENT = About()


def manifest_of(names: Sequence[str], read: Read) -> Manifest:
    """What the medium with these files says of them."""
    for module in MEDIA:
        known: Manifest | None = import_module(f"wallet.records.{module}").manifest(
            names, read
        )
        if known is not None:
            return known
    return Manifest()
