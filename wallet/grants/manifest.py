"""The signed list of what a package holds, and the one file all of it is laid into.

PROTOCOL.md 5 (package), 11 (Share 8 and 9, Open 13), 12 (part names).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from wallet.cbor import MAX_STATEMENT
from wallet.errors import RefusedError
from wallet.keys.signing import Signer, sign_statement, verify_statement
from wallet.keys.stream import Sink, padme
from wallet.statement import ID, KEY, Fields, Name, is_count, is_time
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.cbor import Value

_MAX_NAME = 200
_PIECE = 1 << 16
_BAD = re.compile(r'[\\:*?"<>|]|[. ](/|$)')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def _is_list(value: Value) -> bool:
    return isinstance(value, list)


_SHAPE: Fields = {20: ID, 35: KEY, 36: is_count, 37: is_time, 38: _is_list}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRef:
    """Name, size in bytes and SHA-256 of one part."""

    name: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a package, read as often as needed."""

    ref: PartRef
    read: Callable[[], BinaryIO]

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Part:
        """A part that lies in memory."""
        from io import BytesIO  # noqa: PLC0415 only this maker needs it

        digest = hashlib.sha256(data).digest()
        ref = PartRef(name=name, size=len(data), digest=digest)
        return cls(ref=ref, read=lambda: BytesIO(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a package says it is; the evidence is the plaintext digests."""

    permission_id: bytes
    leaf: bytes
    sequence: int
    made_at: int
    parts: tuple[PartRef, ...]
    raw: bytes


def check_name(name: str) -> None:
    """Refuse a part name that could leave the target folder or surprise a system.

    Beyond PROTOCOL.md 12: what Windows reads as a device, a stream or another name,
    and signs that do not show, since names are printed where people read them.

    Raises:
        RefusedError: ``package_altered``.
    """
    plain = all(
        segment and not _DEVICE.fullmatch(segment) for segment in name.split("/")
    )
    shown = name.isprintable() and not _BAD.search(name)
    if not (plain and shown) or len(name.encode()) > _MAX_NAME:
        raise RefusedError(Reason.PACKAGE_ALTERED, "part name")


def _check_apart(names: Sequence[str]) -> None:
    """Refuse two names that some file system takes for one, or a file as a folder."""
    folded = [unicodedata.normalize("NFKC", name).casefold() for name in names]
    files = set(folded)
    folders = {
        name[:end] for name in folded for end in range(len(name)) if name[end] == "/"
    }
    if len(files) != len(names) or files & folders:
        raise RefusedError(Reason.PACKAGE_ALTERED, "part named twice")


def sign_manifest(
    pair_sign: Signer,
    *,
    origin: str,
    permission_id: bytes,
    leaf: bytes,
    sequence: int,
    made_at: int,
    parts: Sequence[PartRef],
    nonce: bytes | None = None,
) -> bytes:
    """M of PROTOCOL.md 11, Share 8."""
    for part in parts:
        check_name(part.name)
    _check_apart([part.name for part in parts])
    return sign_statement(
        pair_sign,
        name=Name.MANIFEST,
        origin=origin,
        fields={
            20: permission_id,
            35: leaf,
            36: sequence,
            37: made_at,
            38: [[part.name, part.size, part.digest] for part in parts],
        },
        nonce=nonce,
    )


def parse_manifest(data: bytes, *, origin: str, pair_sign: bytes) -> Manifest:
    """Read and verify a manifest; names are checked, each may stand once.

    Raises:
        RefusedError: ``unknown_version`` or ``package_altered``.
    """
    try:
        read = verify_statement(
            data, name=Name.MANIFEST, origin=origin, public=pair_sign, fields=_SHAPE
        )
    except RefusedError as refused:
        if refused.reason is Reason.UNKNOWN_VERSION:
            raise
        raise RefusedError(Reason.PACKAGE_ALTERED, refused.place) from None
    rows = read.fields[38]
    parts = tuple(_part(row) for row in rows) if isinstance(rows, list) else ()
    _check_apart([part.name for part in parts])
    return Manifest(
        permission_id=read.key(20),
        leaf=read.key(35),
        sequence=read.count(36),
        made_at=read.count(37),
        parts=parts,
        raw=data,
    )


def lay_out(manifest: bytes, parts: Sequence[Part], sink: Sink) -> int:
    """Write T: u32 length, manifest, parts in order, zeros to the PADME size.

    Raises:
        RefusedError: ``package_altered``: a part is not what it was when listed.
    """
    sink.write(len(manifest).to_bytes(4, "big") + manifest)
    written = 4 + len(manifest)
    for part in parts:
        with part.read() as source:
            _copy(source, sink, part.ref)
        written += part.ref.size
    size = padme(written)
    _zeros(sink, size - written)
    return size


def take_out(
    source: BinaryIO,
    *,
    origin: str,
    pair_sign: bytes,
    begin: Callable[[PartRef], BinaryIO],
) -> Manifest:
    """Read T back: the manifest is verified first, then each part, then the fill.

    *begin* opens a private place for a part; nothing may be published before this
    returns.

    Raises:
        RefusedError: ``package_altered`` or ``unknown_version``.
    """
    size = int.from_bytes(_exactly(source, 4), "big")
    if size > MAX_STATEMENT:
        raise RefusedError(Reason.PACKAGE_ALTERED, "manifest size")
    manifest = parse_manifest(
        _exactly(source, size), origin=origin, pair_sign=pair_sign
    )
    written = 4 + size
    for part in manifest.parts:
        with begin(part) as sink:
            _copy(source, sink, part)
        written += part.size
    _check_fill(source, padme(written) - written)
    return manifest


def _part(row: Value) -> PartRef:
    match row:
        case [str(name), int(size), bytes(digest)] if (
            type(size) is int and size >= 0 and len(digest) == 32  # noqa: PLR2004
        ):
            check_name(name)
            return PartRef(name=name, size=size, digest=digest)
        case _:
            raise RefusedError(Reason.PACKAGE_ALTERED, "manifest part")


def _copy(source: BinaryIO, sink: Sink, ref: PartRef) -> None:
    digest, left = hashlib.sha256(), ref.size
    while left:
        piece = source.read(min(_PIECE, left))
        if not piece:
            raise RefusedError(Reason.PACKAGE_ALTERED, "part cut short")
        digest.update(piece)
        sink.write(piece)
        left -= len(piece)
    if digest.digest() != ref.digest:
        raise RefusedError(Reason.PACKAGE_ALTERED, "part digest")


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise RefusedError(Reason.PACKAGE_ALTERED, "package cut short")
    return data


def _zeros(sink: Sink, count: int) -> None:
    while count:
        piece = min(_PIECE, count)
        sink.write(bytes(piece))
        count -= piece


def _check_fill(source: BinaryIO, count: int) -> None:
    while count:
        piece = source.read(min(_PIECE, count))
        if not piece or piece.strip(b"\0"):
            raise RefusedError(Reason.PACKAGE_ALTERED, "package fill")
        count -= len(piece)
    if source.read(1):
        raise RefusedError(Reason.PACKAGE_ALTERED, "package too long")
