"""What a leaf may contain: commitments and one-use keys, never a name.

PROTOCOL.md 3. Readers judge every entry themselves; admission is only spam control.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from wallet import statement
from wallet.errors import RefusedError
from wallet.keys.signing import (
    Signer,
    check_public,
    check_signature,
    sign_statement,
    signed_by,
)
from wallet.statement import KEY, Fields, Name, Statement
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallet.cbor import Value
    from wallet.keys.signing import Signed

MAX_ENTRY = 4_096


class State(IntEnum):
    """Two bits an entry, as in the IETF Token Status List."""

    STANDS = 0
    ENDED = 1
    HELD = 2
    UNKNOWN = 3


def _is_state(value: Value) -> bool:
    return type(value) is int and 0 <= value <= State.HELD


def _is_relation(value: Value) -> bool:
    return type(value) is int and value in (0, 1, 2)  # see `shard_link`


SHAPES: Mapping[Name, Fields] = {
    Name.STATUS_ROOT: {
        4: statement.is_count,  # covered size = index of this entry
        5: KEY,  # root over the status chunks
        6: KEY,  # operator's key
        7: statement.is_count,  # epoch
    },
    Name.STATUS: {
        4: statement.is_count,
        5: KEY,
        6: _is_state,
        7: statement.is_count,
    },
    Name.SHARD_LINK: {
        6: KEY,  # operator's key
        9: _is_relation,
        10: statement.is_text,  # the other origin
        11: KEY,  # its log's key
        12: KEY,  # its operator's key
        13: statement.or_null(statement.is_count),  # its final size
        14: statement.or_null(KEY),  # its final root
    },
    Name.GRANT: {6: KEY, 7: KEY, 8: KEY},
    Name.RECEIPT: {6: KEY, 7: KEY},
    Name.ACCREDITATION: {6: KEY, 7: KEY, 8: KEY},
}
_LAID_OUT = statement.layouts(SHAPES)
_SIGNED_BY = {
    Name.STATUS_ROOT: 6,
    Name.SHARD_LINK: 6,
    Name.GRANT: 7,
    Name.RECEIPT: 7,
    Name.ACCREDITATION: 7,
}
_CONTROLLED = frozenset({Name.GRANT, Name.ACCREDITATION})


@dataclass(frozen=True, slots=True)
class Entry:
    """A well-formed leaf; its signature is checked unless it is a status change."""

    statement: Statement

    @property
    def name(self) -> Name:
        """What kind of entry this is."""
        return self.statement.name

    @property
    def raw(self) -> bytes:
        """The exact bytes in the ledger."""
        return self.statement.raw

    @property
    def commitment(self) -> bytes:
        """C, R or the accreditation's commitment (field 6)."""
        return self.statement.key(6)

    @property
    def key(self) -> bytes:
        """The key that signed a grant, receipt or accreditation (field 7)."""
        return self.statement.key(7)

    @property
    def control_key(self) -> bytes | None:
        """The key that may change this entry's status, if any can."""
        return self.statement.key(8) if self.name in _CONTROLLED else None

    @property
    def change(self) -> StatusChange:
        """The four facts of a status change."""
        return StatusChange(
            index=self.statement.count(4),
            leaf=self.statement.key(5),
            state=State(self.statement.count(6)),
            seq=self.statement.count(7),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A later word on an earlier entry; the target's control key signs it."""

    index: int
    leaf: bytes
    state: State
    seq: int


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || entry), RFC 6962 2.1."""
    return hashlib.sha256(b"\0" + data).digest()


def commit(salt: bytes, body: bytes) -> bytes:
    """HMAC-SHA-256(salt, exact body bytes)."""
    return hmac.digest(salt, body, "sha256")


def parse_entry(data: bytes, *, origin: str) -> Entry:
    """Read a leaf of *origin* and check the signature it carries its own key for.

    A status change names no key: check it with `check_change` against its target.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    entry = read_entry(data)
    check_entry(entry, origin=origin)
    return entry


def read_entry(data: bytes) -> Entry:
    """Read a leaf; its signature is for `check_entry`.

    Raises:
        RefusedError: ``unknown_version`` or ``malformed``.
    """
    return Entry(
        statement.parse_one_of(data, shapes=SHAPES, laid_out=_LAID_OUT, cap=MAX_ENTRY)
    )


def check_entry(entry: Entry, *, origin: str) -> None:
    """Check the keys of an entry that was read, and the signature by its own.

    Raises:
        RefusedError: ``signature_wrong``.
    """
    signed = own_signature(entry, origin=origin)
    if signed is not None:
        signed.check()


def own_signature(entry: Entry, *, origin: str) -> Signed | None:
    """What is left to check of an entry that was read: None for a status change.

    Raises:
        RefusedError: ``signature_wrong``: a key in it is none to be accepted.
    """
    control = entry.control_key
    if control is not None:
        check_public(control, place="control key")
    read = entry.statement
    signer = _SIGNED_BY.get(read.name)
    if signer is None:
        return None
    return signed_by(read, origin=origin, public=read.key(signer))


def check_change(change: Entry, target: Entry, *, origin: str) -> None:
    """Check that the control key of *target* signed *change* for this very leaf.

    Raises:
        RefusedError: ``signature_wrong``.
    """
    control = target.control_key
    if control is None or change.change.leaf != leaf_hash(target.raw):
        raise RefusedError(Reason.SIGNATURE_WRONG, "status target")
    check_signature(change.statement, origin=origin, public=control)


def build_grant(
    ledger_key: Signer,
    *,
    origin: str,
    commitment: bytes,
    control_public: bytes,
    nonce: bytes | None = None,
) -> bytes:
    """E of PROTOCOL.md 11, Share 5: 213 bytes."""
    return sign_statement(
        ledger_key,
        name=Name.GRANT,
        origin=origin,
        fields={6: commitment, 7: ledger_key.public, 8: control_public},
        nonce=nonce,
    )


def build_receipt(
    receipt_key: Signer, *, origin: str, commitment: bytes, nonce: bytes | None = None
) -> bytes:
    """RE of PROTOCOL.md 11, Open 9: 179 bytes."""
    return sign_statement(
        receipt_key,
        name=Name.RECEIPT,
        origin=origin,
        fields={6: commitment, 7: receipt_key.public},
        nonce=nonce,
    )


def build_accreditation(
    board_key: Signer,
    *,
    origin: str,
    commitment: bytes,
    control_public: bytes,
    nonce: bytes | None = None,
) -> bytes:
    """An accreditation under a board's key, over a committed body."""
    return sign_statement(
        board_key,
        name=Name.ACCREDITATION,
        origin=origin,
        fields={6: commitment, 7: board_key.public, 8: control_public},
        nonce=nonce,
    )


def build_status(
    control_key: Signer,
    *,
    origin: str,
    change: StatusChange,
    nonce: bytes | None = None,
) -> bytes:
    """W of PROTOCOL.md 11, Withdraw 3, and its siblings pause and resume."""
    return sign_statement(
        control_key,
        name=Name.STATUS,
        origin=origin,
        fields={4: change.index, 5: change.leaf, 6: int(change.state), 7: change.seq},
        nonce=nonce,
    )


def build_status_root(
    operator: Signer, *, origin: str, covered: int, root: bytes, epoch: int
) -> bytes:
    """The operator's word on all states below *covered* (PROTOCOL.md 3)."""
    return sign_statement(
        operator,
        name=Name.STATUS_ROOT,
        origin=origin,
        fields={4: covered, 5: root, 6: operator.public, 7: epoch},
    )
