"""A witness over HTTP (C2SP tlog-witness): a plain ASGI application.

POST /add-checkpoint                  signature line, 400, 403, 404, 409, 422
GET  /HEX-SHA256-OF-ORIGIN/checkpoint what it cosigned last
GET  /HEX-SHA256-OF-ORIGIN/forks      what it was shown against that, as JSON: a list of
                                      {"seen", "size", "proven", "at", "name"}
GET  /HEX-SHA256-OF-ORIGIN/forks/NAME both notes (`wallet.ledger.fork`)
GET  /witness.json                    its name and keys
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from wallet.errors import TurnedAwayError
from wallet.ledger.sources import origin_hash
from wallet.server.http.asgi import FOREVER, JSON, TEXT, answer, nowhere, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.server.http.asgi import Receive, Scope, Send
    from wallet.server.witness.witness import Witness

_MAX_REQUEST = 1 << 17  # 16 signatures, each as long as they may become


class WitnessApp:
    """The ASGI application of one witness."""

    def __init__(self, witness: Witness, *, clock: Callable[[], float]) -> None:
        """*clock* gives the POSIX seconds it cosigns at."""
        self._witness = witness
        self._clock = clock
        vkey, vkeys = witness.vkey, [one.text for one in witness.vkeys]
        logs = [
            {"origin": origin, "prefix": origin_hash(origin)}
            for origin in witness.origins
        ]
        said = {"name": vkey.name, "vkey": vkey.text, "vkeys": vkeys, "logs": logs}
        self._about = orjson.dumps(said)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        match [scope["method"], *scope["path"].split("/")[1:]]:
            case ["POST", "add-checkpoint"]:
                body = await read_body(receive, cap=_MAX_REQUEST)
                seconds = int(self._clock())
                line = await asyncio.to_thread(
                    self._witness.add_checkpoint, body, seconds=seconds
                )
                await answer(send, line, kind=TEXT)
            case ["GET", "witness.json"]:
                await answer(send, self._about, kind=JSON)
            case ["GET", name, "forks"]:
                shown = await asyncio.to_thread(self._witness.forks, name)
                await answer(send, orjson.dumps(shown), kind=JSON)
            case ["GET", name, "forks", file]:
                data = await asyncio.to_thread(self._witness.fork_file, name, file)
                if data is None:
                    raise TurnedAwayError(404, "no such file")
                await answer(send, data, kind=TEXT, keep=FOREVER)
            case ["GET", name, "checkpoint"]:
                note = await asyncio.to_thread(self._witness.checkpoint, name)
                if note is None:
                    raise TurnedAwayError(404, "nothing seen of this log")
                await answer(send, note, kind=TEXT)
            case _:
                raise nowhere(scope, _method(scope["path"]))


def _method(path: str) -> str | None:
    """The method of a place, or None where there is none."""
    match path.split("/")[1:]:
        case ["add-checkpoint"]:
            return "POST"
        case ["witness.json"] | [_, "checkpoint" | "forks"] | [_, "forks", _]:
            return "GET"
        case _:
            return None
