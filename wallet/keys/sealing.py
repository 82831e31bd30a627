"""Seal small secrets to a reader: HPKE base mode, MLKEM768-X25519 (PROTOCOL.md 1).

Base mode authenticates nobody: nothing may rely on who sealed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

from wallet.errors import RefusedError
from wallet.verdict import Reason

SUITE_NUMBER = 1
PUBLIC_SIZE = 1_216
OVERHEAD = 1_136
_MLKEM_PUBLIC = 1_184
_SUITE = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM
)


def _info(label: str, context: bytes) -> bytes:
    return b"heartwood/1/" + label.encode() + b"\0" + context


def seal(public: bytes, *, label: str, context: bytes, message: bytes) -> bytes:
    """Seal *message* so that only the holder of *public* opens it: enc + ct.

    Raises:
        RefusedError: ``malformed``: *public* is no key of this suite.
    """
    return _SUITE.encrypt(message, _public_key(public), _info(label, context))


def check_sealing_key(public: bytes) -> None:
    """Refuse a sealing key that is no key of this suite.

    Raises:
        RefusedError: ``malformed``.
    """
    _public_key(public)


@dataclass(frozen=True, slots=True)
class Opener:
    """A private sealing key that never shows its seed."""

    public: bytes
    _key: hpke.MLKEM768X25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed: SHAKE-256 to ML-KEM d, z and X25519."""
        stretched = hashlib.shake_256(seed).digest(96)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(stretched[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(stretched[64:])
        public = (
            lattice.public_key().public_bytes_raw()
            + curve.public_key().public_bytes_raw()
        )
        return cls(public, hpke.MLKEM768X25519PrivateKey(lattice, curve))

    def open(self, sealed: bytes, *, label: str, context: bytes) -> bytes:
        """Open what was sealed to this key under the same label and context.

        Raises:
            RefusedError: ``wrong_reader``: it does not open with this key.
        """
        try:
            return _SUITE.decrypt(sealed, self._key, _info(label, context))
        except (InvalidTag, ValueError):
            raise RefusedError(Reason.WRONG_READER, label) from None


def _public_key(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_SIZE:
        raise RefusedError(Reason.MALFORMED, "sealing key")
    try:
        return hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            x25519.X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
    except ValueError:
        raise RefusedError(Reason.MALFORMED, "sealing key") from None
