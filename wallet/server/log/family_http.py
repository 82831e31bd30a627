"""Several logs of one network at one address, each below its own path.

    ANY  /registry/...            the register, as `http` has it
    ANY  /consent/2027h1/...      one consent shard
    GET  /family.json             which there are, and what each still takes
    GET  /health                  200 while every log that should takes entries

A log that was taken down under the published retention policy answers 410, but for its
last checkpoint and its log.json.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from wallet.errors import TurnedAwayError
from wallet.server.http.asgi import JSON, TEXT, answer, nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wallet.server.http.asgi import App, Receive, Scope, Send


class FamilyApp:
    """Hands each request to the log it names."""

    def __init__(
        self,
        logs: Mapping[str, App],
        *,
        about: Callable[[], dict[str, Any]],
        is_healthy: Callable[[], bool],
    ) -> None:
        """*logs* by their path below the network; *about* is what family.json says."""
        self._logs, self._about, self._is_healthy = logs, about, is_healthy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        path = scope["path"]
        for place, app in self._logs.items():
            if path.startswith(f"/{place}/"):
                below = {**scope, "path": path[1 + len(place) :]}
                await app(below, receive, send)
                return
        match scope["method"], path:
            case "GET", "/family.json":
                told = await asyncio.to_thread(self._about)
                await answer(send, orjson.dumps(told), kind=JSON)
            case "GET", "/health":
                well = await asyncio.to_thread(self._is_healthy)
                said = orjson.dumps({"writes": well})
                await answer(send, said, kind=JSON, status=200 if well else 503)
            case _:
                known = path in ("/family.json", "/health")
                raise nowhere(scope, "GET" if known else None)


class RetiredApp:
    """What is left of a log that was taken down. C2SP tlog-tiles, "Pruning".

    That allows to deny whole tiles below a minimum index. A retired log goes further:
    all of it is gone, its partial tiles too, and its minimum index is its size.
    """

    def __init__(self, *, note: bytes, about: Mapping[str, Any], since: str) -> None:
        """*note* is its last checkpoint; *since* the day it was taken down."""
        self._note, self._about, self._since = note, about, since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 nothing is taken
        """Answer one request.

        Raises:
            TurnedAwayError: 410 for everything but the checkpoint and log.json.
        """
        match scope["method"], scope["path"]:
            case "GET", "/checkpoint":
                await answer(send, self._note, kind=TEXT)
            case "GET", "/log.json":
                await answer(send, orjson.dumps(self._about), kind=JSON)
            case _:
                said = f"taken down on {self._since}, as its retention policy says"
                raise TurnedAwayError(HTTPStatus.GONE, said)


class Changing:
    """An application that another can take the place of while it is served."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on one request."""
        await self.app(scope, receive, send)
