"""A SMART Health Card the patient makes: signed once, and true to who signed it.

HL7 SMART Health Cards and Links 1.0.0, "Health Cards": JWS compact, ES256, the payload
packed with raw DEFLATE. The framework wants an issuer with an address where its keys
lie. A patient has none, and a card must not seem to come from a laboratory: the issuer
is `SELF`, under a name that by RFC 6761 can never lead anywhere, and the key signs one
card and is forgotten. Every reader will call the issuer unknown, as it should.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.exports.naming import to_json
from wallet.exports.smart.payload import FHIR, HEALTH_CARD, bundle
from wallet.keys.ecdsa import OneTimeSigner
from wallet.records.smart.code import MOST_SINGLE
from wallet.records.smart.issuers import thumbprint
from wallet.records.smart.jose import to_base64url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Json = Any

SELF = "https://self-attested.invalid"
_WINDOW = -15  # of zlib: DEFLATE without a head
_SIGNATURE_LETTERS = 86
_HEADER_LETTERS = 108


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card and the public key that its signature fits (JWK)."""

    jws: str
    jwk: dict[str, str]


def cards(
    patient: dict[str, Json],
    said: Sequence[dict[str, Json]],
    *,
    kind: str,
    made_at: datetime,
) -> list[Card]:
    """Cards that hold all of *said* in its order, each small enough for one picture.

    Args:
        patient: The person as FHIR Patient.
        said: Entries of `payload`, all of one *kind*.
        kind: A type of the framework, such as `payload.IMMUNIZATION`.
        made_at: When they were made.
    """
    made: list[Card] = []
    rest = list(said)
    while rest:
        count = _how_many(patient, rest, kind, made_at)
        made.append(_card(_payload(patient, rest[:count], kind, made_at)))
        rest = rest[count:]
    return made


def _how_many(
    patient: dict[str, Json],
    said: list[dict[str, Json]],
    kind: str,
    made_at: datetime,
) -> int:
    """How many of *said* fit one picture; at least one, which may be too large."""
    count = 1
    while count < len(said):
        packed = _pack(_payload(patient, said[: count + 1], kind, made_at))
        letters = _HEADER_LETTERS + len(to_base64url(packed)) + _SIGNATURE_LETTERS + 2
        if letters > MOST_SINGLE:
            break
        count += 1
    return count


def _payload(
    patient: dict[str, Json],
    said: list[dict[str, Json]],
    kind: str,
    made_at: datetime,
) -> bytes:
    content = {
        "iss": SELF,
        "nbf": int(made_at.timestamp()),
        "vc": {
            "type": [HEALTH_CARD, kind],
            "credentialSubject": {
                "fhirVersion": FHIR,
                "fhirBundle": bundle(patient, said),
            },
        },
    }
    return to_json(content)


def _pack(data: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, _WINDOW)
    return packing.compress(data) + packing.flush()


def _card(payload: bytes) -> Card:
    signer = OneTimeSigner.new()
    x, y = to_base64url(signer.x), to_base64url(signer.y)
    kid = thumbprint(x, y)
    header = to_json({"zip": "DEF", "alg": "ES256", "kid": kid})
    signed = f"{to_base64url(header)}.{to_base64url(_pack(payload))}"
    signature = to_base64url(signer.sign(signed.encode()))
    fixed = {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256"}
    return Card(jws=f"{signed}.{signature}", jwk={**fixed, "kid": kid, "x": x, "y": y})
