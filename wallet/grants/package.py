"""A package on its way: laid out, encrypted under two shares, and opened again.

PROTOCOL.md 11: Share 7 to 13, Open 13.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from wallet.errors import RefusedError
from wallet.grants.manifest import Manifest, Part, PartRef, lay_out, take_out
from wallet.keys import sealing, stream
from wallet.keys.derivation import expand, extract_and_expand
from wallet.keys.scratch import ScratchFile
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wallet.grants.permission import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What the relay is given besides the package: its name, digest and share B."""

    object_id: bytes
    digest: bytes
    size: int
    sealed_share: bytes = field(repr=False)


def object_id(secret: bytes, sequence: int) -> bytes:
    """Name of package *sequence* of a grant; only its two parties can compute it."""
    return expand(secret, "object", sequence.to_bytes(4, "big"), length=16)


def content_key(
    share_a: bytes, share_b: bytes, *, leaf: bytes, object_id: bytes
) -> bytes:
    """K of Share 10: both shares, bound to the entry and the object."""
    return extract_and_expand(
        share_a + share_b, salt=leaf, info=b"heartwood/1/content\0" + object_id
    )


def seal_share(
    share_b: bytes, *, sealing_key: bytes, leaf: bytes, object_id: bytes
) -> bytes:
    """SB of Share 13."""
    return sealing.seal(
        sealing_key, label="share", context=leaf + object_id, message=share_b
    )


def open_share(
    sealed: bytes, *, opener: sealing.Opener, leaf: bytes, object_id: bytes
) -> bytes:
    """B again, by the reader.

    Raises:
        RefusedError: ``package_altered``.
    """
    try:
        share = opener.open(sealed, label="share", context=leaf + object_id)
    except RefusedError:
        raise RefusedError(Reason.PACKAGE_ALTERED, "share") from None
    if len(share) != 32:  # noqa: PLR2004 PROTOCOL.md 1
        raise RefusedError(Reason.PACKAGE_ALTERED, "share")
    return share


def encrypt_package(
    manifest: bytes,
    parts: Sequence[Part],
    sink: BinaryIO,
    *,
    key: bytes,
    scratch: Path,
    salt: bytes | None = None,
) -> stream.Sealed:
    """Write P into *sink*; no plain byte of it touches the disk."""
    plain = ScratchFile(scratch)
    lay_out(manifest, parts, plain)
    with plain.reader() as source:
        return stream.encrypt(key, source, sink, salt=salt)


def decrypt_package(
    source: BinaryIO,
    *,
    key: bytes,
    permission: Permission,
    leaf: bytes,
    lowest_sequence: int,
    begin: Callable[[PartRef], BinaryIO],
    scratch: Path,
) -> Manifest:
    """Decrypt and verify a whole package into places *begin* opens.

    Raises:
        RefusedError: ``package_altered`` or ``unknown_version``. What *begin* opened
            must then be thrown away.
    """
    plain = ScratchFile(scratch)
    stream.decrypt(key, source, plain)
    with plain.reader() as opened:
        manifest = take_out(
            opened,
            origin=permission.origin,
            pair_sign=permission.pair_sign,
            begin=begin,
        )
    named = (manifest.permission_id, manifest.leaf)
    if named != (permission.permission_id, leaf):
        raise RefusedError(Reason.PACKAGE_ALTERED, "manifest of another grant")
    if manifest.sequence < lowest_sequence:
        raise RefusedError(Reason.PACKAGE_ALTERED, "older package than seen")
    if manifest.sequence and not permission.follow:
        raise RefusedError(Reason.PACKAGE_ALTERED, "a snapshot has one package")
    return manifest
