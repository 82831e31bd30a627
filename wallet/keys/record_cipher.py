"""One key per record: drop the 32 bytes and every copy of the record is noise.

AES-256-GCM with a fresh key for each version of a record, hence one fixed nonce; bound
to the record's id and version, so that no body passes for another. A copy that already
lies in a backup, a package or on a relay becomes unreadable with the key.
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.errors import StoreDamagedError

_NONCE = bytes(12)
_KEY = 32


def new_key() -> bytes:
    """Draw the key of one body."""
    return secrets.token_bytes(_KEY)


def seal(body: bytes, *, key: bytes, bound_to: bytes) -> bytes:
    """Encrypt one *body* under a key that encrypts nothing else."""
    return AESGCM(key).encrypt(_NONCE, body, bound_to)


def open_sealed(sealed: bytes, *, key: bytes, bound_to: bytes) -> bytes:
    """Give the body back.

    Raises:
        StoreDamagedError: another key, another place, or altered bytes.
    """
    try:
        return AESGCM(key).decrypt(_NONCE, sealed, bound_to)
    except (InvalidTag, ValueError):
        raise StoreDamagedError("a record does not open; it is damaged") from None


def item_id(vault_key: bytes, item: bytes) -> bytes:
    """Name an item so that only this vault can tell whether it has these bytes."""
    return hmac.digest(vault_key, item, "sha256")
