"""Open what was encrypted under a key both sides hold: JWE ``dir`` with ``A256GCM``.

Only for files others made (SMART Health Links). RFC 7518 4.5 and 5.3: nonce 12 bytes,
tag 16, the header's characters are authenticated with it.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.errors import RefusedError
from wallet.verdict import Reason

KEY = 32
_NONCE = 12
_TAG = 16


def open_direct(
    sealed: bytes, *, key: bytes, nonce: bytes, tag: bytes, header: bytes
) -> bytes:
    """Give the plaintext; *header* is what stands before the first dot.

    Raises:
        RefusedError: ``malformed`` for a wrong length, ``signature_wrong`` where key,
            nonce, header, tag and bytes do not belong together.
    """
    if (len(key), len(nonce), len(tag)) != (KEY, _NONCE, _TAG):
        raise RefusedError(Reason.MALFORMED, "file")
    try:
        return AESGCM(key).decrypt(nonce, sealed + tag, header)
    except InvalidTag:
        raise RefusedError(Reason.SIGNATURE_WRONG, "file") from None
