"""The permission itself: who may see what, for which purpose, from when until when.

PROTOCOL.md 5, 11 (Share 2 to 6), 12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet import statement
from wallet.cbor import Value, encode
from wallet.errors import RefusedError
from wallet.grants.scope import Scope, parse_scope
from wallet.keys.sealing import PUBLIC_SIZE, check_sealing_key
from wallet.keys.signing import Signer, check_public, check_signature, sign_payload
from wallet.ledger.shard import last_end
from wallet.statement import ID, KEY, NUMBER, Fields, Name, bytes_of, is_text, is_time
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.statement import Statement

_PURPOSE = re.compile(r"[A-Z]{2,20}$")
_MAX_TEXT = 400


def _is_map(value: Value) -> bool:
    return isinstance(value, dict)


SHAPE: Fields = {
    20: ID,
    21: KEY,
    22: KEY,
    23: bytes_of(PUBLIC_SIZE),
    24: _is_map,
    25: is_text,
    26: is_time,
    27: is_time,
    28: is_time,
    29: statement.is_bool,
    30: is_text,
    31: KEY,
    32: KEY,
    33: KEY,
    34: statement.or_null(is_text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Fields 20 to 34; times are POSIX seconds, ``max_age`` is seconds."""

    permission_id: bytes
    reader_id: bytes
    pair_sign: bytes
    pair_seal: bytes
    scope: Scope
    purpose: str
    begins: int
    ends: int
    max_age: int
    follow: bool
    origin: str
    ledger_key: bytes
    control_key: bytes
    secret: bytes = field(repr=False)
    relay: str | None

    def body(self, nonce: bytes) -> bytes:
        """The exact bytes the commitment and the signature cover.

        Raises:
            RefusedError: ``malformed``: it would begin at or after its end, or
                outlive its shard.
        """
        _check_span(self)
        return encode(
            {
                1: NUMBER[Name.PERMISSION],
                2: statement.VERSION,
                15: nonce,
                20: self.permission_id,
                21: self.reader_id,
                22: self.pair_sign,
                23: self.pair_seal,
                24: self.scope.encode(),
                25: self.purpose,
                26: self.begins,
                27: self.ends,
                28: self.max_age,
                29: self.follow,
                30: self.origin,
                31: self.ledger_key,
                32: self.control_key,
                33: self.secret,
                34: self.relay,
            }
        )


def sign_permission(pair_sign: Signer, *, origin: str, body: bytes) -> bytes:
    """G of PROTOCOL.md 11: the body signed by the key this one reader knows."""
    return sign_payload(pair_sign, name=Name.PERMISSION, origin=origin, payload=body)


def parse_permission(data: bytes) -> tuple[Permission, Statement]:
    """Read a permission and check that its own pair-sign key signed it.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    permission, read = read_permission(data)
    check_permission(permission, read)
    return permission, read


def read_permission(data: bytes) -> tuple[Permission, Statement]:
    """Read a permission, its signature not looked at.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    read = statement.parse(data, name=Name.PERMISSION, fields=SHAPE)
    relay = read.fields[34]
    permission = Permission(
        permission_id=read.key(20),
        reader_id=read.key(21),
        pair_sign=read.key(22),
        pair_seal=read.key(23),
        scope=parse_scope(read.fields[24]),
        purpose=read.text(25),
        begins=read.count(26),
        ends=read.count(27),
        max_age=read.count(28),
        follow=read.fields[29] is True,
        origin=read.text(30),
        ledger_key=read.key(31),
        control_key=read.key(32),
        secret=read.key(33),
        relay=relay if isinstance(relay, str) else None,
    )
    _check_span(permission)
    check_sealing_key(permission.pair_seal)
    return permission, read


def check_permission(permission: Permission, read: Statement) -> None:
    """Check that the pair-sign key signed it, and that no key is one to refuse.

    Raises:
        RefusedError: ``signature_wrong``.
    """
    check_signature(read, origin=permission.origin, public=permission.pair_sign)
    # The ledger key is checked with the entry it signs; this one signs nothing yet.
    check_public(permission.control_key, place="permission field 32")


def _check_span(permission: Permission) -> None:
    last = last_end(permission.origin)
    late = last is not None and permission.ends > last
    if permission.begins >= permission.ends or late:
        raise RefusedError(Reason.MALFORMED, "permission period")
    if not _PURPOSE.match(permission.purpose):
        raise RefusedError(Reason.MALFORMED, "permission purpose")
    if max(len(permission.origin), len(permission.relay or "")) > _MAX_TEXT:
        raise RefusedError(Reason.MALFORMED, "permission address")
