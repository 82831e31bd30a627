"""One seam for every format: bytes in, `Found` pieces out; the reader is told by them.

A format is one line in `formats.FORMATS` and one module in this room with a function
``reader(given: Given) -> Reader``, imported only when a file of that format is opened.
Most formats are read whole and give R4 resources; those use `documents.Document` and
write nothing but a function from bytes to resources. A format that holds other files
(a zip file) hands each of them to `open_reader` again.

A reader never opens, fetches or writes anything but ``given.file``. What it cannot
understand it hands over with a `Cause`; it raises nothing for what is in a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Protocol

from wallet.records import formats
from wallet.records.aids import Aids
from wallet.records.findings import Cause, Finding
from wallet.records.found import PART, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.found import Found
    from wallet.records.record import Label


@dataclass(slots=True)
class Room:
    """How many bytes a file and all files in it may still unpack to."""

    left: int = 8 << 30

    def take(self, size: int) -> bool:
        """Claim *size* bytes; false where they are not left."""
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a reader gets.

    Attributes:
        file: Seekable, at its start.
        salt: The vault's own key for names.
        on_bytes: Hears how many bytes of the outermost file were read; it may raise,
            which ends the import.
        name: What the file is called where it lies, for places. Nothing is
            concluded from it, and it is never a path to open.
        title: What its medium calls it; empty if nothing says.
        labels: What a container or its manifest says of this file: every record in
            it carries them (high-water mark).
        depth: How many containers are around it.
        room: What may still be unpacked, shared with all files around it.
        aids: What the wallet knows that helps to read it.
    """

    file: BinaryIO
    salt: bytes
    on_bytes: Callable[[int], None]
    name: str = ""
    title: str = ""
    labels: tuple[Label, ...] = ()
    depth: int = 0
    room: Room = field(default_factory=Room)
    aids: Aids = field(default_factory=Aids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Labels that a container named only behind its records.

    ``place`` is how the places of those records begin.
    """

    place: str
    labels: tuple[Label, ...]


class Reader(Protocol):
    """One file being read; its fields are complete when `found` has ended."""

    format: str
    findings: list[Finding]
    tail: bytes

    @property
    def late(self) -> tuple[Late, ...]:
        """Labels for records that were handed over before they were known."""

    def found(self) -> Iterator[Found]:
        """Every piece of the file, once, in its order."""

    def name_of(self, reference: str) -> str:
        """What a resource of this file is called; empty if it holds none."""


def open_reader(given: Given) -> Reader:
    """The reader for a file, told by its first bytes."""
    head = given.file.read(formats.HEAD)
    given.file.seek(0)
    form = formats.format_of(head)
    if form is None or not form.module:
        return AsItIs(given, form.name if form else "unknown")
    made: Reader = import_module(f"wallet.records.{form.module}").reader(given)
    return made


def companion(given: Given) -> Reader:
    """For a file that only describes others: it is kept under its format's name."""
    head = given.file.read(formats.HEAD)
    given.file.seek(0)
    form = formats.format_of(head)
    return AsItIs(given, form.name if form else "unknown", Cause.COMPANION)


class AsItIs:
    """Keeps a file that nobody here can read, and counts it as one thing."""

    late: tuple[Late, ...] = ()
    tail = b""

    def __init__(self, given: Given, name: str, cause: Cause | None = None) -> None:
        """*cause* says why it is kept, if not because of its format."""
        self._given = given
        self._cause = cause
        self.format = name
        self.findings: list[Finding] = []

    def found(self) -> Iterator[Found]:
        """The file in parts of bounded size; nothing where it is empty."""
        unknown = self.format == "unknown"
        cause = self._cause or (
            Cause.UNKNOWN_FORMAT if unknown else Cause.FOREIGN_FORMAT
        )
        goes_on = False
        while part := self._given.file.read(PART):
            self._given.on_bytes(len(part))
            yield unread("/", cause, raw=part, goes_on=goes_on)
            goes_on = True
        cause = cause if goes_on else Cause.EMPTY
        self.findings.append(Finding(place="/", cause=cause))

    def name_of(self, _reference: str) -> str:
        """Nothing in it has a name."""
        return ""
