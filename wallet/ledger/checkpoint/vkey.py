"""Verifier keys: who signs, with which public key of which kind.

C2SP signed-note 1.0.0, "Verifier keys" and "Signature types", at commit 5ba5ee8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Self

from wallet.errors import RefusedError
from wallet.keys import mldsa, signing
from wallet.verdict import Reason

LOG_KIND = 0x01  # Ed25519 over the note text
COSIGNATURE_KIND = 0x04  # Ed25519 over cosignature/v1
MLDSA_KIND = 0x06  # ML-DSA-44 over subtree/v1
# A log signs its own notes as its witnesses do, if it likes, but not in place of them.
LOG_KINDS = (LOG_KIND, MLDSA_KIND)
COSIGNING_KINDS = (COSIGNATURE_KIND, MLDSA_KIND)
ID_SIZE = 4
_CHECKS = {
    LOG_KIND: signing.check_public,
    COSIGNATURE_KIND: signing.check_public,
    MLDSA_KIND: mldsa.check_public,
}
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME+ID+KEY.

        Raises:
            RefusedError: ``malformed``, ``unknown_version`` for another kind of key,
                ``signature_wrong`` for a key never to be accepted.
        """
        match text.split("+", 2):
            case [name, claimed, encoded] if is_name(name):
                data = strict_base64(encoded, place="verifier key")
            case _:
                raise RefusedError(Reason.MALFORMED, "verifier key")
        kind, public = (data[0] if data else 0), data[1:]
        if _KEY_ID.fullmatch(claimed) is None:
            raise RefusedError(Reason.MALFORMED, "verifier key id")
        if kind not in _CHECKS:
            raise RefusedError(Reason.UNKNOWN_VERSION, "verifier key kind")
        _CHECKS[kind](public, place="verifier key")
        key_id = _key_id(name, kind, public)
        if key_id.hex() != claimed:
            raise RefusedError(Reason.MALFORMED, "verifier key id")
        return cls(name, key_id, kind, public)

    @property
    def text(self) -> str:
        """NAME+ID+KEY, as policies carry it."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def vkey_for(name: str, kind: int, public: bytes) -> Vkey:
    """Make the verifier key of a public key.

    Raises:
        ValueError: The name cannot stand in a note, or the kind is not known here.
        RefusedError: The key must never be accepted.
    """
    if not is_name(name) or kind not in _CHECKS:
        raise ValueError("no such verifier key")
    _CHECKS[kind](public, place="verifier key")
    return Vkey(name, _key_id(name, kind, public), kind, public)


def is_name(name: str) -> bool:
    """Whether a key or an origin may be called so: not empty, no spaces, no plus."""
    return bool(name) and "+" not in name and name.isprintable() and " " not in name


def strict_base64(text: str, *, place: str) -> bytes:
    """Decode the one standard encoding, padded (RFC 4648 4).

    Raises:
        RefusedError: ``malformed``, naming *place*.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise RefusedError(Reason.MALFORMED, place) from None
    if base64.b64encode(data).decode() != text:
        raise RefusedError(Reason.MALFORMED, place)
    return data


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    named = name.encode() + b"\n" + bytes([kind]) + public
    return hashlib.sha256(named).digest()[:ID_SIZE]
