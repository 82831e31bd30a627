"""One file of an export: its name, its size, its digest, and a way to read it again.

A part may be larger than memory: it is written once into a file nobody else can read
and read from there. Names follow PROTOCOL.md 12 and, so that any stick takes them, use
only letters, digits, dot, hyphen and underscore.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

from wallet.errors import RefusedError
from wallet.keys.scratch import ScratchFile
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

_IN_MEMORY = 1 << 22
_MAX_NAME = 200
_MAX_SEGMENT = 60
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|.*\.")


class Mark(Protocol):
    """A security label: a code of a code system."""

    @property
    def code(self) -> str:
        """Such as ``R`` or ``MH``."""

    @property
    def system(self) -> str:
        """The code system's address."""


class Shareable(Protocol):
    """What an export reads of a record; the caller has applied the scope."""

    @property
    def record_id(self) -> bytes:
        """16 random bytes."""

    @property
    def category(self) -> str:
        """The data class, e.g. ``test``."""

    @property
    def rtype(self) -> str:
        """The FHIR resource type."""

    @property
    def title(self) -> str:
        """What a person calls it."""

    @property
    def start(self) -> datetime | None:
        """When it happened, if that is known."""

    @property
    def source_name(self) -> str:
        """Where it came from."""

    @property
    def labels(self) -> Sequence[Mark]:
        """Every label it has, whether or not its body carries it."""

    @property
    def body(self) -> bytes:
        """The FHIR R4 resource as JSON."""


@runtime_checkable
class Lazy(Protocol):
    """A collection of records that knows most of them without reading their bodies."""

    @property
    def heads(self) -> Collection[Shareable]:
        """The same records in the same order, their bodies empty."""

    def of_types(self, types: Collection[str]) -> Iterator[Shareable]:
        """Those of some types, each with its body."""


def heads_of(records: Collection[Shareable]) -> Collection[Shareable]:
    """*records* for whoever does not ask for their bodies."""
    return records.heads if isinstance(records, Lazy) else records


def of_types(
    records: Collection[Shareable], types: Collection[str]
) -> Iterator[Shareable]:
    """Those of some types, each with its body."""
    if isinstance(records, Lazy):
        return records.of_types(types)
    return (record for record in records if record.rtype in types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Name, size in bytes, SHA-256, and a reader from the first byte on each call."""

    name: str
    size: int
    digest: bytes
    read: Callable[[], BinaryIO]


def check_name(name: str) -> None:
    """Refuse a name that could leave its folder or that some stick would not take.

    Raises:
        RefusedError: ``package_altered``.
    """
    for segment in name.split("/"):
        fits = len(segment) <= _MAX_SEGMENT and _SEGMENT.fullmatch(segment)
        if not fits or _WINDOWS.fullmatch(segment):
            raise RefusedError(Reason.PACKAGE_ALTERED, "part name")
    if len(name) > _MAX_NAME:
        raise RefusedError(Reason.PACKAGE_ALTERED, "part name")


def fitting_name(folder: str, number: int, given: str) -> str:
    """A name any stick takes, as near to *given* as it may be.

    >>> fitting_name("originals", 3, "Mein Arzt: Brief.pdf")
    'originals/0003-Mein-Arzt-Brief.pdf'
    """
    last = re.split(r"[/\\]", given)[-1]
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", last).strip(".-")
    stem, dot, ending = plain.rpartition(".")
    if not stem or len(ending) > 8:  # noqa: PLR2004 no file ending is longer
        stem, dot, ending = plain, "", ""
    room = _MAX_SEGMENT - len(f"{number:04}-{dot}{ending}")
    stem = stem[:room].rstrip(".-") or "file"
    return f"{folder}/{number:04}-{stem}{dot}{ending}"


def of_bytes(name: str, data: bytes) -> Part:
    """A part that lies in memory."""
    check_name(name)
    return Part(
        name=name,
        size=len(data),
        digest=hashlib.sha256(data).digest(),
        read=lambda: io.BytesIO(data),
    )


def of_file(name: str, path: Path) -> Part:
    """A part that is a file already."""
    check_name(name)
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").digest()
        size = source.tell()
    return Part(name=name, size=size, digest=digest, read=lambda: path.open("rb"))


def spooled(name: str, write: Callable[[BinaryIO], object], *, scratch: Path) -> Part:
    """A part made by *write*; past 4 MiB it lies unreadable in a file in *scratch*."""
    check_name(name)
    spool = _Spool(scratch)
    write(spool)  # type: ignore[arg-type]  # writers only ever call write
    return Part(
        name=name, size=spool.size, digest=spool.digest.digest(), read=spool.reader()
    )


class _Spool:
    """Hashes and keeps what passes through: in memory, past 4 MiB in a file."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._memory = io.BytesIO()
        self._file: ScratchFile | None = None
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """Write all of *data*."""
        self.digest.update(data)
        self.size += len(data)
        if self._file is None and self.size > _IN_MEMORY:
            self._file = ScratchFile(self._scratch)
            self._file.write(self._memory.getvalue())
            self._memory = io.BytesIO()
        return (self._file or self._memory).write(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Write each of *lines*."""
        for line in lines:
            self.write(line)

    def reader(self) -> Callable[[], BinaryIO]:
        """What opens a reader from the first byte."""
        if self._file is not None:
            return self._file.reader
        held = self._memory.getvalue()
        return lambda: io.BytesIO(held)
