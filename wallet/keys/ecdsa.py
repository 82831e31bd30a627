"""ES256: check a signature that others made, over P-256 with SHA-256.

Only for reading what issuers outside signed (SMART Health Cards); nothing of ours is
signed so. RFC 7518 3.4: the signature is r and s, 32 bytes each, never DER.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
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
