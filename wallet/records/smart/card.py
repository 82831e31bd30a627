"""A SMART Health Card: a signed bundle of records, believed only if every rule holds.

HL7 SMART Health Cards and Links 1.0.0, "Health Cards". A signature alone is not
enough: an issuer without https, a time in milliseconds, bytes behind the end or a key
under a foreign name all verify. Nothing is fetched, neither keys nor revocations.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wallet.errors import RefusedError
from wallet.keys.ecdsa import SIGNATURE, verify_es256
from wallet.records.smart.issuers import check_iss
from wallet.records.smart.jose import BrokenError, from_base64url, inflate, read_object

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.records.smart.issuers import Issuers

MOST_CARD = 1 << 20  # letters of one card
_MOST_HEADER = 4_096
_MOST_PAYLOAD = 5 << 20  # bytes when unpacked
_SEGMENTS = 3
_HEALTH_CARD = "https://smarthealth.cards#health-card"
_RELEASES = ("4.0", "4.3")
# A time of more digits is in milliseconds: 10^11 seconds are the year 5138.
_LATEST = 100_000_000_000


class Standing(StrEnum):
    """How far a card can be believed."""

    VERIFIED = "verified"
    """Its signature fits a key of an issuer on the list, and it holds now."""

    UNKNOWN_ISSUER = "unknown_issuer"
    """Whole and well formed, but nobody on the list signed it."""

    EXPIRED = "expired"
    """Signed by an issuer on the list; the card says it has run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCard:
    """What a card says; times are POSIX seconds. ``bundle`` is FHIR R4."""

    iss: str
    issuer: str
    kid: str
    issued: int
    expires: int | None
    standing: Standing
    bundle: dict[str, Any]


def read_card(text: str, *, issuers: Issuers, now: datetime) -> HealthCard:
    """Read one card in JWS compact form and judge it.

    Raises:
        BrokenError: it breaks a rule, or the signature of a listed issuer is wrong;
            then nothing in it is to be believed.
    """
    if len(text) > MOST_CARD:
        raise BrokenError("the card is too large")
    parts = text.split(".")
    if len(parts) != _SEGMENTS:
        raise BrokenError("the card has not three parts")
    kid = _header(parts[0])
    signature = from_base64url(parts[2], what="the signature")
    if len(signature) != SIGNATURE:
        raise BrokenError("the signature has not 64 bytes")
    packed = from_base64url(parts[1], what="the content")
    plain = inflate(packed, what="the content", most=_MOST_PAYLOAD)
    payload = read_object(plain, what="the content", most=_MOST_PAYLOAD)
    read = read_payload(payload)
    known = issuers.by_iss.get(read.iss)
    if known is None:
        return _card(read, kid, "", Standing.UNKNOWN_ISSUER)
    key = known.keys.get(kid)
    if key is None:
        raise BrokenError("the issuer has no such key")
    try:
        signed = f"{parts[0]}.{parts[1]}".encode()
        verify_es256(x=key.x, y=key.y, message=signed, signature=signature)
    except RefusedError:
        raise BrokenError("the signature does not fit") from None
    seconds = int(now.timestamp())
    if read.issued > seconds:
        raise BrokenError("the card is not valid yet")
    over = read.expires is not None and read.expires <= seconds
    return _card(read, kid, known.name, Standing.EXPIRED if over else Standing.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The signed content of a card, without who may vouch for it."""

    iss: str
    issued: int
    expires: int | None
    bundle: dict[str, Any]


def read_payload(payload: dict[str, Any]) -> Payload:
    """Hold what a card says against the rules for its content.

    Raises:
        BrokenError: with the first rule it breaks.
    """
    iss = check_iss(payload.get("iss"))
    issued = _seconds(payload.get("nbf"), "the beginning")
    expires = payload.get("exp")
    until = None if expires is None else _seconds(expires, "the end")
    if until is not None and until <= issued:
        raise BrokenError("the card ends before it begins")
    said = payload.get("vc")
    kinds = said.get("type") if isinstance(said, dict) else None
    if not isinstance(kinds, list) or _HEALTH_CARD not in kinds:
        raise BrokenError("the card is no health card")
    subject = said.get("credentialSubject") if isinstance(said, dict) else None
    if not isinstance(subject, dict):
        raise BrokenError("the card has no content")
    release, bundle = subject.get("fhirVersion"), subject.get("fhirBundle")
    if not isinstance(release, str) or not release.startswith(_RELEASES):
        raise BrokenError("the records are in another release of FHIR")
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise BrokenError("the card has no bundle of records")
    if not isinstance(bundle.get("entry"), list):
        raise BrokenError("the card has no records")
    return Payload(iss=iss, issued=issued, expires=until, bundle=bundle)


def _card(read: Payload, kid: str, issuer: str, standing: Standing) -> HealthCard:
    return HealthCard(
        iss=read.iss,
        issuer=issuer,
        kid=kid,
        issued=read.issued,
        expires=read.expires,
        standing=standing,
        bundle=read.bundle,
    )


def _header(part: str) -> str:
    """The key's id, from a header that says nothing but what it must."""
    data = from_base64url(part, what="the header")
    header = read_object(data, what="the header", most=_MOST_HEADER)
    if header.get("alg") != "ES256":
        raise BrokenError("the card is signed in another way than ES256")
    if header.get("zip") != "DEF":
        raise BrokenError("the card is not packed with DEF")
    if "crit" in header:
        raise BrokenError("the card asks for more than is known here")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise BrokenError("the card names no key")
    return kid


def _seconds(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BrokenError(f"{what} of the card is no time")
    if not 0 < value < _LATEST:
        raise BrokenError(f"{what} of the card is not in seconds")
    return int(value)
