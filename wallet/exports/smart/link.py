"""A SMART Health Link whose file travels by hand: the link, and the file it opens.

HL7 SMART Health Cards and Links 1.0.0, "Health Links". Flag ``U`` says that the link
leads to one file. No server has this one: its address is under a name that by RFC 6761
can never lead anywhere, so that no reader tells a stranger that it was opened.
"""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass, field

from wallet.exports.naming import to_json
from wallet.keys.direct_cipher import new_key, seal_direct
from wallet.records.smart.jose import to_base64url

NOWHERE = "https://offline.invalid"
_RANDOM = 32  # bytes of an address (the specification: at least 256 bits)
_WINDOW = -15


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The text of a link and the file it opens; the text is the key to it."""

    text: str = field(repr=False)
    file: bytes = field(repr=False)


def seal(content: bytes, *, kind: str, label: str) -> Link:
    """Encrypt *content* under a key of its own (JWE ``dir``, ``A256GCM``, packed).

    Args:
        content: The file.
        kind: Its media type, such as ``application/fhir+json``.
        label: What it is called, at most 80 letters; anybody with the link reads it.
    """
    key = new_key()
    header = to_json({"alg": "dir", "enc": "A256GCM", "cty": kind, "zip": "DEF"})
    head = to_base64url(header)
    packing = zlib.compressobj(9, zlib.DEFLATED, _WINDOW)
    packed = packing.compress(content) + packing.flush()
    sealed = seal_direct(packed, key=key, header=head.encode())
    parts = (to_base64url(part) for part in sealed)
    address = f"{NOWHERE}/{to_base64url(secrets.token_bytes(_RANDOM))}"
    payload = {
        "url": address,
        "key": to_base64url(key),
        "flag": "U",
        "label": label,
        "v": 1,
    }
    return Link(
        text=f"shlink:/{to_base64url(to_json(payload))}",
        file=".".join((head, "", *parts)).encode(),
    )
