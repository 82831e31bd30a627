"""ES256: check a signature that others made, and sign once with a key made for it.

Only for SMART Health Cards, whose framework knows no other signature; nothing else of
ours is signed so. RFC 7518 3.4: over P-256 with SHA-256, the signature is r and s, 32
bytes each, never DER.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from wallet.errors import RefusedError
from wallet.verdict import Reason

COORDINATE = 32
SIGNATURE = 64


def verify_es256(
    *, x: bytes, y: bytes, message: bytes, signature: bytes, place: str = "signature"
) -> None:
    """Check one signature by the public point *x*, *y* (32 bytes each, big-endian).

    Raises:
        RefusedError: ``malformed`` for a wrong length, ``signature_wrong`` for a point
            off the curve and for a signature that does not fit.
    """
    if len(x) != COORDINATE or len(y) != COORDINATE or len(signature) != SIGNATURE:
        raise RefusedError(Reason.MALFORMED, place)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    point = EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1()
    )
    try:
        point.public_key().verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise RefusedError(Reason.SIGNATURE_WRONG, place) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeSigner:
    """A private key for one signature, and its public point.

    It is kept nowhere: whoever has two cards learns nothing of a common hand.
    """

    x: bytes
    y: bytes
    _key: EllipticCurvePrivateKey = field(repr=False)

    @staticmethod
    def new() -> OneTimeSigner:
        """Make a key from the system's random numbers."""
        key = generate_private_key(SECP256R1())
        point = key.public_key().public_numbers()
        x, y = (value.to_bytes(COORDINATE, "big") for value in (point.x, point.y))
        return OneTimeSigner(x=x, y=y, _key=key)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes r and s over *message*."""
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")
