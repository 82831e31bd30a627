"""A second HPKE, written from RFC 9180 and the X-Wing text, to judge our first one.

It has the aad that the library's one-shot interface lacks, so that published vectors
can be opened, and it opens what `wallet.keys.sealing` makes.
"""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

XWING_LABEL = b"\\.//^\\"
_AEADS = {2: (AESGCM, 32), 3: (ChaCha20Poly1305, 32)}


def public(seed: bytes) -> bytes:
    """The public key of MLKEM768-X25519 (KEM 0x647a) for a 32-byte seed."""
    lattice, curve = _private(seed)
    return (
        lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    )


def decapsulate(seed: bytes, enc: bytes) -> bytes:
    """The shared secret that *enc* carries to the holder of a 32-byte seed."""
    lattice, curve = _private(seed)
    ct_x = enc[1088:]
    return combine(
        ss_m=lattice.decapsulate(enc[:1088]),
        ss_x=curve.exchange(X25519PublicKey.from_public_bytes(ct_x)),
        ct_x=ct_x,
        pk_x=curve.public_key().public_bytes_raw(),
    )


def combine(*, ss_m: bytes, ss_x: bytes, ct_x: bytes, pk_x: bytes) -> bytes:
    """X-Wing's combiner: one secret of the lattice's and the curve's."""
    return hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + XWING_LABEL).digest()


def _private(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    stretched = hashlib.shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(stretched[:64]),
        X25519PrivateKey.from_private_bytes(stretched[64:]),
    )


@dataclass(frozen=True)
class Context:
    """What the key schedule gives (RFC 9180 5.1, base mode, HKDF-SHA256)."""

    key: bytes
    base_nonce: bytes
    exporter_secret: bytes
    aead: int

    def seal(self, message: bytes) -> bytes:
        """Seal the first message, without associated data."""
        cipher, _ = _AEADS[self.aead]
        return cipher(self.key).encrypt(self.base_nonce, message, b"")

    def open(self, sealed: bytes, *, aad: bytes = b"", sequence: int = 0) -> bytes:
        """Open message number *sequence*."""
        number = int.from_bytes(self.base_nonce, "big") ^ sequence
        cipher, _ = _AEADS[self.aead]
        return cipher(self.key).decrypt(number.to_bytes(12, "big"), sealed, aad)


def schedule(
    shared: bytes, info: bytes, *, kem: int = 0x647A, kdf: int = 1, aead: int = 2
) -> Context:
    """RFC 9180 5.1, mode 0, no pre-shared key."""
    suite = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (kem, kdf, aead))

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        data = b"HPKE-v1" + suite + label + ikm
        return hmac.digest(salt or bytes(32), data, "sha256")

    def expand(prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
        data = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        out, block = b"", b""
        while len(out) < length:
            block = hmac.digest(
                prk, block + data + bytes([len(out) // 32 + 1]), "sha256"
            )
            out += block
        return out[:length]

    context = (
        b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    )
    secret = extract(shared, b"secret", b"")
    return Context(
        key=expand(secret, b"key", context, _AEADS[aead][1]),
        base_nonce=expand(secret, b"base_nonce", context, 12),
        exporter_secret=expand(secret, b"exp", context, 32),
        aead=aead,
    )


def open_sealed(seed: bytes, sealed: bytes, *, label: str, context: bytes) -> bytes:
    """Open what `seal` of PROTOCOL.md 11 made: enc + ct, info = label NUL ctx."""
    info = b"heartwood/1/" + label.encode() + b"\0" + context
    return schedule(decapsulate(seed, sealed[:1120]), info).open(sealed[1120:])
