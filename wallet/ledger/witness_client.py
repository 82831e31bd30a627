"""What a witness says at its monitoring endpoint. Nothing of it is believed yet.

C2SP tlog-witness, and beside the checkpoint of each log a list of the notes that were
turned away there, with a file for each (`fork`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from wallet.errors import TurnedAwayError, UnreachableError
from wallet.ledger.clock import from_seconds
from wallet.ledger.fork import MAX_FORK
from wallet.ledger.sources import mirror_prefix

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.ledger.fetch import Http

_MAX_ABOUT, _MAX_LIST = 1 << 17, 1 << 14
_MOST = 64
_MAX_SECONDS = 253_402_300_799
_NAME = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a witness says of itself."""

    name: str
    vkey: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One note that it turned away: what it had seen, sizes in entries."""

    seen: int
    size: int
    proven: bool
    at: datetime
    name: str


class WitnessClient:
    """One witness."""

    def __init__(self, url: str, http: Http) -> None:
        """*url* is the address its places are below."""
        self._url, self._http = url.rstrip("/"), http

    def about(self) -> About | None:
        """Who it is; None where no witness answers.

        Raises:
            UnreachableError: nobody answers, or no such answer.
        """
        try:
            said = self._json(f"{self._url}/witness.json", cap=_MAX_ABOUT)
        except TurnedAwayError:
            return None
        match said:
            case {"name": str(name), "vkey": str(vkey), **more}:
                logs = more.get("logs", [])  # an older witness names none
                return About(name=name, vkey=vkey, origins=_origins(logs))
            case _:
                raise UnreachableError("witness", "no such answer")

    def forks(self, origin: str) -> list[Told]:
        """What it turned away of a log; nothing where it keeps no such list.

        Raises:
            UnreachableError, TurnedAwayError: it does not tell.
        """
        try:
            said = self._json(f"{self._place(origin)}/forks", cap=_MAX_LIST)
        except TurnedAwayError as turned:
            if turned.status != HTTPStatus.NOT_FOUND:
                raise
            return []
        if not isinstance(said, list) or len(said) > _MOST:
            raise UnreachableError("witness", "no such answer")
        return [_told(row) for row in said]

    def fork_file(self, origin: str, name: str) -> bytes:
        """Both notes of one; raises as `forks`."""
        return self._http.get(f"{self._place(origin)}/forks/{name}", cap=MAX_FORK)

    def _place(self, origin: str) -> str:
        return mirror_prefix(self._url, origin)

    def _json(self, url: str, *, cap: int) -> object:
        try:
            read: object = orjson.loads(self._http.get(url, cap=cap))
        except orjson.JSONDecodeError:
            raise UnreachableError("witness", "no such answer") from None
        return read


def _origins(logs: object) -> tuple[str, ...]:
    if not isinstance(logs, list):
        raise UnreachableError("witness", "no such answer")
    found = []
    for one in logs:
        match one:
            case {"origin": str(origin)}:
                found.append(origin)
            case _:
                raise UnreachableError("witness", "no such answer")
    return tuple(found)


def _told(row: object) -> Told:
    match row:
        case {
            "seen": int(seen),
            "size": int(size),
            "proven": bool(proven),
            "at": int(at),
            "name": str(name),
        } if min(seen, size) >= 0 and 0 <= at <= _MAX_SECONDS and _NAME.fullmatch(name):
            return Told(
                seen=seen, size=size, proven=proven, at=from_seconds(at), name=name
            )
        case _:
            raise UnreachableError("witness", "no such answer")
