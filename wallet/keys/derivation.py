"""Every derived key: HKDF-SHA256 labels of PROTOCOL.md 2, 5 and 11."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from wallet.keys.sealing import Opener
from wallet.keys.signing import Signer


def expand(
    key: bytes | bytearray, label: str, context: bytes = b"", *, length: int = 32
) -> bytes:
    """X of PROTOCOL.md 11: HKDF-Expand-SHA256 under ``heartwood/1/label NUL ctx``."""
    info = b"heartwood/1/" + label.encode() + b"\0" + context
    return HKDFExpand(hashes.SHA256(), length, info).derive(key)


def extract_and_expand(
    secret: bytes, *, salt: bytes, info: bytes, length: int = 32
) -> bytes:
    """Whole HKDF-SHA256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def to_words(seed: bytes | bytearray) -> tuple[str, ...]:
    """The 24 words that are the seed (BIP-39 entropy to mnemonic, English)."""
    from mnemonic import Mnemonic  # noqa: PLC0415 start-up time

    return tuple(Mnemonic("english").to_mnemonic(bytes(seed)).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class PairKeys:
    """The two keys that one reader knows a patient by."""

    sign: Signer
    seal: Opener


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantKeys:
    """The keys of one permission: its entry, its status, its receipts."""

    ledger: Signer
    control: Signer
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PatientKeys:
    """All keys of a patient on one installation, from the seed.

    ``dev`` is the installation's 16 random bits; persons and numbers count from 0,
    and a number is never used twice (PROTOCOL.md 2).
    """

    dev: int
    _seed: bytes | bytearray = field(repr=False)

    def words(self) -> tuple[str, ...]:
        """The 24 words again, for whoever has not yet written them down."""
        return to_words(self._seed)

    def pair(self, number: int, *, person: int = 0) -> PairKeys:
        """Keys for this wallet's own *number* of a reader."""
        return PairKeys(
            sign=Signer.from_seed(self._derive("pair-sign", person, number)),
            seal=Opener.from_seed(self._derive("pair-seal", person, number)),
        )

    def grant(self, number: int, *, person: int = 0) -> GrantKeys:
        """Keys for this wallet's own *number* of a permission."""
        return GrantKeys(
            ledger=Signer.from_seed(self._derive("ledger", person, number)),
            control=Signer.from_seed(self._derive("control", person, number)),
            secret=self._derive("grant-secret", person, number),
        )

    def _derive(self, label: str, person: int, number: int) -> bytes:
        context = (
            person.to_bytes(2, "big")
            + self.dev.to_bytes(2, "big")
            + number.to_bytes(4, "big")
        )
        return expand(self._seed, label, context)


def receipt_key(grant_secret: bytes, place: int) -> Signer:
    """Receipt key k of a permission; both patient and reader can derive it."""
    return Signer.from_seed(expand(grant_secret, "receipt", place.to_bytes(4, "big")))


def reader_words_seed(reader_id: bytes) -> bytes:
    """PBKDF2 of PROTOCOL.md 4, from which the six spoken words are cut."""
    return hashlib.pbkdf2_hmac("sha256", reader_id, b"heartwood/1/words", 200_000)
