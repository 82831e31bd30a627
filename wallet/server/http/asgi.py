"""The little of ASGI that the servers of a ledger need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from wallet.errors import TurnedAwayError
from wallet.server.http.standing import DISK, StandingFaults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping, Sequence

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
CONNECTION = "heartwood.connection"  # in a scope
_CONFLICT, _BUSY = 409, 503


class WrongMethodError(TurnedAwayError):
    """405: the place is there, but not for this method. RFC 9110 15.5.6."""

    def __init__(self, allow: str) -> None:
        """Keep what the Allow header must say."""
        super().__init__(405, f"this place takes {allow}")
        self.allow = allow


def nowhere(scope: Scope, taken: str | None) -> TurnedAwayError:
    """Why a request leads nowhere; *taken* is the one method its place has."""
    if taken is None or taken == scope["method"]:
        return TurnedAwayError(404, "no such place")
    return WrongMethodError("GET, HEAD" if taken == "GET" else taken)


class Connection(Protocol):
    """What a server remembers of one connection, and of nobody behind it."""

    @property
    def wrongs_left(self) -> int:
        """How many more wrong signatures are looked at."""

    def wrong(self, count: int) -> None:
        """Count wrong signatures; after the last, the connection ends."""


def connection(scope: Scope) -> Connection | None:
    """The connection a request came over, where it came over one."""
    found: Connection | None = scope.get(CONNECTION)
    return found


class Guarded:
    """An application that may raise: refusals are answered, its own faults told.

    HEAD is GET to it (RFC 9110 9.3.2): what sends the answer leaves the body out.

    A fault is one line in the log, however many meet it, and one to each caller.
    Neither says what was sent, by whom, or what an exception had to say of it.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._faults = StandingFaults()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        if scope["type"] != "http":
            return
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self._app(asked, receive, sent)
        except TurnedAwayError as turned:
            await turn_away(send, turned)
        except Exception as fault:
            self._faults.met(fault, scope)
            if begun:
                raise  # half an answer: the connection is cut
            disk = isinstance(fault, DISK)
            text = "not stored, ask again" if disk else "a fault of this server"
            await turn_away(send, TurnedAwayError(_BUSY if disk else 500, text))
        else:
            self._faults.answered(scope)


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


def header(scope: Scope, name: str) -> bytes | None:
    """The first header of this name, which is written small."""
    wanted = name.encode()
    return next((value for key, value in scope["headers"] if key == wanted), None)


async def answer(
    send: Send,
    body: bytes,
    *,
    kind: bytes,
    status: int = 200,
    keep: bytes = FRESH,
    more: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send one whole answer, with *more* headers; a busy one says when to ask again."""
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", keep),
        *([(b"retry-after", b"1")] if status == _BUSY else []),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def turn_away(send: Send, turned: TurnedAwayError) -> None:
    """Send a refusal; 409 carries the size a witness has, 405 what is allowed."""
    kind = SIZE if turned.status == _CONFLICT else TEXT
    body = f"{turned.detail}\n".encode()
    allow = turned.allow.encode() if isinstance(turned, WrongMethodError) else b""
    more = [(b"allow", allow)] if allow else []
    await answer(send, body, kind=kind, status=turned.status, more=more)
