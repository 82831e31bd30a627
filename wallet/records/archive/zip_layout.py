"""Where the members of a zip file lie in it, checked before anything is unpacked.

APPNOTE 6.3.10. A file whose list of members is longer than ours may be, or whose
members lie over each other, is not opened at all: its bytes are kept as they are.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMBERS = 50_000
_MOST_RATIO = 200
_SMALL = 8 << 20  # may be packed as tightly as it likes
_MOST_LIST = 16 << 20
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_WHERE_64 = struct.Struct("<4sLQL")
_LOCAL = struct.Struct("<4s5H3L2H")
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_LONGEST_NOTE = 1 << 16
_ENCRYPTED = 1
_ODD = re.compile(r"^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)|[\x00-\x1f\x7f]")


class Member(NamedTuple):
    """One member: its name with slashes, where its packed bytes lie, why not to read.

    ``start`` and ``end`` are bytes of the zip file.
    """

    info: zipfile.ZipInfo
    name: str
    start: int
    end: int
    cause: Cause | None

    @property
    def packed(self) -> bool:
        """Whether its bytes are deflated."""
        return self.info.compress_type == zipfile.ZIP_DEFLATED


class Layout(NamedTuple):
    """An opened zip file and its members as they lie in it, folders left out.

    ``whole`` is false where its list holds other members than it says it does.
    """

    archive: zipfile.ZipFile
    members: list[Member]
    whole: bool


def layout_of(file: BinaryIO) -> Layout:
    """Open a zip file.

    Raises:
        FaultError: it is damaged, or too much of it for this program.
    """
    count = _listed(file)
    try:
        archive = zipfile.ZipFile(file)
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        members = list(_placed(file, infos))
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError):
        raise FaultError(Cause.DAMAGED_ARCHIVE) from None
    except (NotImplementedError, OverflowError):
        raise FaultError(Cause.DAMAGED_ARCHIVE) from None
    return Layout(archive, members, whole=count == len(infos))


def _listed(file: BinaryIO) -> int:
    """How many members there should be: known before anybody reads their list."""
    size = file.seek(0, io.SEEK_END)
    first = max(0, size - _END.size - _LONGEST_NOTE)
    file.seek(first)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise FaultError(Cause.DAMAGED_ARCHIVE)
    _, _, _, _, count, length, _, _ = _END.unpack_from(tail, at)
    if length == _FULL_32 or count == _FULL_16:
        where = at - _WHERE_64.size
        if where < 0 or tail[where : where + 4] != b"PK\x06\x07":
            raise FaultError(Cause.DAMAGED_ARCHIVE)
        file.seek(min(_WHERE_64.unpack_from(tail, where)[2], size))
        found = file.read(_END_64.size)
        if len(found) < _END_64.size or found[:4] != b"PK\x06\x06":
            raise FaultError(Cause.DAMAGED_ARCHIVE)
        count, length = _END_64.unpack(found)[7:9]
    if count > MOST_MEMBERS or length > _MOST_LIST:
        raise FaultError(Cause.TOO_LARGE)
    return int(count)


def _placed(file: BinaryIO, infos: list[zipfile.ZipInfo]) -> Iterator[Member]:
    behind, size = 0, file.seek(0, io.SEEK_END)
    for info in infos:
        file.seek(info.header_offset)
        found = file.read(_LOCAL.size)
        if len(found) < _LOCAL.size or found[:4] != b"PK\x03\x04":
            raise FaultError(Cause.DAMAGED_ARCHIVE)
        name, extra = _LOCAL.unpack(found)[9:]
        start = info.header_offset + _LOCAL.size + name + extra
        end = start + info.compress_size
        if info.header_offset < behind:
            # The same bytes unpacked many times are a bomb and nothing else.
            raise FaultError(Cause.UNPACKS_TOO_LARGE)
        if end > size:
            raise FaultError(Cause.DAMAGED_ARCHIVE)
        behind = end
        if not info.is_dir():
            yield Member(
                info, info.filename.replace("\\", "/"), start, end, _cause(info)
            )


def _cause(info: zipfile.ZipInfo) -> Cause | None:
    """Why a member is kept and not read."""
    name = info.filename.replace("\\", "/")
    if _ODD.search(name) or "\0" in info.orig_filename:
        return Cause.ODD_NAME
    if stat.S_ISLNK(info.external_attr >> 16):
        return Cause.LINK
    if info.flag_bits & _ENCRYPTED:
        return Cause.LOCKED
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Cause.FOREIGN_FORMAT
    if info.file_size > max(_SMALL, _MOST_RATIO * info.compress_size):
        return Cause.UNPACKS_TOO_LARGE
    return None
