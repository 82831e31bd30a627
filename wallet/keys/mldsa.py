"""ML-DSA-44 keys: sign and verify, for cosignatures that outlive Ed25519. FIPS 204.

Pure ML-DSA with an empty context. Unlike Ed25519 it has no small-order keys to refuse;
a public key of the right length either verifies or does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
)

from wallet.errors import RefusedError
from wallet.verdict import Reason

PUBLIC_SIZE = 1_312
SIGNATURE_SIZE = 2_420


def check_public(public: bytes, *, place: str = "key") -> None:
    """Refuse what cannot be an ML-DSA-44 public key.

    Raises:
        RefusedError: ``malformed``.
    """
    if len(public) != PUBLIC_SIZE:
        raise RefusedError(Reason.MALFORMED, place)


def verify(
    *, public: bytes, message: bytes, signature: bytes, place: str = "signature"
) -> None:
    """Check one ML-DSA-44 signature.

    Raises:
        RefusedError: ``signature_wrong`` (``malformed`` for a key of wrong length).
    """
    check_public(public, place=place)
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise RefusedError(Reason.SIGNATURE_WRONG, place) from None


@dataclass(frozen=True, slots=True)
class MldsaSigner:
    """A private ML-DSA-44 key that never shows its seed."""

    public: bytes
    _key: MLDSA44PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a FIPS 204 seed of 32 bytes."""
        key = MLDSA44PrivateKey.from_seed_bytes(seed)
        return cls(key.public_key().public_bytes_raw(), key)

    def sign(self, message: bytes) -> bytes:
        """Sign *message*: 2,420 bytes, other ones each time."""
        return self._key.sign(message)
