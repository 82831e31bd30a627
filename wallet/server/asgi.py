"""The little of ASGI that the servers of a ledger need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from wallet.errors import TurnedAwayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message: TypeAlias = MutableMapping[str, Any]
    Scope: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

BYTES = b"application/octet-stream"
TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
SIZE = b"text/x.tlog.size"
FRESH = b"no-cache"
FOREVER = b"public, max-age=31536000, immutable"
_CONFLICT, _BUSY = 409, 503


async def read_body(receive: Receive, *, cap: int) -> bytes:
    """Read a request body of at most *cap* bytes.

    Raises:
        TurnedAwayError: 413; or 400 where it is cut short.
    """
    have, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise TurnedAwayError(400, "body cut short")
        have += message.get("body", b"")
        more = message.get("more_body", False)
        if len(have) > cap:
            raise TurnedAwayError(413, "body too long")
    return have


async def answer(
    send: Send,
    body: bytes,
    *,
    kind: bytes,
    status: int = 200,
    keep: bytes = FRESH,
) -> None:
    """Send one whole answer; a busy one says when to ask again."""
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", keep),
        *([(b"retry-after", b"1")] if status == _BUSY else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def turn_away(send: Send, turned: TurnedAwayError) -> None:
    """Send a refusal; 409 carries the size a witness has."""
    kind = SIZE if turned.status == _CONFLICT else TEXT
    body = f"{turned.detail}\n".encode()
    await answer(send, body, kind=kind, status=turned.status)
