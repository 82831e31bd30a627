"""Who may have signed a SMART Health Card: issuers a person trusts, with their keys.

The file is a snapshot of an issuer directory as VCI publishes it: ``issuerInfo`` with
``issuer`` {``iss``, ``name``} and ``keys`` (JWK, RFC 7517). It is read from disk and
never fetched; a card of anybody else comes in with the remark that nobody vouches.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wallet.keys.ecdsa import COORDINATE
from wallet.records.smart.jose import (
    BrokenError,
    from_base64url,
    read_object,
    to_base64url,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 32 << 20
_MOST_URL = 2_048
_MUST = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public P-256 key; ``kid`` is its thumbprint (RFC 7638), checked."""

    kid: str
    x: bytes
    y: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer: its address, which is its name in cards, and what it is called."""

    iss: str
    name: str
    keys: Mapping[str, IssuerKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuers:
    """Everybody whose cards are believed."""

    by_iss: Mapping[str, Issuer] = field(default_factory=dict)

    @staticmethod
    def parse(data: bytes) -> Issuers:
        """Read a directory snapshot; a key that breaks a rule is left out.

        Raises:
            BrokenError: it is no such file, or an issuer's address is none.
        """
        held = read_object(data, what="the list of issuers", most=_MOST)
        rows = held.get("issuerInfo")
        if not isinstance(rows, list):
            raise BrokenError("the list of issuers has no issuers")
        found = [_issuer(row) for row in rows]
        return Issuers(by_iss={issuer.iss: issuer for issuer in found})


def check_iss(iss: object) -> str:
    """An issuer's address as the specification wants it.

    Raises:
        BrokenError: it is not https, ends in a slash, or has more than an address.
    """
    if not isinstance(iss, str) or len(iss) > _MOST_URL:
        raise BrokenError("the issuer is no address")
    if not iss.startswith("https://"):
        raise BrokenError("the issuer's address is not https")
    if iss.endswith("/"):
        raise BrokenError("the issuer's address ends in a slash")
    host = iss.removeprefix("https://").partition("/")[0]
    if not host or not iss.isascii() or any(c in iss for c in "?#@\\ \t\r\n"):
        raise BrokenError("the issuer is no address")
    return iss


def key_of(jwk: object) -> IssuerKey:
    """Read one JWK of a SMART issuer.

    Raises:
        BrokenError: another kind of key, a private one, or a ``kid`` of its own.
    """
    if not isinstance(jwk, dict):
        raise BrokenError("a key is no key")
    for name, value in _MUST.items():
        if jwk.get(name) != value:
            raise BrokenError(f"a key has another {name}")
    if "d" in jwk:
        raise BrokenError("a key is not public")
    x, y, kid = jwk.get("x"), jwk.get("y"), jwk.get("kid")
    if not isinstance(x, str) or not isinstance(y, str) or not isinstance(kid, str):
        raise BrokenError("a key is not whole")
    if kid != thumbprint(x, y):
        raise BrokenError("a key's id is not its thumbprint")
    key = IssuerKey(
        kid=kid, x=from_base64url(x, what="a key"), y=from_base64url(y, what="a key")
    )
    if len(key.x) != COORDINATE or len(key.y) != COORDINATE:
        raise BrokenError("a key is not whole")
    return key


def thumbprint(x: str, y: str) -> str:
    """The name of a P-256 key by its coordinates. RFC 7638 3."""
    named = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    text = json.dumps(named, separators=(",", ":"), sort_keys=True)
    return to_base64url(hashlib.sha256(text.encode()).digest())


def _issuer(row: object) -> Issuer:
    who = row.get("issuer") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(who, dict):
        raise BrokenError("the list of issuers has a line that is no issuer")
    iss, name = check_iss(who.get("iss")), who.get("name")
    return Issuer(
        iss=iss,
        name=name if isinstance(name, str) else iss,
        keys=_keys(row.get("keys")),
    )


def _keys(jwks: Any) -> dict[str, IssuerKey]:  # noqa: ANN401 JSON
    found = {}
    for jwk in jwks if isinstance(jwks, list) else ():
        try:
            key = key_of(jwk)
        except BrokenError:
            continue
        found[key.kid] = key
    return found
