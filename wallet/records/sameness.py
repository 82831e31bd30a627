"""When two resources are the same record, and when one is a newer version of it.

Exact rules only (reference page on health data, D2, rules 1 to 3); whatever is merely
alike stays two records, because a wrong merge hides one of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

_UUID = re.compile(r"(?i)(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNSIGNED = ("meta", "text")
_MOST_IDENTIFIERS = 3
_KEY = 16
_SPACE = 8


class Sameness(NamedTuple):
    """What tells one resource from all others.

    Two resources with the same ``body_hash`` are the same. With one of ``keys`` in
    common and the same ``space`` they are versions of one record. ``by_number`` are
    keys from business identifiers, which count only between different spaces.
    """

    key: bytes
    space: bytes
    by_number: tuple[bytes, ...]
    body_hash: bytes
    updated: str


def sameness(
    resource: dict[str, Any], *, full_url: str, salt: bytes, stable: str = ""
) -> Sameness:
    """Name *resource*; *salt* is the vault's, so that names mean nothing elsewhere.

    *stable* is what its source calls it in every file, where the resource was worked
    out from another format.
    """
    rtype = resource["resourceType"]
    digest = body_hash(resource)
    meta = resource.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    given = resource.get("id")
    given = given if isinstance(given, str) and given else ""
    if stable:
        name, space = f"stable\0{stable}", "everywhere"
    elif given and _UUID.fullmatch(given):
        name, space = f"id\0{given.lower()}", "everywhere"
    elif full_url.startswith(("http://", "https://")):
        tail = f"/{rtype}/{given}"
        base = full_url.removesuffix(tail) if given else full_url
        name, space = f"id\0{given}", base
    elif given:
        # A bare number means nothing outside its source; what the record is about
        # has to agree as well.
        name, space = f"id\0{given}", _source(meta) + "\0" + _anchor(resource)
    elif _UUID.fullmatch(full_url):
        name, space = f"id\0{full_url[9:].lower()}", "everywhere"
    else:
        name, space = f"body\0{digest.hex()}", ""
    return Sameness(
        _hash(salt, f"{rtype}\0{name}", _KEY),
        _hash(salt, space, _SPACE),
        tuple(_numbers(resource, salt)),
        digest,
        updated if isinstance(updated, str) else "",
    )


def body_hash(resource: dict[str, Any]) -> bytes:
    """SHA-256 of what the resource says, without its narrative and its version stamp.

    Security labels count: a label that changes is a change.
    """
    said = {key: held for key, held in resource.items() if key not in _UNSIGNED}
    meta = resource.get("meta")
    if isinstance(meta, dict) and "security" in meta:
        said["meta"] = meta["security"]
    return hashlib.sha256(canonical(said)).digest()


def canonical(value: object) -> bytes:
    """One spelling for equal JSON: keys sorted, numbers as they were written."""
    try:
        return orjson.dumps(value, default=_number, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(value, default=_number, sort_keys=True).encode()


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    raise TypeError


def _hash(salt: bytes, text: str, size: int) -> bytes:
    given = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(given, key=salt, digest_size=size).digest()


def _source(meta: object) -> str:
    source = meta.get("source") if isinstance(meta, dict) else None
    # Servers put the number of the request behind a hash sign.
    return source.partition("#")[0] if isinstance(source, str) else ""


def _anchor(resource: dict[str, Any]) -> str:
    """What a later version of the same record still says."""
    subject = resource.get("subject") or resource.get("patient")
    kept = [
        subject.get("reference") if isinstance(subject, dict) else None,
        _first_code(resource),
        resource.get("birthDate"),
    ]
    return json.dumps(kept, default=str)


def _first_code(resource: dict[str, Any]) -> object:
    for key in ("code", "medicationCodeableConcept", "vaccineCode", "type"):
        concept = resource.get(key)
        coding = concept.get("coding") if isinstance(concept, dict) else None
        if isinstance(coding, list) and coding and isinstance(coding[0], dict):
            return [coding[0].get("system"), coding[0].get("code")]
        if isinstance(concept, dict) and isinstance(concept.get("text"), str):
            return concept["text"]
    return None


def _numbers(resource: dict[str, Any], salt: bytes) -> list[bytes]:
    held = resource.get("identifier")
    found = []
    for one in held if isinstance(held, list) else ():
        system = one.get("system") if isinstance(one, dict) else None
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(system, str) and isinstance(value, str) and system and value:
            when = next(
                (v for k, v in resource.items() if k.endswith(("DateTime", "Period"))),
                None,
            )
            about = json.dumps([_anchor(resource), when], default=str)
            name = f"{resource['resourceType']}\0no\0{system}\0{value}\0{about}"
            found.append(_hash(salt, name, _KEY))
    return found[:_MOST_IDENTIFIERS]
