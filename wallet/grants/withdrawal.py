"""The notice that ends a permission at once, without any index or network.

PROTOCOL.md 6; 11, Withdraw 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.keys.signing import Signer, check_signature, sign_statement
from wallet.ledger.entry import State
from wallet.statement import KEY, Fields, Name, Statement, parse
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.cbor import Value

_MAGIC = b"HWSTOP1\n"
MAX_NOTICE = 4_096


def _is_end(value: Value) -> bool:
    return type(value) is int and value == State.ENDED


_SHAPE: Fields = {5: KEY, 6: _is_end}


def sign_notice(
    control_key: Signer, *, origin: str, leaf: bytes, nonce: bytes | None = None
) -> bytes:
    """N: the control key ends the entry with this leaf hash."""
    return sign_statement(
        control_key,
        name=Name.NOTICE,
        origin=origin,
        fields={5: leaf, 6: int(State.ENDED)},
        nonce=nonce,
    )


def read_notice(data: bytes) -> Statement:
    """Read a notice, its signature not looked at: field 5 says which grant it means.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    return parse(data, name=Name.NOTICE, fields=_SHAPE, cap=MAX_NOTICE)


def check_notice(notice: Statement, *, origin: str, control_key: bytes) -> None:
    """Check a notice by the control key that desk or relay holds for its leaf.

    Raises:
        RefusedError: ``signature_wrong``.
    """
    check_signature(notice, origin=origin, public=control_key)


def write_stop_file(notice: bytes) -> bytes:
    """The file a patient hands over: ``HWSTOP1``, u32 length, notice."""
    return _MAGIC + len(notice).to_bytes(4, "big") + notice


def read_stop_file(data: bytes) -> bytes:
    """The notice inside a handed-over file.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    if len(data) < len(_MAGIC) + 4:
        raise RefusedError(Reason.MALFORMED, "withdrawal file")
    if not data.startswith(_MAGIC):
        raise RefusedError(Reason.UNKNOWN_VERSION, "withdrawal file")
    size = int.from_bytes(data[8:12], "big")
    if size > MAX_NOTICE or len(data) != 12 + size:
        raise RefusedError(Reason.MALFORMED, "withdrawal file")
    return data[12:]
