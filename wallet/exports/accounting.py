"""An accounting of disclosures: who was given access and who looked, with the proofs.

A JSON object that a person can open in any editor and a stranger can check (`heartwood
verify FILE`; `accounting_reader` reads it). Times are RFC 3339 in UTC, bytes are
lower-case hex, a proof is a C2SP tlog-proof as text. Every object has exactly its
members; null stands where there is nothing. Version 1:

    accounting    1
    made, from, to           when it was made; the span asked for, each end or null
    permissions   a list:
      reader, role           with whom, in the wallet's words
      purpose, begins, ends  what was permitted
      records                {class: count} as the wallet counted them, or null
      shared                 when it was signed
      origin, entry, proof   where it was logged, the entry, its proof or null
      end                    null, or {kind, at, entry, proof}: what ended it
    openings      a list:
      permission             its place in the list above
      kind                   opened, or asked where nothing was released for it
      at                     when
      who, staff, purpose    as the reader signed it, or null: nobody's name stands
      manner                 relay or offline, or null
      entry, proof           the receipt in the ledger, its proof or null
      sealed                 SHA-256 of the sealed details, or null
      details, card          what the reader signed, and its card, or null
      licence                null, or {origin, entry, proof}: the board's word on it

Nothing in it opens a record, a permission or a package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
FIRST = b'{\n "accounting": '
MAX_ACCOUNTING = 32 << 20
OPENED, ASKED = "opened", "asked"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An entry of the ledger *origin*, and the proof that it stands there, if any."""

    origin: str
    entry: bytes
    proof: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What ended a permission: ``withdrawn`` or ``replaced``."""

    kind: str
    at: datetime
    logged: Logged


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One permission."""

    reader: str
    role: str
    purpose: str
    begins: datetime
    ends: datetime
    records: Mapping[str, int] | None
    shared: datetime
    logged: Logged
    end: Ended | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the reader itself signed of an opening; *licence* stands behind its card."""

    who: str
    staff: str | None
    purpose: str
    manner: str
    sealed: bytes
    details: bytes
    card: bytes
    licence: Logged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One receipt under permission number *permission*; *named* if a name stands."""

    permission: int
    kind: str
    at: datetime
    logged: Logged
    named: Named | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """All of it; *begins* and *ends* bound what was asked for, each or neither."""

    made: datetime
    begins: datetime | None
    ends: datetime | None
    permissions: tuple[Shared, ...]
    openings: tuple[Opening, ...]


def digest(sealed: bytes) -> bytes:
    """What stands for sealed details: SHA-256."""
    return sha256(sealed).digest()


def about(permissions: int, openings: int) -> str:
    """So many of each, in words."""
    one = "1 permission" if permissions == 1 else f"{permissions} permissions"
    return f"{one} and " + ("1 opening" if openings == 1 else f"{openings} openings")


def write(told: Accounting) -> bytes:
    """The file."""
    said = {
        "accounting": VERSION,
        "made": _rfc3339(told.made),
        "from": None if told.begins is None else _rfc3339(told.begins),
        "to": None if told.ends is None else _rfc3339(told.ends),
        "permissions": [_shared(one) for one in told.permissions],
        "openings": [_opening(one) for one in told.openings],
    }
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


def _rfc3339(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):{_TIME}}"


def _shared(one: Shared) -> dict[str, Any]:
    end = one.end
    return {
        "reader": one.reader,
        "role": one.role,
        "purpose": one.purpose,
        "begins": _rfc3339(one.begins),
        "ends": _rfc3339(one.ends),
        "records": None if one.records is None else dict(one.records),
        "shared": _rfc3339(one.shared),
        "origin": one.logged.origin,
        **_logged(one.logged),
        "end": None
        if end is None
        else {"kind": end.kind, "at": _rfc3339(end.at), **_logged(end.logged)},
    }


def _opening(one: Opening) -> dict[str, Any]:
    named = one.named
    licence = None if named is None else named.licence
    return {
        "permission": one.permission,
        "kind": one.kind,
        "at": _rfc3339(one.at),
        "who": None if named is None else named.who,
        "staff": None if named is None else named.staff,
        "purpose": None if named is None else named.purpose,
        "manner": None if named is None else named.manner,
        **_logged(one.logged),
        "sealed": None if named is None else named.sealed.hex(),
        "details": None if named is None else named.details.hex(),
        "card": None if named is None else named.card.hex(),
        "licence": None
        if licence is None
        else {"origin": licence.origin, **_logged(licence)},
    }


def _logged(one: Logged) -> dict[str, Any]:
    proof = None if one.proof is None else one.proof.decode()
    return {"entry": one.entry.hex(), "proof": proof}
