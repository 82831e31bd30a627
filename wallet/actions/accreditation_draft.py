"""An accreditation on its way into the ledger: kept until the board's register has it.

What was logged and not seen covered in time would otherwise stand in the ledger with
nobody who can hand it out or end it. Asked again within a day, a board logs the very
same entry, which keeps its index.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.practitioners.card import AccreditationBody

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "on-its-way"
_CAP = 8_192
_AGAIN = 86_400  # seconds: later it would end noticeably sooner than is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is logged, and what opens its commitment."""

    origin: str
    entry: bytes
    salt: bytes = field(repr=False)
    body: bytes = field(repr=False)


def keep(folder: Path, draft: Draft) -> None:
    """Write it down before it is logged, for this board alone."""
    path = _path(folder, draft.body)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(".part")
    data = encode([draft.origin, draft.entry, draft.salt, draft.body])
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def begun(folder: Path, asked: AccreditationBody, *, origin: str) -> Draft | None:
    """What was begun with the same words less than a day before *asked* begins."""
    try:
        data = _path(folder, asked.encode()).read_bytes()
        match decode(data, cap=_CAP, place="a draft"):
            case [str(at), bytes(entry), bytes(salt), bytes(body)] if at == origin:
                held = AccreditationBody.parse(body)
            case _:
                return None
    except (FileNotFoundError, RefusedError):
        return None
    if not (0 <= asked.begins - held.begins < _AGAIN and _words(held) == _words(asked)):
        return None
    return Draft(origin=origin, entry=entry, salt=salt, body=body)


def drop(folder: Path, draft: Draft) -> None:
    """The register has it now."""
    _path(folder, draft.body).unlink(missing_ok=True)


def _path(folder: Path, body: bytes) -> Path:
    reader = AccreditationBody.parse(body).reader_id
    return folder / _FOLDER / f"{reader.hex()}.cbor"


def _words(body: AccreditationBody) -> tuple[object, ...]:
    lasts = body.ends - body.begins
    return body.name, body.number, body.role, body.reader_id, lasts
