"""A SMART Health Link, read without a network: its payload, and files it encrypts.

HL7 SMART Health Cards and Links 1.0.0, "Health Links". The address in a link is never
asked; a file that came by another way opens with the link's key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from wallet.errors import RefusedError
from wallet.keys.direct_cipher import KEY, open_direct
from wallet.records.smart.jose import BrokenError, from_base64url, inflate, read_object

MOST_FILE = 64 << 20  # letters of an encrypted file
MOST_PLAIN = 64 << 20
_MOST_PAYLOAD = 8_192
_MOST_URL = 128
_MOST_LABEL = 80
_LATEST = 100_000_000_000
_SEGMENTS = 5
_LINK = re.compile(r"(?:https://[^\s#]{1,2000}#)?shlink:/([A-Za-z0-9_-]{1,11000})")
_FLAGS = frozenset({"", "L", "P", "U", "LP", "LU"})
KINDS = frozenset(
    {
        "application/smart-health-card",
        "application/fhir+json",
        "application/smart-api-access",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLink:
    """What a link says; ``expires`` is in POSIX seconds, ``key`` 32 bytes."""

    url: str
    flags: str
    label: str
    expires: int | None
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedFile:
    """One file of a link, opened; ``kind`` is its media type, or empty."""

    kind: str
    content: bytes = field(repr=False)


def read_link(text: str) -> HealthLink:
    """Read a link, with or without the address of a viewer before it.

    Raises:
        BrokenError: with the first rule it breaks.
    """
    found = _LINK.fullmatch(text.strip())
    if found is None:
        raise BrokenError("the link is not written as it should be")
    data = from_base64url(found[1], what="the link")
    held = read_object(data, what="the link", most=_MOST_PAYLOAD)
    if held.get("v", 1) != 1:
        raise BrokenError("the link is of another version")
    url = held.get("url")
    if not isinstance(url, str) or not 0 < len(url) <= _MOST_URL:
        raise BrokenError("the link has no address, or one of more than 128 letters")
    if not url.startswith("https://"):
        raise BrokenError("the link's address is not https")
    key = held.get("key")
    secret = from_base64url(key, what="the key") if isinstance(key, str) else b""
    if len(secret) != KEY:
        raise BrokenError("the link's key has not 32 bytes")
    label, flags = held.get("label", ""), held.get("flag", "")
    if not isinstance(label, str) or len(label) > _MOST_LABEL:
        raise BrokenError("the link's name has more than 80 letters")
    if not isinstance(flags, str) or flags not in _FLAGS:
        raise BrokenError("the link has marks that do not go together")
    return HealthLink(
        url=url, flags=flags, label=label, expires=_expires(held.get("exp")), key=secret
    )


def open_file(text: str, *, key: bytes) -> LinkedFile:
    """Decrypt one file of a link: JWE compact, ``dir``, ``A256GCM``, packed or not.

    Raises:
        BrokenError: it is no such file, or another key's.
    """
    parts = text.strip().split(".")
    if len(text) > MOST_FILE or len(parts) != _SEGMENTS:
        raise BrokenError("the file is no encrypted file of a link")
    head = from_base64url(parts[0], what="the header")
    header = read_object(head, what="the header", most=_MOST_PAYLOAD)
    if header.get("alg") != "dir" or header.get("enc") != "A256GCM":
        raise BrokenError("the file is encrypted in another way")
    if "crit" in header or parts[1]:
        raise BrokenError("the file asks for more than is known here")
    if header.get("zip", "DEF") != "DEF":
        raise BrokenError("the file is packed in another way")
    # Older files do not say what they are; their content does.
    kind = header.get("cty", "")
    kind = kind.partition(";")[0].strip() if isinstance(kind, str) else "?"
    if kind and kind not in KINDS:
        raise BrokenError("the file is of a kind that no link has")
    nonce, sealed, tag = (from_base64url(p, what="the file") for p in parts[2:])
    try:
        plain = open_direct(
            sealed, key=key, nonce=nonce, tag=tag, header=parts[0].encode()
        )
    except RefusedError:
        raise BrokenError("the key does not open the file") from None
    if "zip" in header:
        plain = inflate(plain, what="the file", most=MOST_PLAIN)
    return LinkedFile(kind=kind, content=plain)


def _expires(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BrokenError("the end of the link is no time")
    if not 0 < value < _LATEST:
        raise BrokenError("the end of the link is not in seconds")
    return int(value)
