"""What a patient tells a relay, signed by the grant's ledger key.

PROTOCOL.md 6 and 11, Share 18, Withdraw 6.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.keys.signing import Signer, check_signature, sign_statement
from wallet.statement import (
    ID,
    KEY,
    Fields,
    Name,
    Statement,
    is_bytes,
    is_count,
    is_time,
    parse,
    peek,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallet.cbor import Value
    from wallet.grants.package import Deposit

_HOUR = 3_600
MAX_ORDER = 8_192


class OrderKind(IntEnum):
    """Field 39."""

    PUT = 0
    NEW_ROOT = 1
    LIST = 2
    DELETE = 3


_COMMON: Fields = {35: KEY, 39: is_count}
_SHAPES: Mapping[OrderKind, Fields] = {
    OrderKind.PUT: {
        **_COMMON,
        40: ID,
        41: KEY,
        42: is_count,
        43: is_bytes,
        44: is_count,
        45: KEY,
        46: is_time,
        47: is_time,
    },
    OrderKind.NEW_ROOT: {**_COMMON, 44: is_count, 45: KEY},
    OrderKind.LIST: {**_COMMON, 53: is_time},
    OrderKind.DELETE: _COMMON,
}


def put(
    ledger_key: Signer,
    *,
    origin: str,
    leaf: bytes,
    deposit: Deposit,
    tree: int,
    root: bytes,
    begins: int,
    ends: int,
    nonce: bytes | None = None,
) -> bytes:
    """Deposit a package; the period is widened to whole hours."""
    fields: dict[int, Value] = {
        40: deposit.object_id,
        41: deposit.digest,
        42: deposit.size,
        43: deposit.sealed_share,
        44: tree,
        45: root,
        46: begins // _HOUR * _HOUR,
        47: -(-ends // _HOUR) * _HOUR,
    }
    return _sign(ledger_key, origin, leaf, fields, kind=OrderKind.PUT, nonce=nonce)


def new_root(
    ledger_key: Signer,
    *,
    origin: str,
    leaf: bytes,
    tree: int,
    root: bytes,
    nonce: bytes | None = None,
) -> bytes:
    """Give the relay the next tree of receipt keys."""
    fields: dict[int, Value] = {44: tree, 45: root}
    return _sign(ledger_key, origin, leaf, fields, kind=OrderKind.NEW_ROOT, nonce=nonce)


def ask_list(
    ledger_key: Signer,
    *,
    origin: str,
    leaf: bytes,
    asked_at: int,
    nonce: bytes | None = None,
) -> bytes:
    """Ask for every release so far; the relay refuses one over ten minutes old."""
    fields: dict[int, Value] = {53: asked_at}
    return _sign(ledger_key, origin, leaf, fields, kind=OrderKind.LIST, nonce=nonce)


def delete(
    ledger_key: Signer, *, origin: str, leaf: bytes, nonce: bytes | None = None
) -> bytes:
    """Drop share and package of every object of the leaf."""
    return _sign(ledger_key, origin, leaf, {}, kind=OrderKind.DELETE, nonce=nonce)


def parse_order(
    data: bytes, *, origin: str, ledger_key: bytes
) -> tuple[OrderKind, Statement]:
    """Read an order and check that the grant's ledger key signed it.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    asked = peek(data, cap=MAX_ORDER).get(39)
    if type(asked) is not int or asked not in _SHAPES:
        raise RefusedError(Reason.MALFORMED, "order kind")
    kind = OrderKind(asked)
    read = parse(data, name=Name.ORDER, fields=_SHAPES[kind], cap=MAX_ORDER)
    check_signature(read, origin=origin, public=ledger_key)
    return kind, read


def _sign(
    ledger_key: Signer,
    origin: str,
    leaf: bytes,
    fields: dict[int, Value],
    *,
    kind: OrderKind,
    nonce: bytes | None,
) -> bytes:
    return sign_statement(
        ledger_key,
        name=Name.ORDER,
        origin=origin,
        fields={35: leaf, 39: int(kind), **fields},
        nonce=nonce,
    )
