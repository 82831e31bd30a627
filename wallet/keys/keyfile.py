"""The key file of a clinic, an issuer, a server or a witness: one seed of 32 bytes.

A desk's seed is wrapped by a passphrase; a server that must start by itself keeps
its seed plain in a file only its owner can read, and says so by its kind.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from wallet.cbor import decode, encode
from wallet.errors import (
    HomeMissingError,
    PassphraseWrongError,
    RefusedError,
    SlotsDamagedError,
)

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC = b"HWKEY1\n"
_MAX = 4_096
_LIMITS = {"memory": 2 << 20, "passes": 20, "lanes": 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Argon2id cost: memory in KiB, passes and lanes (RFC 9106)."""

    memory: int = 256 << 10
    passes: int = 3
    lanes: int = 4


def typed_alike(passphrase: bytes) -> bytes:
    """The same bytes however a keyboard composes its letters: NFKD of UTF-8 text."""
    try:
        return unicodedata.normalize("NFKD", passphrase.decode()).encode()
    except UnicodeDecodeError:
        return passphrase


def create(path: Path, *, passphrase: bytes | None, cost: Cost | None = None) -> bytes:
    """Draw a seed and write it; with no *passphrase* it lies plain, mode 0600.

    Raises:
        FileExistsError: a key file is never overwritten.
    """
    seed = secrets.token_bytes(32)
    body = (
        encode([0, seed])
        if passphrase is None
        else _wrap(seed, passphrase, cost or Cost())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(_MAGIC + body)
        out.flush()
        os.fsync(out.fileno())
    return seed


def load(path: Path, *, passphrase: bytes | None) -> bytes:
    """Read the seed back.

    Raises:
        HomeMissingError: there is no such file.
        PassphraseWrongError: the passphrase is missing or does not open it.
        SlotsDamagedError: the file is not what was written.
    """
    try:
        data = path.read_bytes()[: _MAX + 1]
    except FileNotFoundError:
        raise HomeMissingError("there are no keys in this home") from None
    if not data.startswith(_MAGIC):
        raise SlotsDamagedError("this is no key file")
    try:
        body = decode(data[len(_MAGIC) :], cap=_MAX, place="key file")
    except RefusedError:
        raise SlotsDamagedError("the key file is damaged") from None
    match body:
        case [0, bytes(seed)] if len(seed) == 32:  # noqa: PLR2004 a seed
            return seed
        case [1, int(memory), int(passes), int(lanes), bytes(salt), bytes(box)]:
            cost = Cost(memory=memory, passes=passes, lanes=lanes)
            return _unwrap(cost, salt, box, passphrase)
        case _:
            raise SlotsDamagedError("the key file is damaged")


def _stretch(passphrase: bytes, salt: bytes, cost: Cost) -> AESGCM:
    key = Argon2id(
        salt=salt,
        length=32,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory,
    ).derive(typed_alike(passphrase))
    return AESGCM(key)


def _bound(cost: Cost, salt: bytes) -> bytes:
    return encode([1, cost.memory, cost.passes, cost.lanes, salt])


def _wrap(seed: bytes, passphrase: bytes, cost: Cost) -> bytes:
    # A fresh salt makes a fresh key, so one fixed nonce is used once.
    salt = secrets.token_bytes(32)
    box = _stretch(passphrase, salt, cost).encrypt(bytes(12), seed, _bound(cost, salt))
    return encode([1, cost.memory, cost.passes, cost.lanes, salt, box])


def _unwrap(cost: Cost, salt: bytes, box: bytes, passphrase: bytes | None) -> bytes:
    asked = {"memory": cost.memory, "passes": cost.passes, "lanes": cost.lanes}
    if any(not 0 < asked[name] <= most for name, most in _LIMITS.items()):
        raise SlotsDamagedError("the key file asks for an unreasonable cost")
    if passphrase is None:
        raise PassphraseWrongError("this home needs its passphrase")
    try:
        return _stretch(passphrase, salt, cost).decrypt(
            bytes(12), box, _bound(cost, salt)
        )
    except InvalidTag:
        raise PassphraseWrongError("the passphrase does not open this home") from None
    except ValueError:
        raise SlotsDamagedError("the key file is damaged") from None
