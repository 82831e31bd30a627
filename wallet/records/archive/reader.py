"""Reads zip files: every member by its own reader, its packed bytes as their original.

Members are told apart by their bytes, as files are. Their names are words to show,
never paths; nothing is unpacked onto a disk. Places are the member's name and the
place in it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import replace
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from wallet.records import formats
from wallet.records.archive.manifest import MOST_READ, manifest_of
from wallet.records.archive.zip_layout import layout_of
from wallet.records.findings import MOST_FINDINGS, Cause, Finding, how_many
from wallet.records.found import PART, Found, original, unread
from wallet.records.json_stream import FaultError
from wallet.records.reader import AsItIs, Given, Late, open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.archive.manifest import About, Manifest
    from wallet.records.archive.zip_layout import Member
    from wallet.records.reader import Reader

_MOST_NESTED = 3
_IN_MEMORY = 32 << 20  # a larger member is read as it is unpacked
_NOTHING = 2  # bytes that deflate makes of none
_LARGEST_GAP = 1 << 20
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError),
    *(RuntimeError, ValueError),
)


def reader(given: Given) -> Reader:
    """Read *given* as a zip file; one in too many others is kept as it is."""
    if given.depth >= _MOST_NESTED:
        return AsItIs(given, "zip", Cause.TOO_DEEP)
    return ZipArchive(given)


class ZipArchive:
    """One zip file being read; see `reader.Reader`."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._file = given.file
        self._names: dict[str, str] = {}
        self._late: list[Late] = []
        self.format = "zip"
        self.findings: list[Finding] = []
        self._flaws = 0
        self.tail = b""

    @property
    def late(self) -> tuple[Late, ...]:
        """Labels that members named only behind their records."""
        return tuple(self._late)

    def name_of(self, reference: str) -> str:
        """What a record of some member waited for."""
        return self._names.get(reference, "")

    def found(self) -> Iterator[Found]:
        """Every member, in the order in which they lie in the file."""
        try:
            archive, members, complete = layout_of(self._file)
        except FaultError as fault:
            self._file.seek(0)
            whole = AsItIs(self._given, "zip", fault.cause)
            yield from whole.found()
            self.findings += whole.findings
            return
        manifest = manifest_of(
            [member.name for member in members], _Lookup(archive, members)
        )
        self.format = manifest.form or "zip"
        self.findings += manifest.findings
        if not complete:
            self.findings.append(Finding(place="/", cause=Cause.DAMAGED_ARCHIVE))
        at, told = 0, False
        for member in members:
            if member.start == member.end:
                continue  # nothing in it
            gap, more = self._between(at, member.start)
            yield from more
            yield from self._original(archive, member, gap)
            for found in self._member(archive, member, manifest):
                told = True
                yield found
            at = member.end
        size = self._file.seek(0, io.SEEK_END)
        self.tail, more = self._between(at, size)
        yield from more
        if self._flaws:
            cause, rest = Cause.FLAWS_OF_MORE_KINDS, self._flaws - 1
            self.findings.append(Finding(place="/", cause=cause, more=rest))
        if not told and not self.findings:
            self.findings.append(Finding(place="/", cause=Cause.EMPTY))

    def _between(self, start: int, end: int) -> tuple[bytes, list[Found]]:
        """What lies between members: a few bytes, or else parts that are kept."""
        parts: list[Found] = []
        while end - start > _LARGEST_GAP:
            part = self._bytes(start, min(PART, end - start))
            if not part:
                break
            parts.append(original(part, form="zip", goes_on=bool(parts)))
            start += len(part)
        return self._bytes(start, end - start), parts

    def _bytes(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        data = self._file.read(size)
        self._given.on_bytes(len(data))
        return data

    def _original(
        self, archive: zipfile.ZipFile, member: Member, gap: bytes
    ) -> Iterator[Found]:
        form = _form(archive, member)
        at = member.start
        while at < member.end:
            part = self._bytes(at, min(PART, member.end - at))
            yield original(
                part,
                form=form,
                place=member.name,
                gap=gap,
                goes_on=at > member.start,
                packed=member.packed,
            )
            gap = b""
            at += len(part)

    def _member(
        self, archive: zipfile.ZipFile, member: Member, manifest: Manifest
    ) -> Iterator[Found]:
        about = manifest.about(member.name)
        cause = member.cause or (Cause.COMPANION if about.companion else None)
        size = member.info.file_size
        if cause is None and not self._given.room.take(size):
            cause = Cause.UNPACKS_TOO_LARGE
        if cause is not None:
            yield self._unread(member.name, cause)
        elif size:
            try:
                opened = archive.open(member.info)
            except _FAULTS:
                yield self._unread(member.name, Cause.DAMAGED_ARCHIVE)
            else:
                with opened:
                    yield from self._opened(opened, member.name, size, about)
        elif member.end - member.start > _NOTHING:
            yield self._unread(member.name, Cause.DAMAGED_ARCHIVE)

    def _opened(
        self, opened: IO[bytes], name: str, size: int, about: About
    ) -> Iterator[Found]:
        file, damaged = _held(opened, size)
        given = self._given
        inner = open_reader(
            Given(
                file=file,
                salt=given.salt,
                # The packed bytes were told already; it may still be stopped.
                on_bytes=lambda _size: given.on_bytes(0),
                name=name,
                title=about.title,
                labels=(*about.labels, *given.labels),
                depth=given.depth + 1,
                room=given.room,
                aids=given.aids,
            )
        )
        try:
            yield from self._inside(inner, name)
        except _FAULTS:
            damaged = True
        if damaged:
            yield self._unread(name, Cause.DAMAGED_ARCHIVE)

    def _inside(self, inner: Reader, name: str) -> Iterator[Found]:
        awaited = set()
        for found in inner.found():
            if found.facts is not None:
                awaited.add(found.facts.awaits)
                yield _moved(found, name)
            elif found.outcome is not None and not found.goes_on:
                yield _moved(found, name)
        for one in inner.findings:
            if one.is_flaw and len(self.findings) >= MOST_FINDINGS:
                self._flaws += how_many([one])
            else:
                self.findings.append(replace(one, place=_place(name, one.place)))
        self._late += (
            Late(place=_place(name, late.place), labels=late.labels)
            for late in inner.late
        )
        for reference in filter(None, awaited):
            self._names.setdefault(reference, inner.name_of(reference))

    def _unread(self, place: str, cause: Cause) -> Found:
        self.findings.append(Finding(place=place, cause=cause))
        return unread(place, cause)


class _Lookup:
    """What a manifest may read of the members, by name."""

    def __init__(self, archive: zipfile.ZipFile, members: list[Member]) -> None:
        self._archive = archive
        self._members = {one.name: one for one in members if one.cause is None}

    def __call__(self, name: str) -> bytes | None:
        member = self._members.get(name)
        if member is None or member.info.file_size > MOST_READ:
            return None
        try:
            return self._archive.read(member.info)
        except _FAULTS:
            return None


def _form(archive: zipfile.ZipFile, member: Member) -> str:
    if member.cause is not None:
        return "unknown"
    try:
        with archive.open(member.info) as opened:
            form = formats.format_of(opened.read(formats.HEAD))
    except _FAULTS:
        return "unknown"
    return form.name if form else "unknown"


def _held(opened: IO[bytes], size: int) -> tuple[BinaryIO, bool]:
    """A member to read: all of it, unless that is too much; and whether it is broken.

    What comes before the damage is read as well.
    """
    if size > _IN_MEMORY:
        return cast("BinaryIO", opened), False
    held = io.BytesIO()
    try:
        while part := opened.read(1 << 16):
            held.write(part)
    except _FAULTS:
        held.seek(0)
        return held, True
    held.seek(0)
    return held, False


def _moved(found: Found, name: str) -> Found:
    """A piece of a member as a piece of the zip file, which holds its bytes."""
    body = found.resource if found.facts is not None else b""
    return found._replace(
        place=_place(name, found.place),
        gap=b"",
        raw=b"",
        body=(0, len(body)),
        derived=body,
    )


def _place(name: str, place: str) -> str:
    return name if place == "/" else f"{name} {place}"
