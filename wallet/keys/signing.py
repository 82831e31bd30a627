"""Ed25519 keys: sign, verify, and the one door every accepted public key passes.

The library verifies forgeries under the small-order keys, so they are refused here,
once, for everything. RFC 8032; PROTOCOL.md 1.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from wallet import statement
from wallet.cbor import MAX_STATEMENT, Value, encode
from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZE = 32  # bytes of a public key, RFC 8032 5.1.5
_P = 2**255 - 19
_ORDER_8_Y = (
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
)


def _small_order_encodings() -> frozenset[bytes]:
    """The 14 encodings of the 8 points of small order, non-canonical ones included."""
    found: set[bytes] = set()
    for y in (1, _P - 1, 0, *_ORDER_8_Y, _P, _P + 1):
        for sign in (0, 1):
            found.add((y | sign << 255).to_bytes(32, "little"))
    return frozenset(found)


SMALL_ORDER = _small_order_encodings()


def check_public(public: bytes, *, place: str = "key") -> None:
    """Refuse a public key that must never be accepted anywhere.

    Raises:
        RefusedError: ``malformed`` for a wrong length, ``signature_wrong`` for the
            small-order encodings. What is no point at all verifies nothing.
    """
    if len(public) != _SIZE:
        raise RefusedError(Reason.MALFORMED, place)
    if public in SMALL_ORDER:
        raise RefusedError(Reason.SIGNATURE_WRONG, place)


def key_id(public: bytes) -> bytes:
    """First 8 bytes of SHA-256 of the key: the kid of a statement."""
    return hashlib.sha256(public).digest()[:8]


def verify(
    *, public: bytes, message: bytes, signature: bytes, place: str = "signature"
) -> None:
    """Check one Ed25519 signature.

    Raises:
        RefusedError: ``signature_wrong`` (``malformed`` for a key of wrong length).
    """
    if len(public) != _SIZE or public in SMALL_ORDER:  # else a call for nothing
        check_public(public, place=place)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise RefusedError(Reason.SIGNATURE_WRONG, place) from None


@dataclass(frozen=True, slots=True)
class Signer:
    """A private Ed25519 key that never shows its seed."""

    public: bytes
    _key: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of an RFC 8032 seed of 32 bytes."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(key.public_key().public_bytes_raw(), key)

    def sign(self, message: bytes) -> bytes:
        """Sign *message*: 64 bytes."""
        return self._key.sign(message)


def sign_statement(
    signer: Signer,
    *,
    name: statement.Name,
    origin: str,
    fields: Mapping[int, Value],
    nonce: bytes | None = None,
) -> bytes:
    """Sign *fields* as one statement; type, version and nonce are added here."""
    payload = encode(
        {
            1: statement.NUMBER[name],
            2: statement.VERSION,
            15: nonce if nonce is not None else secrets.token_bytes(16),
            **fields,
        }
    )
    return sign_payload(signer, name=name, origin=origin, payload=payload)


def sign_payload(
    signer: Signer, *, name: statement.Name, origin: str, payload: bytes
) -> bytes:
    """Sign exact payload bytes, as a permission needs whose commitment covers them."""
    protected = statement.protected_header(key_id(signer.public))
    signed = statement.to_be_signed(
        name=name, origin=origin, protected=protected, payload=payload
    )
    return statement.assemble(
        protected=protected, payload=payload, signature=signer.sign(signed)
    )


def verify_statement(
    data: bytes,
    *,
    name: statement.Name,
    origin: str,
    public: bytes,
    fields: statement.Fields,
    cap: int = MAX_STATEMENT,
) -> statement.Statement:
    """Read a statement and check that *public* signed it for *origin*.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    read = statement.parse(data, name=name, fields=fields, cap=cap)
    check_signature(read, origin=origin, public=public)
    return read


class Signed(NamedTuple):
    """A signature that was prepared for checking: `check` does it.

    Many are quicker to check one right after the other than each after its reading.
    """

    public: bytes
    message: bytes
    signature: bytes
    place: str

    def check(self) -> None:
        """Check it.

        Raises:
            RefusedError: ``signature_wrong``.
        """
        verify(
            public=self.public,
            message=self.message,
            signature=self.signature,
            place=self.place,
        )


_PLACES = {name: f"{name.value} signature" for name in statement.Name}


def signed_by(read: statement.Statement, *, origin: str, public: bytes) -> Signed:
    """The signature of a statement that was read already, not yet checked.

    Raises:
        RefusedError: ``signature_wrong``: its kid is of another key.
    """
    if read.kid != key_id(public):
        raise RefusedError(Reason.SIGNATURE_WRONG, f"{read.name.value} kid")
    message = statement.to_be_signed(
        name=read.name, origin=origin, protected=read.protected, payload=read.payload
    )
    return Signed(public, message, read.signature, _PLACES[read.name])


def check_signature(read: statement.Statement, *, origin: str, public: bytes) -> None:
    """Check the signature of a statement that was read already.

    Raises:
        RefusedError: ``signature_wrong``, also for a kid of another key.
    """
    signed_by(read, origin=origin, public=public).check()
