"""The ledger over HTTP: a plain ASGI application. Callers' addresses are never read.

    GET  /checkpoint              the newest published note
    GET  /tile/L/N[.p/W]          hashes (C2SP tlog-tiles)
    GET  /tile/entries/N[.p/W]    entries
    POST /v1/entries              one raw entry or many (`posts`) -> {"index": n}
    GET  /log.json                origin, vkey, operator, difficulty, policy
    GET  /health, /metrics        how it does, see `health`
    GET  /status/..., /v1/...     states and proofs, see `status_http`

A refusal is one line of text; 503 says in Retry-After when to ask again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import orjson

from wallet.errors import TurnedAwayError
from wallet.ledger.tiles import parse_path
from wallet.server.http.asgi import (
    BYTES,
    FOREVER,
    JSON,
    TEXT,
    answer,
    nowhere,
)
from wallet.server.http.prometheus import PROMETHEUS
from wallet.server.log.posts import Posts
from wallet.server.log.published import PATIENCE, Published

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from wallet.server.http.asgi import Receive, Scope, Send
    from wallet.server.log.admission import Admission
    from wallet.server.log.health import Health
    from wallet.server.log.sequencer import Sequencer
    from wallet.server.log.status_http import StatusApp
    from wallet.server.log.storage import Storage

_Answer = TypeVar("_Answer")


class ReadBy(Protocol):
    """Runs one look into the storage: here, or where waiting holds nobody up."""

    def __call__(self, look: Callable[[], _Answer], /) -> Coroutine[Any, Any, _Answer]:
        """What *look* answers."""


async def at_once(look: Callable[[], _Answer], /) -> _Answer:
    """Read a file of this machine: not worth another thread."""
    return look()


class LedgerApp:
    """The ASGI application of one ledger."""

    def __init__(
        self,
        *,
        storage: Storage,
        admission: Admission,
        sequencer: Sequencer,
        status: StatusApp,
        health: Health,
        about: Mapping[str, Any],
        read_by: ReadBy = at_once,
    ) -> None:
        """*about* is what log.json says, besides the difficulty."""
        self._storage = storage
        self._admission = admission
        self._status = status
        self._health = health
        self._about = about
        self._read_by = read_by
        self._posts = Posts(
            admission=admission,
            sequencer=sequencer,
            published=Published(storage, patience=PATIENCE),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        match [scope["method"], *scope["path"].split("/")[1:]]:
            case ["GET", "checkpoint"]:
                note = await self._read_by(self._checkpoint)
                await answer(send, note, kind=TEXT)
            case ["GET", "tile", *_]:
                path = scope["path"][1:]
                file = await self._read_by(lambda: self._file(path))
                await answer(send, file, kind=BYTES, keep=FOREVER)
            case ["POST", "v1", "entries"]:
                await self._posts(scope, receive, send)
            case ["GET", "log.json"]:
                said = {**self._about, "difficulty": self._admission.difficulty}
                await answer(send, orjson.dumps(said), kind=JSON)
            case ["GET", "health"]:
                healthy, said = await self._health.said()
                status = 200 if healthy else 503
                await answer(send, orjson.dumps(said), kind=JSON, status=status)
            case ["GET", "metrics"]:
                figures = await self._health.metrics()
                await answer(send, figures.encode(), kind=PROMETHEUS)
            case ["GET", "status" | "v1", first, *_] if first != "entries":
                await self._status(scope, send)
            case _:
                raise nowhere(scope, _method(scope["path"]))

    def _checkpoint(self) -> bytes:
        note = self._storage.published
        if note is None:
            raise TurnedAwayError(404, "nothing is published yet")
        return note

    def _file(self, path: str) -> bytes:
        try:
            level, n, width = parse_path(path)
        except ValueError:
            raise TurnedAwayError(404, "no such tile") from None
        if n >= 1 << 55:
            raise TurnedAwayError(404, "no such tile")
        if level is None:
            found = self._storage.bundle(n, width)
        else:
            found = self._storage.tile(level, n, width)
        if found is None:
            raise TurnedAwayError(404, "no such tile")
        return found


def _method(path: str) -> str | None:
    """The method of a place, or None where there is none."""
    match path.split("/")[1:]:
        case ["v1", "entries"]:
            return "POST"
        case ["checkpoint" | "log.json" | "health" | "metrics"]:
            return "GET"
        case ["tile" | "status" | "v1", *_]:
            return "GET"
        case _:
            return None
