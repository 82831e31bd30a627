"""What a relay is sent: origin, entry and order or notice. PROTOCOL.md 6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import decode
from wallet.errors import RefusedError
from wallet.grants.order import MAX_ORDER, OrderKind, parse_order
from wallet.grants.withdrawal import MAX_NOTICE
from wallet.ledger.entry import MAX_ENTRY, Entry, leaf_hash, parse_entry
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.statement import Statement

MAX_HEAD = MAX_ORDER + MAX_ENTRY + 1_024
_MAX_END = MAX_ENTRY + MAX_NOTICE + 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order by the ledger key of the permission it is about."""

    origin: str
    leaf: bytes
    entry: Entry
    kind: OrderKind
    statement: Statement


def read_order(body: bytes) -> Order:
    """Read an order.

    Raises:
        RefusedError: ``malformed``, or ``signature_wrong``: by another key, or about
            another entry.
    """
    origin, raw, signed = _three(body, cap=MAX_HEAD)
    entry = grant_entry(raw, origin)
    kind, read = parse_order(signed, origin=origin, ledger_key=entry.key)
    leaf = leaf_hash(raw)
    if read.key(35) != leaf:
        raise RefusedError(Reason.SIGNATURE_WRONG, "order target")
    return Order(origin=origin, leaf=leaf, entry=entry, kind=kind, statement=read)


def read_end(body: bytes) -> tuple[str, bytes, bytes]:
    """Origin, entry as it was sent, and notice of a message that ends a permission."""
    return _three(body, cap=_MAX_END)


def grant_entry(raw: bytes, origin: str) -> Entry:
    """Read the entry of a permission.

    Raises:
        RefusedError: ``malformed``: it is none.
    """
    entry = parse_entry(raw, origin=origin)
    if entry.name is not Name.GRANT:
        raise RefusedError(Reason.MALFORMED, "entry type")
    return entry


def _three(body: bytes, *, cap: int) -> tuple[str, bytes, bytes]:
    """Origin, entry and order or notice, as every message to a relay begins."""
    match decode(body, cap=cap, place="relay message"):
        case [str(origin), bytes(entry), bytes(signed)]:
            return origin, entry, signed
        case _:
            raise RefusedError(Reason.MALFORMED, "relay message")
