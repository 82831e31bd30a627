"""What is encrypted under a key both sides hold: JWE ``dir`` with ``A256GCM``.

Only for files of SMART Health Links. RFC 7518 4.5 and 5.3: nonce 12 bytes, tag 16, the
header's characters are authenticated with it.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.errors import RefusedError
from wallet.verdict import Reason

KEY = 32
_NONCE = 12
_TAG = 16


class Sealed(NamedTuple):
    """What `seal_direct` made, in the order in which a JWE writes it."""

    nonce: bytes
    sealed: bytes
    tag: bytes


def new_key() -> bytes:
    """A key for one file."""
    return secrets.token_bytes(KEY)


def seal_direct(plain: bytes, *, key: bytes, header: bytes) -> Sealed:
    """Encrypt *plain* under a key that encrypts nothing else.

    *header* is what will stand before the first dot.
    """
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, plain, header)
    return Sealed(nonce, sealed[:-_TAG], sealed[-_TAG:])


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
