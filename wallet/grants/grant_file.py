"""The grant file: a permission and all that proves it, sealed to one reader.

No readable word about patient, reader or scope. PROTOCOL.md 5; 11, Share 15, Open 1-2.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.grants.permission import (
    Permission,
    check_permission,
    read_permission,
)
from wallet.keys.sealing import SUITE_NUMBER, Opener, seal
from wallet.ledger.entry import Entry, commit, leaf_hash, parse_entry
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAGIC = b"HWGRANT1"
_HEAD = len(_MAGIC) + 6
_BLOCK = 1_024
MAX_FILE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantParts:
    """What is sealed: G, its salt, its entry, and one or both shares of the key."""

    signed: bytes
    salt: bytes = field(repr=False)
    entry: bytes
    share_a: bytes = field(repr=False)
    share_b: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedGrant:
    """A grant file whose signatures and commitment all fit; not yet judged."""

    permission: Permission
    entry: Entry
    parts: GrantParts

    @property
    def leaf(self) -> bytes:
        """The leaf hash of its entry: the name of the grant at the relay."""
        return leaf_hash(self.parts.entry)


def pad(message: bytes) -> bytes:
    """u32 length, message, zeros to the next multiple of 1,024."""
    body = len(message).to_bytes(4, "big") + message
    return body + bytes(-len(body) % _BLOCK)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`.

    Raises:
        RefusedError: ``malformed``: another padding than `pad` makes.
    """
    size = int.from_bytes(padded[:4], "big")
    message = padded[4 : 4 + size]
    if pad(message) != padded:
        raise RefusedError(Reason.MALFORMED, "padding")
    return message


def write_grant_file(parts: GrantParts, *, sealing_key: bytes, reader: bytes) -> bytes:
    """Seal *parts* to the reader whose id is *reader*."""
    plain = encode(
        [parts.signed, parts.salt, parts.entry, parts.share_a, parts.share_b]
    )
    sealed = seal(sealing_key, label="permission", context=reader, message=pad(plain))
    data = (
        _MAGIC + SUITE_NUMBER.to_bytes(2, "big") + len(sealed).to_bytes(4, "big")
    ) + sealed
    return data + hashlib.sha256(data).digest()


def open_grant_file(
    data: bytes, *, openers: Iterable[Opener], reader: bytes
) -> OpenedGrant:
    """Open a grant file with the reader's keys and verify everything inside it.

    Raises:
        RefusedError: ``unknown_version``, ``malformed``, ``wrong_reader`` or
            ``signature_wrong``.
    """
    # 1. Magic, suite, digest; my sealing keys.
    plain = _unseal(_sealed_part(data), openers=openers, reader=reader)
    parts = _parts(plain)
    # 2. Parse; field 21 is mine; G by 22; C; E by 31, its keys 31 and 32. Form comes
    # before reader, and reader before signatures, as in the order of the check.
    permission, read = read_permission(parts.signed)
    entry, wrong = _entry(parts.entry, origin=permission.origin)
    if permission.reader_id != reader:
        raise RefusedError(Reason.WRONG_READER, "reader id")
    check_permission(permission, read)
    if entry is None:
        raise RefusedError(Reason.SIGNATURE_WRONG, wrong)
    if not hmac.compare_digest(commit(parts.salt, read.payload), entry.commitment):
        raise RefusedError(Reason.SIGNATURE_WRONG, "grant commitment")
    keys = (entry.key, entry.control_key)
    if keys != (permission.ledger_key, permission.control_key):
        raise RefusedError(Reason.SIGNATURE_WRONG, "grant entry keys")
    return OpenedGrant(permission=permission, entry=entry, parts=parts)


def _entry(data: bytes, *, origin: str) -> tuple[Entry | None, str]:
    """The grant's entry, or None and where its signature is wrong."""
    try:
        entry = parse_entry(data, origin=origin)
    except RefusedError as refused:
        if refused.reason is not Reason.SIGNATURE_WRONG:
            raise
        return None, refused.place
    if entry.name is not Name.GRANT:
        raise RefusedError(Reason.MALFORMED, "grant entry type")
    return entry, ""


def _sealed_part(data: bytes) -> bytes:
    if len(data) > MAX_FILE or len(data) < _HEAD:
        raise RefusedError(Reason.MALFORMED, "grant file size")
    if data[: len(_MAGIC)] != _MAGIC:
        raise RefusedError(Reason.UNKNOWN_VERSION, "grant file magic")
    if int.from_bytes(data[8:10], "big") != SUITE_NUMBER:
        raise RefusedError(Reason.UNKNOWN_VERSION, "grant file suite")
    size = int.from_bytes(data[10:14], "big")
    body, digest = data[:-32], data[-32:]
    if len(body) != _HEAD + size or hashlib.sha256(body).digest() != digest:
        raise RefusedError(Reason.MALFORMED, "grant file digest")
    return body[_HEAD:]


def _unseal(sealed: bytes, *, openers: Iterable[Opener], reader: bytes) -> bytes:
    for opener in openers:
        try:
            padded = opener.open(sealed, label="permission", context=reader)
        except RefusedError:
            continue
        return unpad(padded)
    raise RefusedError(Reason.WRONG_READER, "no key opens it")


def _parts(plain: bytes) -> GrantParts:
    match decode(plain, place="grant file"):
        case [bytes(signed), bytes(salt), bytes(entry), bytes(a), b] if (
            len(salt) == len(a) == 32 and (b is None or _is_share(b))  # noqa: PLR2004
        ):
            return GrantParts(
                signed=signed, salt=salt, entry=entry, share_a=a, share_b=b
            )
        case _:
            raise RefusedError(Reason.MALFORMED, "grant file parts")


def _is_share(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32  # noqa: PLR2004 a share
