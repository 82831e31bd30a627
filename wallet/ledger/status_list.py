"""The states as an IETF Token Status List, for readers of credentials that know those.

draft-ietf-oauth-status-list: two bits an entry, least significant first, zlib; the
values are the same (0 valid, 1 invalid, 2 suspended, 3 application specific). Such a
token is its signer's word at one moment: it carries no proof, and nothing here is
decided from one.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import encode
from wallet.keys.signing import key_id
from wallet.statement import assemble

if TYPE_CHECKING:
    from wallet.keys.signing import Signer
    from wallet.ledger.status_vector import StatusVector

BITS = 2
_PER_BYTE = 4
_EDDSA = -8  # RFC 9053; its readers do not know RFC 9864 yet
_TYPE_HEADER = 16  # RFC 9596
_SUB, _EXP, _IAT, _TTL, _LIST = 2, 4, 6, 65_534, 65_533
_MAP_OF_FIVE = b"\xa5"
_LST, _BITS = b"\x63lst", b"\x64bits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a token says besides the list: its own address, and POSIX seconds.

    *uri* is where it will lie, which every credential that points to it repeats;
    *ttl* how long a copy may be kept before asking again.
    """

    uri: str
    issued: int
    expires: int
    ttl: int


def compressed(vector: StatusVector) -> bytes:
    """The list of the covered entries as one zlib stream (section 4.1)."""
    size = -(-vector.head.root.covered // _PER_BYTE)
    return zlib.compress(vector.packed[:size], 9)


def write_jwt(signer: Signer, vector: StatusVector, terms: Terms) -> bytes:
    """A Status List Token as a compact JWS (section 5.1), EdDSA."""
    header = {
        "alg": "EdDSA",
        "kid": key_id(signer.public).hex(),
        "typ": "statuslist+jwt",
    }
    claims = {
        "exp": terms.expires,
        "iat": terms.issued,
        "status_list": {"bits": BITS, "lst": _base64url(compressed(vector)).decode()},
        "sub": terms.uri,
        "ttl": terms.ttl,
    }
    parts = [_base64url(_json(part)) for part in (header, claims)]
    signed = b".".join(parts)
    return signed + b"." + _base64url(signer.sign(signed))


def write_cwt(signer: Signer, vector: StatusVector, terms: Terms) -> bytes:
    """A Status List Token as a COSE_Sign1 (section 5.2), EdDSA."""
    protected = encode(
        {
            1: _EDDSA,
            4: key_id(signer.public),
            _TYPE_HEADER: "application/statuslist+cwt",
        }
    )
    payload = _MAP_OF_FIVE + b"".join(
        encode(key) + value
        for key, value in (
            (_SUB, encode(terms.uri)),
            (_EXP, encode(terms.expires)),
            (_IAT, encode(terms.issued)),
            (_LIST, _status_list(compressed(vector))),
            (_TTL, encode(terms.ttl)),
        )
    )
    signed = encode(["Signature1", protected, b"", payload])
    return assemble(protected=protected, payload=payload, signature=signer.sign(signed))


def _status_list(lst: bytes) -> bytes:
    """The map {"lst", "bits"}: its keys are text, which our own maps never have."""
    return b"\xa2" + _LST + encode(lst) + _BITS + encode(BITS)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
